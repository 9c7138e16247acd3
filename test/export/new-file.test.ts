/** The text of a new file. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newFile } from "../../src/export/new-file.ts";
import { scalarText } from "../../src/output/yaml-scalar.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import { checked, organization, ORGANIZATION } from "./situations.ts";

const TWINS: readonly Role[] = [
  { id: "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa", name: "Analyst" },
  { id: "22222222-aaaa-4aaa-8aaa-aaaaaaaaaaaa", name: "analyst" },
  { id: "33333333-aaaa-4aaa-8aaa-aaaaaaaaaaaa", name: "Admin" },
  { id: "44444444-aaaa-4aaa-8aaa-aaaaaaaaaaaa", name: "analyst (22222222)" },
];

function stateOf(
  roles: readonly Role[],
  users: readonly (readonly [email: string, ...roleIds: string[]])[],
): CurrentState {
  return {
    organization: ORGANIZATION,
    roles,
    caller: null,
    users: users.map(([email, ...roleIds], index) => ({
      id: `user-${index}`,
      email,
      organizationId: null,
      roleIds,
      legacyRole: null,
    })),
  };
}

const OPTIONS = { ignore: [], schema: "./users.schema.json" };

describe("a new file", () => {
  it("lists users by address, and says what it is", () => {
    const state = organization({ "b@x.org": ["Member", "Admin"], "A@x.org": ["Viewer"] });
    assert.equal(
      newFile(state, OPTIONS).text,
      `# yaml-language-server: $schema=./users.schema.json
#
# Users of Polytomic and their roles, as read by \`polytomic-users export\`. From now on, edit this file:
# \`polytomic-users plan\` shows what a change would do, \`polytomic-users apply\` does it.
# apply removes users who are not in this file (policy.unmanaged: remove is the default).

version: 1
organization: 248df4b7-aa70-47b8-a036-33ac447e668d # Acme

users:
  - email: a@x.org
    roles: [Viewer]
  - email: b@x.org
    roles: [Admin, Member]
`,
    );
  });

  it("lists no users where there are none", async () => {
    const state = organization({});
    const { text } = newFile(state, OPTIONS);
    assert.match(text, /\nusers: \[\]\n$/);
    await checked(text, state);
  });

  it("names roles of the same name by their ids, and takes no other role's name", async () => {
    const [upper, lower, , odd] = TWINS.map(({ id }) => id);
    const state = stateOf(TWINS, [["a@x.org", upper ?? "", lower ?? "", odd ?? ""]]);
    const { text } = newFile(state, OPTIONS);
    assert.match(
      text,
      /\nroles:\n {2}Analyst \(11111111\): 11111111-\S+\n {2}analyst \(22222222-aaaa-4aaa-8aaa-aaaaaaaaaaaa\): 22222222-\S+\n\n/,
    );
    await checked(text, state);
  });

  it("guesses an admin role if none is named Admin, and notes the guess", async () => {
    const roles = [
      { id: "r1", name: "Reader" },
      { id: "r2", name: "Workspace administrator" },
    ];
    const state = stateOf(roles, [["a@x.org", "r1"]]);
    const { text, notes } = newFile(state, OPTIONS);
    assert.match(
      text,
      /\npolicy:\n {2}# chosen because no role is named Admin: .*\n {2}admin_role: Workspace administrator\n/,
    );
    assert.deepEqual(notes, [
      'policy.admin_role is "Workspace administrator": chosen because no role is named Admin: check that this is the right one',
    ]);
    await checked(text, state);
  });

  it("leaves out ignored users, and says so", async () => {
    const state = organization({ "a@x.org": ["Admin"], "bot@y.org": [] });
    const { text } = newFile(state, { ...OPTIONS, ignore: ["*@y.org"] });
    assert.match(text, /\npolicy:\n {2}ignore: \["\*@y.org"\]\n\nusers:\n {2}- email: a@x.org\n/);
    await checked(text, state);
  });

  it("keeps an organization's name on the line of its comment", () => {
    const state = {
      ...organization({}),
      organization: { ...ORGANIZATION, name: "A\nusers: \u202e" },
    };
    const { text } = newFile(state, OPTIONS);
    assert.ok(text.includes(`\norganization: ${ORGANIZATION.id} # A\\u{a}users: \\u{202e}\n`));
  });
});

const refusals: readonly (readonly [what: string, state: CurrentState, message: RegExp])[] = [
  ["a user without a role", organization({ "a@x.org": [] }), /"a@x\.org" has no role/],
  [
    "a role that List Roles does not know",
    stateOf(TWINS, [["a@x.org", "nope"]]),
    /"a@x\.org" has a role that List Roles does not return \("nope"\)/,
  ],
  [
    "only invalid addresses",
    organization({ "a b@x.org": ["Admin"], "c@@x.org": ["Admin"], "d@x.org": ["Admin"] }),
    /2 users: "a b@x\.org" is not an e-mail address .*; "c@@x\.org" is not/,
  ],
  [
    "an address listed twice",
    stateOf(TWINS, [
      ["a@x.org", TWINS[0]?.id ?? ""],
      ["A@x.org", TWINS[0]?.id ?? ""],
    ]),
    /is implausible: listed twice: a@x\.org/,
  ],
  ["an organization without roles", stateOf([], []), /List Roles returned no roles/],
];

describe("no file is written for", () => {
  for (const [what, state, message] of refusals) {
    it(what, () => assert.throws(() => newFile(state, OPTIONS), message));
  }
});

const scalars: readonly (readonly [value: string, text: string])[] = [
  ["Admin", "Admin"],
  ["yes", '"yes"'],
  ["0123", '"0123"'],
  ["a: b", '"a: b"'],
  ["~", '"~"'],
  [" x ", '" x "'],
  ["a, b", '"a, b"'],
  ["it's", "it's"],
  ["😀", "😀"],
  ["a\nb\u0000", '"a\\nb\\u0000"'],
  ["\u202e👨‍👩‍👧\\", '"\\u202e👨‍👩‍👧\\\\"'],
  ["\u0085\ufeff\u{e0001}", '"\\u0085\\ufeff\\U000e0001"'],
  ["\ud800", '"\\ud800"'],
  ["::error::x", '"\\u003a:error::x"'],
  ["a ::b", '"a \\u003a:b"'],
  ["a::b", "a::b"],
  ["##vso[task]", '"#\\u0023vso[task]"'],
];

describe("text as a YAML scalar", () => {
  for (const [value, text] of scalars) {
    it(text, () => assert.equal(scalarText(value), text));
  }
});
