/** A misspelled key is one problem, with the right key as the cure, whatever else is missing because of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linesOf, problemsOf } from "./reading-files.ts";

const USERS = ["users:", "  - email: ann@x.io", "    roles: [Admin]"];
const MEMBER = ["users:", "  - email: ann@x.io", "    groups: [data]"];
const COMMON = "version: 1\ngroups: { data: { roles: [Viewer] } }\nusers: []\n";
const didYouMean = (at: string, key: string, meant: string): string =>
  `${at}: unknown-key: unknown key "${key}": did you mean "${meant}"?`;

/** The lines of users.yaml and other files, and the one expected message. */
const mistakes: readonly (readonly [
  text: readonly string[],
  said: string,
  files?: Readonly<Record<string, string>>,
])[] = [
  [["version: 1", "user:", ...USERS.slice(1)], didYouMean("users.yaml:2:1", "user", "users")],
  [["version: 1", "usres:", ...USERS.slice(1)], didYouMean("users.yaml:2:1", "usres", "users")],
  [["version: 1", "Users:", ...USERS.slice(1)], didYouMean("users.yaml:2:1", "Users", "users")],
  [["version: 1", "people:", ...USERS.slice(1)], didYouMean("users.yaml:2:1", "people", "users")],
  [
    ["version: 1", "holders:", ...USERS.slice(1)],
    'users.yaml:2:1: unknown-key: unknown key "holders": expected one of "groups", "include", "organization", "policy", "roles", "users", "version"',
  ],
  [["verison: 1", ...USERS], didYouMean("users.yaml:1:1", "verison", "version")],
  [
    ["version: 1", "organisation: Acme", ...USERS],
    didYouMean("users.yaml:2:1", "organisation", "organization"),
  ],
  [
    ["version: 1", "goups:", "  data: { roles: [Viewer] }", ...MEMBER],
    didYouMean("users.yaml:2:1", "goups", "groups"),
  ],
  [
    ["version: 1", "teams:", "  data: { roles: [Viewer] }", ...MEMBER],
    didYouMean("users.yaml:2:1", "teams", "groups"),
  ],
  [
    ["version: 1", "groups:", "  data: { role: [Viewer] }", ...MEMBER],
    didYouMean("users.yaml:3:11", "role", "roles"),
  ],
  [
    ["version: 1", "groups:", "  data: { roles: [Viewer], members: [ann@x.io] }", ...MEMBER],
    'users.yaml:3:28: unknown-key: "members" is not allowed here: it belongs in each user\'s entry, as groups: [NAME]',
  ],
  [
    ["version: 1", "groups:", "  data: { roles: [Viewer] }", ...MEMBER.map((line) => `  ${line}`)],
    'users.yaml:4:3: unknown-key: "users" is not allowed here: it belongs at the top level, without indentation',
  ],
  [
    ["version: 1", "policy:", "  unmanaged: keep", ...USERS.map((line) => `  ${line}`)],
    'users.yaml:4:3: unknown-key: "users" is not allowed here: it belongs at the top level, without indentation',
  ],
  [
    ["version: 1", "unmanaged: keep", ...USERS],
    'users.yaml:2:1: unknown-key: "unmanaged" is not allowed here: it belongs under policy:',
  ],
  [
    ["version: 1", "rules: [{ name: few, at_most: 2 }]", ...USERS],
    'users.yaml:2:1: unknown-key: "rules" is not allowed here: it belongs under policy:',
  ],
  [
    ["version: 1", "includes: [common.yaml]", ...MEMBER],
    didYouMean("users.yaml:2:1", "includes", "include"),
    { "common.yaml": COMMON },
  ],
  [
    ["version: 1", "includes: [common.yaml]"],
    didYouMean("users.yaml:2:1", "includes", "include"),
    { "common.yaml": COMMON },
  ],
  [
    ["version: 1", "include: [common.yaml]"],
    didYouMean("common.yaml:2:1", "user", "users"),
    { "common.yaml": "version: 1\nuser: [{ email: ann@x.io, roles: [Viewer] }]\n" },
  ],
  [
    ["version: 1", "include: [common.yaml]", ...MEMBER],
    didYouMean("common.yaml:2:1", "group", "groups"),
    { "common.yaml": "version: 1\ngroup: { data: { roles: [Viewer] } }\n" },
  ],
  [
    ["version: 1", "include: [common.yaml]", ...MEMBER],
    didYouMean("common.yaml:1:1", "verison", "version"),
    { "common.yaml": COMMON.replace("version", "verison") },
  ],
  [
    ["version: 1", "users: [{ emial: a@x.io, roles: [A] }]"],
    didYouMean("users.yaml:2:11", "emial", "email"),
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, role: A }]"],
    didYouMean("users.yaml:2:26", "role", "roles"),
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, permissions: [A] }]"],
    didYouMean("users.yaml:2:26", "permissions", "roles"),
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, teams: [A] }]"],
    didYouMean("users.yaml:2:26", "teams", "groups"),
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, duties: [A] }]"],
    'users.yaml:2:26: unknown-key: unknown key "duties": expected one of "email", "expires", "groups", "previously", "reason", "reviewed", "roles"',
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, roles: [A], until: 2027-01-31 }]"],
    didYouMean("users.yaml:2:38", "until", "expires"),
  ],
  [
    ["version: 1", "users: [{ email: a@x.io, roles: [{ name: A }] }]"],
    didYouMean("users.yaml:2:36", "name", "role"),
  ],
  [
    ["version: 1", "policy: { on_removal: { role: Viewer } }", ...USERS],
    didYouMean("users.yaml:2:25", "role", "demote_to"),
  ],
  [
    ["version: 1", "policy: { rules: [{ nmae: few, at_most: 1 }] }", ...USERS],
    didYouMean("users.yaml:2:21", "nmae", "name"),
  ],
  [
    ["version: 1", "policy: { rules: [{ name: few, max: 1 }] }", ...USERS],
    didYouMean("users.yaml:2:32", "max", "at_most"),
  ],
  [
    [
      "version: 1",
      "policy: { rules: [{ name: few, at_most: 1, except: [{ email: a@x.io, expires: 2027-01-31 }] }] }",
      ...USERS,
    ],
    didYouMean("users.yaml:2:70", "expires", "until"),
  ],
];

describe("a wrong key is one problem with its cure", () => {
  for (const [text, said, files] of mistakes) {
    test(said, async () => {
      const problems = await problemsOf({ "users.yaml": `${text.join("\n")}\n`, ...files });
      assert.deepEqual(linesOf(problems), [said]);
    });
  }
});

test("a key whose value cannot be a version is not taken for a misspelled version", async () => {
  const text = ["partner_keys: [{ key: sandbox-partner-key }]", ...USERS].join("\n");
  assert.deepEqual(linesOf(await problemsOf({ "users.yaml": `${text}\n` })), [
    "users.yaml:1:1: missing-key: version is missing: add version: 1 at the top",
    'users.yaml:1:1: unknown-key: unknown key "partner_keys": expected one of "groups", "include", "organization", "policy", "roles", "users", "version"',
  ]);
});

test("a letter more, less or swapped is one problem at every level, with the right key as the cure", async () => {
  const whole = `version: 1
organization: Acme
include: [common.yaml]
groups:
  data:
    roles: [Viewer]
policy:
  unmanaged: keep
  on_removal:
    demote_to: Viewer
  ignore: ["*@y.io"]
  protected: [ann@x.io]
  max_removals: 2
  max_role_changes: 50%
  min_admins: 1
  admin_role: Admin
  create: true
  rules:
    - name: few
      roles: [Admin]
      at_most: 5
      level: warning
      except:
        - email: ann@x.io
          until: 2027-01-31
    - name: apart
      who: ["*@x.io"]
      conflict: [Admin, Viewer]
users:
  - email: ann@x.io
    roles:
      - role: Admin
        expires: 2027-01-31
    groups:
      - group: data
        expires: 2027-01-31
    reason: SEC-1
    reviewed: 2026-01-31
    previously: old@x.io
`;
  const common = "version: 1\nusers: []\n";
  const lines = whole.split("\n");
  for (const [index, line] of lines.entries()) {
    const key = /^[ -]*(\w+):/.exec(line)?.[1];
    if (key === undefined || key === "data") continue;
    for (const wrong of [`${key}x`, key.slice(0, -2) + key.slice(-1), swapped(key)]) {
      if (wrong.length < 3 || wrong === key) continue;
      const text = lines.with(index, line.replace(key, wrong)).join("\n");
      const problems = await problemsOf({ "users.yaml": text, "common.yaml": common });
      const column: number = line.indexOf(key) + 1;
      assert.deepEqual(linesOf(problems), [
        didYouMean(`users.yaml:${index + 1}:${column}`, wrong, key),
      ]);
    }
  }
});

function swapped(key: string): string {
  return `${key.slice(0, 1)}${key.charAt(2)}${key.charAt(1)}${key.slice(3)}`;
}
