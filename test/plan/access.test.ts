import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { UserAccess } from "../../src/model/access.ts";
import {
  accessOf,
  ADMIN,
  at,
  BILLING,
  file,
  MEMBER,
  now,
  ORGANIZATION,
  user,
  VIEWER,
} from "./build.ts";

const desired = file(
  [
    user("jane@x.io", "Admin", { place: at(20), reason: "CTO" }),
    user("Sam@x.io", "data-team/Member Billing@2026-12-31 finance/billing", {
      place: at(21),
      expires: "2027-03-31",
    }),
    user("new@x.io", "Member", { place: at(22), previously: "old@x.io" }),
    user("gone@x.io", "Member", { place: at(23), expires: "2026-01-31" }),
    user("ann@x.io", "Admin", { place: at(24) }),
  ],
  { ignore: ["*@polytomic.com"] },
);
const current = now({
  "jane@x.io": "Admin Viewer",
  "sam@x.io": "Member",
  "old@x.io": "Viewer",
  "gone@x.io": "Member",
  "help@polytomic.com": "Member",
  "bob@x.io": "Billing",
});
const table = accessOf(desired, current);

/** `Role now planned from… until`, a dash where there is none. */
function holdings({ holdings: held }: UserAccess): readonly string[] {
  return held.map(
    ({ role, now: has, planned, from, expires }) =>
      `${role.name} ${has ? "now" : "-"} ${planned ? "planned" : "-"} [${from.join(", ")}] ${expires ?? "-"}`,
  );
}

function entry(email: string, of = table): UserAccess {
  const found = of.users.find((one) => one.email === email);
  assert.ok(found !== undefined, `${email} is in the table`);
  return found;
}

describe("who has access", () => {
  test("each user is there once: admins first, then by address", () => {
    assert.deepEqual(
      table.users.map(({ email, state, now: has, planned }) => [email, state, has, planned]),
      [
        ["ann@x.io", "managed", false, true],
        ["jane@x.io", "managed", true, true],
        ["bob@x.io", "unmanaged", true, false],
        ["gone@x.io", "managed", true, false],
        ["help@polytomic.com", "ignored", true, true],
        ["new@x.io", "managed", false, true],
        ["old@x.io", "unmanaged", true, false],
        ["sam@x.io", "managed", true, true],
      ],
    );
  });

  test("the roles that a user holds or will hold: the admin role first, then by name", () => {
    assert.deepEqual(table.roles, [ADMIN, BILLING, MEMBER, VIEWER]);
  });

  test("the table names its organization", () => {
    assert.deepEqual(
      [table.organization, table.source, table.adminRole],
      [ORGANIZATION, "users.yaml", ADMIN],
    );
  });

  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["jane@x.io", ["Admin now planned [users.yaml:20] -", "Viewer now - [] -"]],
    [
      "sam@x.io",
      [
        "Billing - planned [users.yaml:21, group finance (users.yaml:21)] 2027-03-31",
        "Member now planned [group data-team (users.yaml:21)] 2027-03-31",
      ],
    ],
    ["new@x.io", ["Member - planned [users.yaml:22] -"]],
    ["old@x.io", ["Viewer now - [] -"]],
    ["gone@x.io", ["Member now - [] -"]],
    ["bob@x.io", ["Billing now - [] -"]],
    ["help@polytomic.com", ["Member now planned [] -"]],
    ["ann@x.io", ["Admin - planned [users.yaml:24] -"]],
  ];
  for (const [email, held] of rows) {
    test(`what ${email} has, from where and until when`, () =>
      assert.deepEqual(holdings(entry(email)), held));
  }

  test("a user's own expiry, reason and place", () => {
    const facts = (email: string) => {
      const { expires, reason, source } = entry(email);
      return [expires, reason, source];
    };
    assert.deepEqual(facts("sam@x.io"), ["2027-03-31", null, at(21)]);
    assert.deepEqual(facts("jane@x.io"), [null, "CTO", at(20)]);
    assert.deepEqual(facts("bob@x.io"), [null, null, null]);
  });

  test("a role's own last day, where no other grant holds it up", () => {
    const short = accessOf(file([user("jane@x.io", "Admin Billing@2026-12-31")]), now({}));
    assert.deepEqual(holdings(entry("jane@x.io", short)), [
      "Admin - planned [users.yaml:10] -",
      "Billing - planned [users.yaml:10] 2026-12-31",
    ]);
  });

  test("what --only leaves out is not planned", () => {
    const part = accessOf(desired, current, { only: ["bob@x.io"] });
    assert.deepEqual(
      part.users.map(({ email, planned }) => [email, planned]),
      [
        ["jane@x.io", true],
        ["bob@x.io", false],
        ["gone@x.io", true],
        ["help@polytomic.com", true],
        ["old@x.io", true],
        ["sam@x.io", true],
      ],
    );
    assert.deepEqual(holdings(entry("sam@x.io", part)), [
      "Member now planned [group data-team (users.yaml:21)] 2027-03-31",
    ]);
  });

  test("kept users are unmanaged and stay", () => {
    const kept = accessOf(file([user("jane@x.io", "Admin")], { unmanaged: "keep" }), current);
    const { state, planned } = entry("bob@x.io", kept);
    assert.deepEqual([state, planned], ["unmanaged", true]);
  });

  test("an organization without users has an empty table", () => {
    const empty = accessOf(file([]), now({}));
    assert.deepEqual([empty.users, empty.roles], [[], []]);
  });
});
