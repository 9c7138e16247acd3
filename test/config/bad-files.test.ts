/** Every kind of bad file: the code, line and column of every problem. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { problemText } from "../../src/model/problem.ts";
import { problemsOf } from "./reading-files.ts";

interface Bad {
  readonly name: string;
  /** users.yaml */
  readonly text: string | Buffer;
  /** `line:column code` of all problems, in order. */
  readonly expected: readonly string[];
}

const id = "d9f8e7c6-b5a4-4210-9fed-cba987654321";
const otherId = "248df4b7-aa70-47b8-a036-33ac447e668d";
const ada = "{ email: ada@example.com, roles: [Admin] }";

/** A valid file except for these lines, which start in line 2. */
const withLines = (...lines: readonly string[]): string => ["version: 1", ...lines, ""].join("\n");
/** The same with a valid user in line 3, so that only the given lines are wrong. */
const withUser = (...lines: readonly string[]): string =>
  withLines("users:", `  - ${ada}`, ...lines);

const table: readonly Bad[] = [
  {
    name: "a saved plan",
    text: '{ "format_version": 1, "digest": null, "url": "x", "summary": {}, "organizations": [], "failed": [] }',
    expected: ["1:1 saved-plan"],
  },
  // Not YAML
  {
    name: "a tab that indents",
    text: "version: 1\nusers:\n\t- a\n",
    expected: ["3:1 yaml-syntax"],
  },
  {
    name: "a quote that is not closed",
    text: 'version: 1\nusers: "a\n',
    expected: ["2:8 yaml-syntax"],
  },
  {
    name: "a bracket that is not closed",
    text: "version: 1\nusers: [a\n",
    expected: ["2:8 yaml-syntax"],
  },
  { name: "a key without its colon", text: "version: 1\nusers\n", expected: ["2:1 yaml-syntax"] },
  {
    name: "a second colon",
    text: "version: 1\nusers:\n  - email: a: b\n",
    expected: ["3:12 yaml-syntax"],
  },
  {
    name: "text that begins with @",
    text: "version: 1\nusers: @a\n",
    expected: ["2:8 yaml-syntax"],
  },
  {
    name: "a star that is not an alias",
    text: "version: 1\nusers: *\n",
    expected: ["2:8 yaml-syntax"],
  },
  { name: "an unknown escape", text: 'version: 1\nusers: "\\q"\n', expected: ["2:9 yaml-syntax"] },
  { name: "a key that is a list", text: "version: 1\n? [a]\n: b\n", expected: ["2:3 yaml-syntax"] },
  { name: "a NUL byte", text: "version: 1\nusers: \0[]\n", expected: ["2:8 control-character"] },
  {
    name: "a terminal escape",
    text: "version: 1 # \u001B[2J\n",
    expected: ["1:14 control-character"],
  },
  {
    name: "a lone carriage return",
    text: "version: 1\rusers: []\n",
    expected: ["1:11 control-character"],
  },
  {
    name: "bytes that are not UTF-8",
    text: Buffer.concat([Buffer.from("version: 1\nusers: é"), Buffer.from([0xff])]),
    expected: ["2:9 not-utf8"],
  },
  {
    name: "UTF-16",
    text: Buffer.from("\uFEFFversion: 1\n", "utf16le"),
    expected: ["1:1 not-utf8"],
  },

  // YAML that is not allowed in a users file
  { name: "an empty file", text: "", expected: ["1:1 empty-file"] },
  { name: "nothing but a comment", text: "# later\n", expected: ["1:1 empty-file"] },
  { name: "a tag", text: "version: !!int 1\nusers: []\n", expected: ["1:10 yaml-tag"] },
  {
    name: "a tag of one's own",
    text: "version: 1\nusers: !fetch []\n",
    expected: ["2:8 yaml-tag"],
  },
  { name: "a directive", text: "%YAML 1.1\n---\nversion: 1\n", expected: ["1:1 yaml-directive"] },
  {
    name: "two documents",
    text: "version: 1\n---\nversion: 1\n",
    expected: ["2:1 several-documents"],
  },
  {
    name: "something after the end",
    text: "version: 1\n...\nmore\n",
    expected: ["3:1 several-documents"],
  },
  {
    name: "what YAML allows and a users file does not, beside other problems",
    text: [
      "version: 1",
      "bogus: 1",
      "groups: *nothing",
      "users:",
      "  - email: !env MAIL",
      "    roles: !include roles.yaml",
      "    groups: [ops]",
      "  - email: !x",
      "    roles: []",
      "  - email: a@b.io",
      "    roles: [&r !role Admin, *s, 5]",
      "    expires: !!timestamp 2026-02-30",
      "---",
      "users: []",
      "",
    ].join("\n"),
    expected: [
      "2:1 unknown-key",
      "3:9 unknown-alias",
      "5:12 yaml-tag",
      "6:12 yaml-tag",
      "8:12 yaml-tag",
      "9:12 empty-list",
      "11:16 yaml-tag",
      "11:29 unknown-alias",
      "11:33 needs-quotes",
      "12:14 yaml-tag",
      "13:1 several-documents",
    ],
  },
  { name: "a merge key", text: withUser("<<: { version: 1 }"), expected: ["4:1 merge-key"] },
  {
    name: "an alias of nothing",
    text: withLines("users: *people"),
    expected: ["2:8 unknown-alias"],
  },
  {
    name: "an alias in itself",
    text: withLines("users: &u [*u]"),
    expected: ["2:12 alias-in-itself"],
  },
  { name: "an alias bomb", text: bomb(), expected: ["6:36 alias-bomb"] },
  {
    name: "20,000 levels of brackets",
    text: `version: 1\nusers: ${"[".repeat(20_000)}`,
    expected: ["2:107 too-deep"],
  },
  {
    name: "20,000 levels of dashes",
    text: `version: 1\nusers:\n  ${"- ".repeat(20_000)}`,
    expected: ["3:200 too-deep"],
  },
  { name: "101 levels of keys", text: nestedKeys(101), expected: ["100:101 too-deep"] },
  {
    name: "a duplicate key",
    text: withLines("users: []", "version: 1"),
    expected: ["3:1 duplicate-key"],
  },
  {
    name: "a duplicate key further down",
    text: withLines("users:", "  - email: a@b.c", "    roles: [A]", "    email: d@b.c"),
    expected: ["5:5 duplicate-key"],
  },

  // The shape
  { name: "a list at the top", text: "- version: 1\n", expected: ["1:1 wrong-type"] },
  { name: "text at the top", text: "users\n", expected: ["1:1 wrong-type"] },
  { name: "no version", text: "users: []\n", expected: ["1:1 missing-key"] },
  {
    name: "a later version",
    text: "version: 2\nfuture: 1\n",
    expected: ["1:10 unsupported-version"],
  },
  { name: "a version in quotes", text: 'version: "1"\nusers: []\n', expected: ["1:10 wrong-type"] },
  { name: "an unknown key", text: withUser("user: []"), expected: ["4:1 unknown-key"] },
  {
    name: "an unknown key of a user",
    text: withLines("users:", "  - email: a@b.c", "    role: [A]"),
    expected: ["4:5 unknown-key"],
  },
  {
    name: "an unknown key of the policy",
    text: withUser("policy: { max_removal: 3 }"),
    expected: ["4:11 unknown-key"],
  },
  { name: "users without a list", text: withLines(`users: ${ada}`), expected: ["2:8 wrong-type"] },
  { name: "users without anything", text: withLines("users:"), expected: ["2:1 wrong-type"] },
  { name: "no users at all", text: withLines("organization: Acme"), expected: ["1:1 no-users"] },
  {
    name: "a user that is a text",
    text: withLines("users: [a@b.c]"),
    expected: ["2:9 wrong-type"],
  },
  {
    name: "a user without an address",
    text: withLines("users: [{ roles: [A] }]"),
    expected: ["2:9 missing-key"],
  },
  {
    name: "roles that are not a list",
    text: withLines("users:", "  - { email: a@b.c, roles: A }"),
    expected: ["3:28 wrong-type"],
  },
  {
    name: "a role's entry without the role",
    text: withLines("users:", "  - { email: a@b.c, roles: [{ expires: 2026-12-31 }] }"),
    expected: ["3:29 missing-key"],
  },
  {
    name: "an include that is not a list",
    text: withUser("include: a.yaml"),
    expected: ["4:10 wrong-type"],
  },
  {
    name: "a group without roles",
    text: withUser("groups: { a: {} }"),
    expected: ["4:14 missing-key"],
  },
  {
    name: "a group that is a list",
    text: withUser("groups: { a: [Member] }"),
    expected: ["4:14 wrong-type"],
  },
  {
    name: "a group with an empty list",
    text: withUser("groups: { a: { roles: [] } }"),
    expected: ["4:23 empty-list"],
  },
  {
    name: "a group without a name",
    text: withUser('groups: { "": { roles: [A] } }'),
    expected: ["4:11 empty-name"],
  },
  {
    name: "an empty list of roles",
    text: withLines("users:", "  - { email: a@b.c, roles: [] }"),
    expected: ["3:28 empty-list"],
  },
  {
    name: "an entry without roles",
    text: withLines("users:", "  - email: a@b.c"),
    expected: ["3:5 no-roles"],
  },
  {
    name: "a role that is a number",
    text: withLines("users:", "  - { email: a@b.c, roles: [0123] }"),
    expected: ["3:29 needs-quotes"],
  },
  {
    name: "a group that is true",
    text: withLines("users:", "  - { email: a@b.c, groups: [true] }"),
    expected: ["3:30 needs-quotes"],
  },
  {
    name: "a role that is null",
    text: withLines("users:", "  - { email: a@b.c, roles: [~] }"),
    expected: ["3:29 needs-quotes"],
  },
  {
    name: "an organization that is a number",
    text: withUser("organization: 42"),
    expected: ["4:15 needs-quotes"],
  },
  {
    name: "a reason that is a number",
    text: withLines("users:", "  - { email: a@b.c, roles: [A], reason: 7 }"),
    expected: ["3:41 needs-quotes"],
  },
  {
    name: "an empty role",
    text: withLines("users:", '  - { email: a@b.c, roles: [""] }'),
    expected: ["3:29 empty-name"],
  },

  // Values
  {
    name: "an address without @",
    text: withLines("users:", "  - { email: ada, roles: [A] }"),
    expected: ["3:14 bad-email"],
  },
  {
    name: "an address with two @",
    text: withLines("users:", "  - { email: a@b@c, roles: [A] }"),
    expected: ["3:14 bad-email"],
  },
  {
    name: "an address with a space",
    text: withLines("users:", '  - { email: "a b@c", roles: [A] }'),
    expected: ["3:14 bad-email"],
  },
  {
    name: "an address with a control character",
    text: withLines("users:", '  - { email: "a\\e[2J@c", roles: [A] }'),
    expected: ["3:14 bad-email"],
  },
  {
    name: "an address that is too long",
    text: withLines("users:", `  - { email: ${"a".repeat(250)}@b.cd, roles: [A] }`),
    expected: ["3:14 bad-email"],
  },
  {
    name: "a day that is written otherwise",
    text: withLines("users:", "  - { email: a@b.c, roles: [A], expires: 31.12.2026 }"),
    expected: ["3:42 bad-date"],
  },
  {
    name: "a day that is a number",
    text: withLines("users:", "  - { email: a@b.c, roles: [A], expires: 20261231 }"),
    expected: ["3:42 bad-date"],
  },
  {
    name: "a day that the calendar does not have",
    text: withLines("users:", "  - { email: a@b.c, roles: [A], expires: 2026-02-29 }"),
    expected: ["3:42 bad-date"],
  },
  {
    name: "a bad day of a group's role",
    text: withUser("groups: { a: { roles: [{ role: A, expires: 2026-13-01 }] } }"),
    expected: ["4:44 bad-date"],
  },
  {
    name: "an invalid role id",
    text: withUser("roles: { analyst: Analyst }"),
    expected: ["4:19 bad-role-id"],
  },
  {
    name: "a negative limit",
    text: withUser("policy: { max_removals: -1 }"),
    expected: ["4:25 bad-limit"],
  },
  {
    name: "a limit over 100 %",
    text: withUser("policy: { max_removals: 101% }"),
    expected: ["4:25 bad-limit"],
  },
  {
    name: "a limit that is a fraction",
    text: withUser("policy: { max_role_changes: 0.25 }"),
    expected: ["4:29 bad-limit"],
  },
  {
    name: "limits beyond what can be counted",
    text: withUser("policy:", "  max_removals: 99999999999999999999", "  min_admins: 1e20"),
    expected: ["5:17 bad-limit", "6:15 bad-number"],
  },
  {
    name: "a limit with half a percent",
    text: withUser("policy: { max_removals: 2.5% }"),
    expected: ["4:25 bad-limit"],
  },
  {
    name: "a limit in quotes without %",
    text: withUser('policy: { max_removals: "12" }'),
    expected: ["4:25 bad-limit"],
  },
  {
    name: "fewer than no admins",
    text: withUser("policy: { min_admins: -1 }"),
    expected: ["4:23 bad-number"],
  },
  {
    name: "an unknown word for unmanaged",
    text: withUser("policy: { unmanaged: ignore }"),
    expected: ["4:22 bad-value"],
  },
  {
    name: "an unknown word for on_removal",
    text: withUser("policy: { on_removal: demote }"),
    expected: ["4:23 bad-value"],
  },
  {
    name: "a demotion to nothing",
    text: withUser('policy: { on_removal: { demote_to: "" } }'),
    expected: ["4:36 empty-name"],
  },
  {
    name: "on_removal without a role",
    text: withUser("policy: { on_removal: { role: A } }"),
    expected: ["4:25 unknown-key"],
  },
  {
    name: "a pattern that matches no address",
    text: withUser("policy: { ignore: [example.com] }"),
    expected: ["4:20 bad-pattern"],
  },
  {
    name: "a pattern that is an alias by mistake",
    text: withUser("policy: { ignore: [*@example.com] }"),
    expected: ["4:20 unknown-alias"],
  },

  // Problems of the whole file
  {
    name: "the same user twice",
    text: withUser(`  - ${ada}`),
    expected: ["4:14 duplicate-user"],
  },
  {
    name: "the same user in another case",
    text: withUser("  - { email: ADA@Example.com, groups: [g] }", "groups: { g: { roles: [A] } }"),
    expected: ["4:14 duplicate-user"],
  },
  {
    name: "an unknown group",
    text: withUser("  - { email: a@b.c, groups: [data] }", "groups: { date: { roles: [A] } }"),
    expected: ["4:30 unknown-group"],
  },
  {
    name: "a group when there are none",
    text: withLines("users:", "  - { email: a@b.c, groups: [data] }"),
    expected: ["3:30 unknown-group"],
  },
  {
    name: "groups that differ in case",
    text: withUser("groups:", "  a: { roles: [A] }", "  A: { roles: [A] }"),
    expected: ["6:3 duplicate-group"],
  },
  {
    name: "role names that differ in case",
    text: withUser("roles:", `  a: ${id}`, `  A: ${id}`),
    expected: ["6:3 duplicate-role-name"],
  },
  {
    name: "a role twice",
    text: withLines("users:", "  - { email: a@b.c, roles: [A, { role: a, expires: 2026-12-31 }] }"),
    expected: ["3:32 duplicate-role"],
  },
  {
    name: "a role by its name and its id",
    text: withLines(`roles: { a: ${id} }`, "users:", `  - { email: a@b.c, roles: [a, ${id}] }`),
    expected: ["4:32 duplicate-role"],
  },
  {
    name: "a role by its name and its id, one of them in upper case",
    text: withLines(
      `roles: { a: ${id.toUpperCase()} }`,
      "users:",
      `  - { email: a@b.c, roles: [A, ${id}] }`,
    ),
    expected: ["4:32 duplicate-role"],
  },
  {
    name: "two addresses that look the same",
    text: withLines(
      "users:",
      "  - { email: jos\u00e9@b.c, roles: [A] }",
      "  - { email: jose\u0301@b.c, roles: [A] }",
    ),
    expected: ["4:14 same-looking-user"],
  },
  {
    name: "a role twice in a group",
    text: withUser("groups: { g: { roles: [A, a] } }"),
    expected: ["4:27 duplicate-role"],
  },
  {
    name: "a group twice",
    text: withLines(
      "groups: { g: { roles: [A] } }",
      "users:",
      "  - { email: a@b.c, groups: [g, G] }",
    ),
    expected: ["4:33 duplicate-membership"],
  },
  {
    name: "a user renamed to the same address",
    text: withLines("users:", "  - { email: a@b.c, roles: [A], previously: A@b.c }"),
    expected: ["3:45 rename-to-itself"],
  },
  {
    name: "a former address that is listed",
    text: withUser("  - { email: a@b.c, roles: [A], previously: Ada@example.com }"),
    expected: ["4:45 rename-of-listed"],
  },
  {
    name: "a chain of renames",
    text: withLines(
      "users:",
      "  - { email: a@x.y, roles: [A], previously: b@x.y }",
      "  - { email: b@x.y, roles: [A], previously: c@x.y }",
    ),
    expected: ["3:45 rename-of-listed"],
  },
  {
    name: "one previous address of two users",
    text: withLines(
      "users:",
      "  - { email: a@x.y, roles: [A], previously: c@x.y }",
      "  - { email: b@x.y, roles: [A], previously: C@x.y }",
    ),
    expected: ["4:45 duplicate-rename"],
  },
  {
    name: "a user listed and ignored",
    text: withUser('policy: { ignore: ["*@EXAMPLE.com"] }'),
    expected: ["3:14 ignored-user"],
  },
  {
    name: "a user whose former address is ignored",
    text: withLines(
      'policy: { ignore: ["old*"] }',
      "users:",
      "  - { email: a@b.c, roles: [A], previously: old@b.c }",
    ),
    expected: ["4:45 ignored-user"],
  },

  // Several problems in one run
  {
    name: "many mistakes at once",
    text: withLines(
      `roles: { analyst: ${otherId}, b: x }`,
      "groups: { g: { roles: [] } }",
      "users:",
      "  - { email: a@b.c, groups: [g, h], expires: 2026-1-1, colour: red }",
      "  - { email: A@b.c, roles: [analyst, 5] }",
      "  - 5",
      "  - { email: nobody, roles: [A] }",
      "  - { email: d@b.c, roles: [A], previously: a@b.c }",
      "policy: { ignore: [d@b.c, 5] }",
    ),
    expected: [
      "2:60 bad-role-id",
      "3:23 empty-list",
      "5:33 unknown-group",
      "5:46 bad-date",
      "5:56 unknown-key",
      "6:14 duplicate-user",
      "6:38 needs-quotes",
      "7:5 wrong-type",
      "8:14 bad-email",
      "9:14 ignored-user",
      "9:45 rename-of-listed",
      "10:27 bad-pattern",
    ],
  },
];

/** An alias bomb: ten times ten times ten …, seven levels. */
function bomb(): string {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  let repeated = "a";
  for (const name of ["b", "c", "d", "e", "f", "g"]) {
    lines.push(
      `${name}: &${name} [${Array.from({ length: 10 }, () => `*${repeated}`).join(", ")}]`,
    );
    repeated = name;
  }
  return lines.join("\n");
}

function nestedKeys(levels: number): string {
  return Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}a:\n`).join("");
}

/** Words of Ajv, the YAML package and JavaScript, which no message may contain. */
const foreignWords =
  /must NOT|must match|must be equal|schema|implicit|flow|undefined|\[object|NaN/i;

for (const { name, text, expected } of table) {
  test(`bad file: ${name}`, async () => {
    const problems = await problemsOf({ "users.yaml": text });
    assert.deepEqual(
      problems.map(({ place, code }) => `${place.line}:${place.column} ${code}`),
      expected,
    );
    for (const problem of problems) {
      const message = problemText(problem);
      assert.equal(problem.place.path, "users.yaml");
      assert.doesNotMatch(message, foreignWords);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(message, /[\u0000-\u001F]/);
      assert.match(message, /[:;,?(]/, "says what to do");
    }
  });
}
