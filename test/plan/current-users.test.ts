import { implausibleText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CurrentState, ListedUser } from "../../src/model/current.ts";
import { indexCurrentUsers, findCaller } from "../../src/plan/current-users.ts";
import { roleBook } from "../../src/plan/roles.ts";
import { caller, listed, now, ROLES } from "./build.ts";

const jane = listed("jane@x.io", "Admin");
const sam = listed("sam@x.io", "Member");

function whyNot(
  users: readonly ListedUser[],
  who: CurrentState["caller"] = null,
): readonly string[] {
  return indexCurrentUsers(
    now(users, { caller: who }),
    roleBook({ aliases: [] }, ROLES),
  ).implausible.map(implausibleText);
}

describe("an answer that cannot be true", () => {
  const rows: readonly (readonly [
    name: string,
    users: readonly ListedUser[],
    who: CurrentState["caller"],
    why: readonly string[],
  ])[] = [
    ["users, and a key that is nobody's", [jane, sam], null, []],
    ["nobody at all, and a key that is nobody's", [], null, []],
    ["nobody at all, and a key of the organization's", [], caller(null, null), []],
    ["the caller by id", [jane, sam], caller("u-jane@x.io", null), []],
    ["the caller by address, in another case", [jane, sam], caller(null, "JANE@x.io"), []],
    ["a user without an organization", [{ ...jane, organizationId: null }], null, []],
    [
      "nobody at all, although the key is a person's",
      [],
      caller("u-jane@x.io", "jane@x.io"),
      ["there are no users at all, although the API key belongs to one (jane@x.io)"],
    ],
    [
      "others, without the person whose key it is",
      [sam],
      caller("u-jane@x.io", "jane@x.io"),
      ["the API key belongs to jane@x.io, who is not in the list of users (1 listed)"],
    ],
    [
      "the same where only the id is known",
      [sam],
      caller("u-jane@x.io", null),
      ["the API key belongs to u-jane@x.io, who is not in the list of users (1 listed)"],
    ],
    [
      "a user without an id",
      [jane, { ...sam, id: null }],
      null,
      ["1 of 2 users have no id or no e-mail address (the first is entry 2 of the list)"],
    ],
    [
      "users without an address",
      [{ ...jane, email: null }, sam, { ...sam, email: null }],
      null,
      ["2 of 3 users have no id or no e-mail address (the first is entry 1 of the list)"],
    ],
    [
      "an address twice, in whatever case",
      [jane, { ...listed("JANE@X.io", "Member"), id: "u-2" }],
      null,
      ["listed twice: jane@x.io"],
    ],
    [
      "an id twice: removing one address would remove the other",
      [jane, { ...sam, id: "u-jane@x.io" }],
      null,
      ["listed twice: u-jane@x.io"],
    ],
    [
      "more than five of them: five are named, in order",
      ["g", "f", "e", "d", "c", "b", "a"].flatMap((name) => [
        listed(name, "Member"),
        listed(name, "Member", { id: `second-${name}` }),
      ]),
      null,
      ["listed twice: a, b, c, d, e"],
    ],
    [
      "another organization's users",
      [jane, { ...sam, organizationId: "org-2" }],
      null,
      ["1 of 2 users belong to another organization"],
    ],
    [
      "everything at once",
      [{ ...jane, id: null, organizationId: "org-2" }, sam, sam],
      caller("u-eve", "eve@x.io"),
      [
        "1 of 3 users have no id or no e-mail address (the first is entry 1 of the list)",
        "listed twice: sam@x.io, u-sam@x.io",
        "1 of 3 users belong to another organization",
        "the API key belongs to eve@x.io, who is not in the list of users (3 listed)",
      ],
    ],
  ];
  for (const [name, users, who, why] of rows) {
    test(name, () => assert.deepEqual(whyNot(users, who), why));
  }
});

test("the caller is found by id first, then by address", () => {
  const namesake = listed("jane@x.io", "Member", { id: "u-2" });
  const both = now([namesake, jane], { caller: caller("u-jane@x.io", "jane@x.io") });
  assert.equal(findCaller(both)?.id, "u-jane@x.io");
  const byAddress = now([jane], { caller: caller("u-unknown", "Jane@x.io") });
  assert.equal(findCaller(byAddress)?.id, "u-jane@x.io");
  assert.equal(findCaller(now([jane])), null);
});
