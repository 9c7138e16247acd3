/** Messages of problems: the cause and the cure. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { linesOf, problemsOf } from "./reading-files.ts";

/** The lines of users.yaml, and the expected messages. */
const table: readonly (readonly [
  name: string,
  text: readonly string[],
  said: readonly string[],
])[] = [
  [
    "keys with a slip of the pen",
    ["version: 1", "organisation: Acme", "user: []", "users: []", "colour: red"],
    [
      'users.yaml:2:1: unknown-key: unknown key "organisation": did you mean "organization"?',
      'users.yaml:3:1: unknown-key: unknown key "user": did you mean "users"?',
      'users.yaml:5:1: unknown-key: unknown key "colour": expected one of "groups", "include", "organization", "policy", "roles", "users", "version"',
    ],
  ],
  [
    "values that YAML reads as something else",
    [
      "version: 1",
      "groups: { g: { roles: [0123, null, true] } }",
      "users: [{ email: a@b.c, groups: [1.0] }]",
    ],
    [
      'users.yaml:2:24: needs-quotes: 0123 is read as a number, not as text: put it in quotes, "0123"',
      'users.yaml:2:30: needs-quotes: null is read as null, not as text: put it in quotes, "null"',
      'users.yaml:2:36: needs-quotes: true is read as true or false, not as text: put it in quotes, "true"',
      'users.yaml:3:34: needs-quotes: 1.0 is read as a number, not as text: put it in quotes, "1.0"',
    ],
  ],
  [
    "groups that are not there",
    [
      "version: 1",
      "roles: { analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321 }",
      "groups: { data-team: { roles: [A] }, finance: { roles: [A] } }",
      "users: [{ email: a@b.c, groups: [data_team, Analyst, sales] }]",
    ],
    [
      'users.yaml:4:34: unknown-group: unknown group "data_team": did you mean "data-team"?',
      'users.yaml:4:45: unknown-group: "Analyst" is a role, not a group: move it to roles:',
      'users.yaml:4:54: unknown-group: unknown group "sales": the groups are "data-team", "finance"',
    ],
  ],
  [
    "values that cannot be",
    [
      "version: 1",
      "policy: { max_removals: 0.25, unmanaged: ignore, on_removal: demote, min_admins: 1.5 }",
      "users: [{ email: ada, roles: [], expires: 2026-02-30 }]",
    ],
    [
      "users.yaml:2:25: bad-limit: max_removals must be a whole number such as 12, or a share such as 25% (whole percents, at most 100%), not 0.25",
      'users.yaml:2:42: bad-value: unmanaged must be remove or keep, not "ignore"',
      'users.yaml:2:62: bad-value: on_removal must be remove or { demote_to: ROLE }, not "demote"',
      "users.yaml:2:82: bad-number: min_admins must be a whole number, 0 or more, not 1.5",
      'users.yaml:3:18: bad-email: email must be an e-mail address such as jane.doe@example.com, not "ada"',
      "users.yaml:3:30: empty-list: roles is empty: add at least one role, or remove roles if the user has groups",
    ],
  ],
  [
    "lists that are empty, or too short",
    [
      "version: 1",
      "policy:",
      '  ignore: "*@x.example"',
      "  protected: boss@x.example",
      "  rules:",
      "    - { name: a, conflict: [A] }",
      "    - { name: b, conflict: [] }",
      "    - { name: c, domains: [] }",
      "groups: { g: { roles: [] } }",
      "users: [{ email: a@b.c, roles: [A], groups: [] }]",
    ],
    [
      'users.yaml:3:11: wrong-type: ignore must be a list of addresses or patterns such as ["*@example.com"], not "*@x.example": write ["*@x.example"]',
      'users.yaml:4:14: wrong-type: protected must be a list of addresses or patterns such as ["*@example.com"], not "boss@x.example": write [boss@x.example]',
      "users.yaml:6:28: single-conflict: conflict must be a list of at least two roles such as [Billing, Admin]: add the roles that must not be combined",
      "users.yaml:7:28: single-conflict: conflict must be a list of at least two roles such as [Billing, Admin]: add the roles that must not be combined",
      "users.yaml:8:27: empty-list: domains is empty: add at least one domain, or remove the rule",
      "users.yaml:9:23: empty-list: roles is empty: add at least one role, or remove the group",
      "users.yaml:10:45: empty-list: groups is empty: add at least one group, or remove groups if the user has roles",
    ],
  ],
  [
    "users who cannot be",
    [
      "version: 1",
      "policy: { ignore: ['*@b.c'] }",
      "users:",
      "  - { email: a@b.c, roles: [A] }",
      "  - email: d@e.f",
      "  - { email: D@e.f, roles: [A, a] }",
      "  - { email: g@e.f, roles: [A], previously: d@e.f, expires: 2026-02-30 }",
    ],
    [
      'users.yaml:4:14: ignored-user: "a@b.c" matches "*@b.c" in policy.ignore (users.yaml:2:20), so apply would never change it: remove the user or the pattern',
      'users.yaml:5:5: no-roles: "d@e.f" has no roles: add roles: or groups:, or remove the entry to end the access',
      'users.yaml:6:14: duplicate-user: duplicate user "D@e.f", also at users.yaml:5:12: merge the two entries',
      'users.yaml:6:32: duplicate-role: "D@e.f" has the role "a" twice, first at users.yaml:6:29: remove one',
      'users.yaml:7:45: rename-of-listed: "d@e.f" is also a user, at users.yaml:5:12, and a rename removes the previous address: remove one of the two',
      'users.yaml:7:61: bad-date: expires must be a date that exists, not "2026-02-30": correct it',
    ],
  ],
  [
    "numbers in quotes, and words of YAML 1.1",
    [
      "version: 1",
      "policy:",
      '  max_removals: "12"',
      "  max_role_changes: 25 %",
      '  min_admins: "2"',
      "  create: yes",
      "  unmanaged: keep",
      "users: []",
    ],
    [
      'users.yaml:3:17: bad-limit: max_removals must be a whole number such as 12, or a share such as 25% (whole percents, at most 100%), not "12": remove the quotes',
      'users.yaml:4:21: bad-limit: max_role_changes must be a whole number such as 12, or a share such as 25% (whole percents, at most 100%), not "25 %": write 25%',
      'users.yaml:5:15: bad-number: min_admins must be a whole number, 0 or more, not "2": remove the quotes',
      'users.yaml:6:11: bad-value: create must be true or false, not "yes": write true',
    ],
  ],
  [
    "a name in decomposed accents",
    [
      "version: 1",
      "groups: { \u00E9quipe: { roles: [A] } }",
      "users: [{ email: a@b.c, groups: [E\u0301QUIPE] }]",
    ],
    [
      'users.yaml:3:34: unknown-group: unknown group "E\u0301QUIPE": it looks the same as "\u00E9quipe" but uses different Unicode characters (composed and decomposed accents): type it again',
    ],
  ],
  [
    "an empty start",
    ["users:"],
    [
      "users.yaml:1:1: missing-key: version is missing: add version: 1 at the top",
      "users.yaml:1:1: wrong-type: users is empty: it must be a list of users, each starting with - email:",
    ],
  ],
  [
    "a format of the future",
    ["version: 3", "people: []"],
    [
      "users.yaml:1:10: unsupported-version: version 3 of the format is not supported: write version: 1, or install a newer polytomic-users",
    ],
  ],
  [
    "a pattern without quotes",
    ["version: 1", "users: []", "policy: { ignore: [*@example.com] }"],
    [
      'users.yaml:3:20: unknown-alias: text that starts with * is read as a YAML alias: put it in quotes, "*@example.com"',
    ],
  ],
];

for (const [name, text, said] of table) {
  test(name, async () => {
    assert.deepEqual(linesOf(await problemsOf({ "users.yaml": text.join("\n") })), said);
  });
}
