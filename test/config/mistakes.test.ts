/** Common mistakes, each with one message that names the place, the cause and the cure. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblems } from "../../src/output/problems.ts";
import { linesOf, problemsOf } from "./reading-files.ts";

/** The lines of users.yaml, and the expected message. */
const mistakes: readonly (readonly [
  name: string,
  text: readonly string[],
  said: readonly string[],
])[] = [
  [
    "a key in the singular",
    ["version: 1", "users:", "  - email: ann@x.io", "    role: [Admin]"],
    ['4:5: unknown-key: unknown key "role": did you mean "roles"?'],
  ],
  [
    "no e-mail address",
    ["version: 1", "users:", "  - roles: [Admin]"],
    [
      "3:5: missing-key: email is missing: add email: with an e-mail address such as jane.doe@example.com",
    ],
  ],
  [
    "another name for the e-mail address",
    ["version: 1", "users:", "  - mail: ann@x.io", "    roles: [Admin]"],
    ['3:5: unknown-key: unknown key "mail": did you mean "email"?'],
  ],
  [
    "a key that is nothing like the right one",
    ["version: 1", "users:", "  - user: ann@x.io", "    roles: [Admin]"],
    ['3:5: unknown-key: unknown key "user": did you mean "email"?'],
  ],
  [
    "a tab",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "\troles: [Admin]",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
    ],
    ["4:1: yaml-syntax: a tab cannot be used for indentation in YAML: replace it with spaces"],
  ],
  [
    "a key one space short",
    ["version: 1", "users:", "  - email: ann@x.io", "   roles: [Admin]"],
    [
      "4:4: yaml-syntax: this key is indented by 3 spaces, but the keys around it (line 3) by 4: add 1 space",
    ],
  ],
  [
    "a key one space too far",
    ["version: 1", "users:", "  - email: ann@x.io", "     roles: [Admin]"],
    [
      "4:6: yaml-syntax: this key is indented by 5 spaces, but the keys around it (line 3) by 4: remove 1 space",
    ],
  ],
  [
    "an entry one space short",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
      " - email: ben@x.io",
      "   roles: [Admin]",
    ],
    [
      "5:2: yaml-syntax: this entry is indented by 1 space, but the entries around it (line 3) by 2: add 1 space",
    ],
  ],
  [
    "an entry one space too far",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
      "   - email: ben@x.io",
      "     roles: [Admin]",
    ],
    [
      "5:4: yaml-syntax: this entry is indented by 3 spaces, but the entries around it (line 3) by 2: remove 1 space",
    ],
  ],
  [
    "a quote that is not closed",
    [
      "version: 1",
      "users:",
      '  - email: "ann@x.io',
      "    roles: [Admin]",
      '  - email: "ben@x.io"',
      "    roles: [Admin]",
    ],
    ['3:12: yaml-syntax: this " is never closed: add the closing " on this line'],
  ],
  [
    "a bracket that is not closed",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    roles: [Admin",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
    ],
    ["4:12: yaml-syntax: this [ is never closed: add the closing ]"],
  ],
  [
    "a brace that is not closed",
    [
      "version: 1",
      "users:",
      "  - { email: ann@x.io, roles: [Admin]",
      "  - { email: ben@x.io, roles: [Admin] }",
    ],
    ["3:5: yaml-syntax: this { is never closed: add the closing }"],
  ],
  [
    "a bracket too many",
    ["version: 1", "users:", "  - { email: ann@x.io, roles: [Admin]] }"],
    ["3:38: yaml-syntax: this ] has no matching [: delete it"],
  ],
  [
    "no space after a colon",
    ["version: 1", "users:", "  - email:ann@x.io", "    roles: [Admin]"],
    ["3:10: yaml-syntax: a space is missing after the colon: write email: ann@x.io"],
  ],
  [
    "no space after a colon, and nothing else in the entry",
    ["version: 1", "users:", "  - email:ann@x.io"],
    [
      '3:5: wrong-type: an entry of users must be a user with email: and roles: or groups:, not "email:ann@x.io": a space is missing after email:',
    ],
  ],
  [
    "no space after a dash",
    ["version: 1", "users:", "  -email: ann@x.io", "   roles: [Admin]"],
    ["3:3: yaml-syntax: a space is missing after the dash: write - email: ann@x.io"],
  ],
  [
    "no colon",
    ["version: 1", "users", "  - email: ann@x.io", "    roles: [Viewer]"],
    ['2:1: yaml-syntax: a colon is missing after "users": write users:'],
  ],
  [
    "no comma",
    ["version: 1", "users:", "  - { email: ann@x.io roles: [Admin] }"],
    ['3:23: yaml-syntax: a comma is missing before "roles:": add it'],
  ],
  [
    "text that starts with @",
    ["version: 1", "users:", "  - email: ann@x.io", "    roles: [@admins, Viewer]"],
    ['4:13: yaml-syntax: text cannot start with @: put it in quotes, "@admins"'],
  ],
  [
    "a pattern without quotes",
    ["version: 1", "policy: { ignore: [*@polytomic.com] }", "users: []"],
    [
      '2:20: unknown-alias: text that starts with * is read as a YAML alias: put it in quotes, "*@polytomic.com"',
    ],
  ],
  [
    "a colon inside text",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    reason: DATA: billing",
      "    roles: [Admin]",
    ],
    [
      '4:13: yaml-syntax: ": " inside text starts a new value: put the text in quotes, "DATA: billing"',
    ],
  ],
  [
    "a # that starts a comment",
    ["version: 1", "users:", "  - email: ann@x.io", "    reason: #12", "    roles: [Admin]"],
    ["4:5: wrong-type: reason is empty: write it after the colon, in quotes if it starts with #"],
  ],
  [
    "a role without a list",
    ["version: 1", "users:", "  - email: ann@x.io", "    roles: Admin"],
    [
      '4:12: wrong-type: roles must be a list of roles such as [Member], not "Admin": write [Admin]',
    ],
  ],
  [
    "users without dashes",
    ["version: 1", "users:", "  email: ann@x.io", "  roles: [Admin]"],
    [
      "3:3: wrong-type: users must be a list of users, each starting with - email:, not a map (keys and values): start each entry with -",
    ],
  ],
  [
    "a date the German way",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    expires: 31.12.2026",
      "    roles: [Admin]",
    ],
    [
      '4:14: bad-date: expires must be a date such as 2026-12-31, not "31.12.2026": write 2026-12-31',
    ],
  ],
  [
    "a date without zeros",
    ["version: 1", "users:", "  - email: ann@x.io", "    expires: 2026-1-1", "    roles: [Admin]"],
    ['4:14: bad-date: expires must be a date such as 2026-12-31, not "2026-1-1": write 2026-01-01'],
  ],
  [
    "a day that does not exist",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    expires: 2026-02-30",
      "    roles: [Admin]",
    ],
    ['4:14: bad-date: expires must be a date that exists, not "2026-02-30": correct it'],
  ],
  [
    "a group with a typo",
    [
      "version: 1",
      "groups: { data-team: { roles: [Viewer] } }",
      "users:",
      "  - email: ann@x.io",
      "    groups: [data_team]",
    ],
    ['5:14: unknown-group: unknown group "data_team": did you mean "data-team"?'],
  ],
  [
    "a role among the groups",
    [
      "version: 1",
      "roles: { analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321 }",
      "users:",
      "  - email: ann@x.io",
      "    groups: [analyst]",
    ],
    ['5:14: unknown-group: "analyst" is a role, not a group: move it to roles:'],
  ],
  [
    "a user twice",
    [
      "version: 1",
      "users:",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
      "  - email: Ann@x.io",
      "    roles: [Admin]",
    ],
    [
      '5:12: duplicate-user: duplicate user "Ann@x.io", also at users.yaml:3:12: merge the two entries',
    ],
  ],
  [
    "a number as a role",
    ["version: 1", "users:", "  - email: ann@x.io", "    roles: [007]"],
    ['4:13: needs-quotes: 007 is read as a number, not as text: put it in quotes, "007"'],
  ],
  [
    "a Windows path in double quotes",
    ["version: 1", "users:", "  - email: ann@x.io", '    reason: "C:\\data"', "    roles: [Admin]"],
    [
      "4:16: yaml-syntax: \\d is not an escape sequence: write \\\\ for a backslash, or use single quotes",
    ],
  ],
  [
    "a user without roles",
    ["version: 1", "users:", "  - email: ann@x.io"],
    [
      '3:5: no-roles: "ann@x.io" has no roles: add roles: or groups:, or remove the entry to end the access',
    ],
  ],
  [
    "an address as mail programs show it",
    ["version: 1", "users:", "  - email: Ann <ann@x.io>", "    roles: [Admin]"],
    [
      '3:12: bad-email: email must be an e-mail address such as jane.doe@example.com, not "Ann <ann@x.io>": write ann@x.io',
    ],
  ],
  [
    "a conflict of git",
    [
      "version: 1",
      "users:",
      "<<<<<<< HEAD",
      "  - email: ann@x.io",
      "    roles: [Viewer]",
      "=======",
      ">>>>>>> branch",
    ],
    [
      "3:1: yaml-syntax: this is a git conflict marker: resolve the conflict and delete the markers",
    ],
  ],
  [
    "a no-break space, copied from a page",
    ["version: 1", "users:", "  - email: ann@x.io", "    roles: [Admin]"],
    ["4:11: yaml-syntax: this character looks like a space but is U+00A0: replace it with a space"],
  ],
  [
    "an include without a list",
    ["version: 1", "include: common.yaml", "users: []"],
    [
      '2:10: wrong-type: include must be a list of paths such as [../common/support-staff.yaml], not "common.yaml": write [common.yaml]',
    ],
  ],
  [
    "a rule that asserts two things",
    [
      "version: 1",
      "policy:",
      "  rules:",
      "    - name: few",
      "      at_most: 3",
      "      domains: [x.io]",
      "users: []",
    ],
    [
      '4:7: several-assertions: a rule can have only one assertion, but this one has "at_most", "domains": split it into 2 rules',
    ],
  ],
  [
    "a conflict of one role",
    [
      "version: 1",
      "policy:",
      "  rules:",
      "    - name: r",
      "      conflict: [Billing]",
      "users: []",
    ],
    [
      "5:17: single-conflict: conflict must be a list of at least two roles such as [Billing, Admin]: add the roles that must not be combined",
    ],
  ],
  [
    "a conflict of a role with itself, by its name and by its id",
    [
      "version: 1",
      "roles:",
      "  bills: d9f8e7c6-b5a4-4210-9fed-cba987654321",
      "policy:",
      "  rules:",
      "    - name: r",
      "      conflict: [Billing, billing]",
      "    - name: s",
      "      conflict: [Bills, d9f8e7c6-b5a4-4210-9fed-cba987654321]",
      "users: []",
    ],
    [
      '7:27: duplicate-role: the conflict of the rule "r" has the role "billing" twice, first at users.yaml:7:18: remove one',
      '9:25: duplicate-role: the conflict of the rule "s" has the role "d9f8e7c6-b5a4-4210-9fed-cba987654321" twice, first at users.yaml:9:18: remove one',
    ],
  ],
  [
    "a rule with a misspelled assertion",
    [
      "version: 1",
      "policy:",
      "  rules:",
      "    - name: ends",
      "      expire_within: 90d",
      "users: []",
    ],
    ['5:7: unknown-key: unknown key "expire_within": did you mean "expires_within"?'],
  ],
  [
    "a lookahead in a rule's pattern",
    [
      "version: 1",
      "policy:",
      "  rules:",
      "    - name: ticket",
      "      reason: '(?=A)B'",
      "users: []",
    ],
    [
      '5:15: bad-regular-expression: "(?=A)B" is not a regular expression in RE2 syntax (invalid or unsupported Perl syntax: `(?=`): correct it; lookaround and backreferences are not supported',
    ],
  ],
];

describe("common mistakes", () => {
  for (const [name, text, said] of mistakes) {
    test(name, async () => {
      const problems = await problemsOf({ "users.yaml": `${text.join("\n")}\n` });
      assert.deepEqual(
        linesOf(problems),
        said.map((line) => `users.yaml:${line}`),
      );
      const terminal = { width: 80, color: false, lineAt: lineOf(text) };
      for (const line of formatProblems(problems, terminal).split("\n")) {
        assert.ok(line.length <= 80, line);
      }
    });
  }
});

function lineOf(text: readonly string[]) {
  return ({ line }: { line: number }): string | null => text[line - 1] ?? null;
}

describe("on a terminal", () => {
  const text = ["version: 1", "users:", "  - email: ann@x.io", '    reason: "ä\tb", role: [Admin]'];
  const place = { path: "users.yaml", line: 4, column: 20 };
  const problem = {
    place,
    code: "unknown-key",
    values: { name: "role", near: "roles", known: [], belongs: null },
  };
  const shown = (color: boolean, width = 80): readonly string[] =>
    formatProblems([{ ...problem, code: "unknown-key" }], {
      width,
      color,
      lineAt: lineOf(text),
    }).split("\n");

  test("the line of the file follows, with carets below the word", () => {
    assert.deepEqual(shown(false), [
      'users.yaml:4:20: unknown-key: unknown key "role": did you mean "roles"?',
      '    4 |     reason: "ä b", role: [Admin]',
      "      |                    ^^^^",
      "",
    ]);
  });

  test("the path is bold, and the code and the carets are red", () => {
    assert.deepEqual(shown(true).slice(0, 1), [
      '\u001b[1musers.yaml:4:20\u001b[22m: \u001b[31munknown-key\u001b[39m: unknown key "role": did you mean "roles"?',
    ]);
  });

  test("a long line is cut around the mistake", () => {
    const long = [`users: [${"{ email: ann@x.io, roles: [Admin] }, ".repeat(20)}{ mail: x }]`];
    const column = (long[0] ?? "").indexOf("mail: x") + 1;
    const lines = formatProblems(
      [{ ...problem, code: "unknown-key", place: { path: "users.yaml", line: 1, column } }],
      { width: 80, color: false, lineAt: lineOf(long) },
    ).split("\n");
    assert.deepEqual(lines.slice(-3), [
      "    1 | …ail: ann@x.io, roles: [Admin] }, { mail: x }]",
      "      |                                     ^^^^",
      "",
    ]);
  });

  test("what a file contains cannot command the terminal", () => {
    const lines = formatProblems([{ ...problem, code: "unknown-key" }], {
      width: 80,
      color: false,
      lineAt: () => "\u001b]0;owned\u0007    \u202eevil: role",
    });
    assert.doesNotMatch(lines, /\p{Cf}|(?!\n)\p{Cc}/u);
  });
});
