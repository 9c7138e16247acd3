/** `grant`, `revoke` and `rename` as a user runs them. */
import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";

const USERS = `version: 1
groups:
  data-team: { roles: [Viewer, Analyst] }
policy:
  protected: [cto@example.com]
users:
  - email: cto@example.com
    roles: [Admin] # the only one

  # Until the migration is over.
  - email: sam@example.com
    groups:
      - group: data-team
        expires: 2027-03-31
    roles:
      - role: Billing
        expires: 2026-12-31
    reason: DATA-142
`;

interface Edited extends Ran {
  /** The diff without headers and context lines. */
  readonly changes: string;
  readonly after: string;
}

async function edit(args: readonly string[], before = USERS): Promise<Edited> {
  const cwd = await folderWith({ "users.yaml": before });
  const dated = args[0] === "rename" ? args : [...args, "--as-of", "2026-06-15"];
  const ran = await run(dated, { cwd });
  const changes = ran.stdout.split("\n").filter((line) => /^[-+](?!--|\+\+)/.test(line));
  return {
    ...ran,
    changes: changes.join("\n"),
    after: await readFile(join(cwd, "users.yaml"), "utf8"),
  };
}

const rows: readonly (readonly [what: string, args: string, changes: string, note: RegExp])[] = [
  [
    "a role, in the style of the list",
    "grant cto@example.com --role billing",
    "-    roles: [Admin] # the only one\n+    roles: [Admin, Billing] # the only one",
    /^cto@example\.com: Billing\nWrote users\.yaml\. Next: polytomic-users plan\n$/,
  ],
  [
    "a role for 30 days",
    "grant sam@example.com --role Admin --expires 30d",
    "+      - role: Admin\n+        expires: 2026-07-15",
    /^sam@example\.com: Admin \(expires 2026-07-15\)\n/,
  ],
  [
    "more time for a role",
    "grant sam@example.com --role Billing --expires 2027-01-31",
    "-        expires: 2026-12-31\n+        expires: 2027-01-31",
    /Billing \(expires 2027-01-31\)/,
  ],
  [
    "a role without an end",
    "grant sam@example.com --role Billing --expires never",
    "-      - role: Billing\n-        expires: 2026-12-31\n+      - Billing",
    /Billing, no expiry/,
  ],
  [
    "an end of all access, and a reason",
    "grant sam@example.com --expires 2027-06-30 --reason DATA-143",
    "-    reason: DATA-142\n+    expires: 2027-06-30\n+    reason: DATA-143",
    /all access expires on 2027-06-30/,
  ],
  [
    "a new user, like the entries around it",
    "grant kim@example.com --group data-team --role Billing --expires 2026-12-31 --reason X-1",
    "+  - email: kim@example.com\n+    groups:\n+      - group: data-team\n+        expires: 2026-12-31\n+    roles: [{ role: Billing, expires: 2026-12-31 }]\n+    reason: X-1\n+",
    /^kim@example\.com: new user with group data-team, Billing \(expires 2026-12-31\)\n/,
  ],
  [
    "a role through a group: the membership is replaced by the others",
    "revoke sam@example.com --role analyst",
    "-    groups:\n-      - group: data-team\n-        expires: 2027-03-31\n+      - role: Viewer\n+        expires: 2027-03-31",
    /analyst came from the group data-team: .* is replaced by its other roles: Viewer \(expires 2027-03-31\)/,
  ],
  [
    "one of two roles",
    "revoke sam@example.com --role Billing",
    "-    roles:\n-      - role: Billing\n-        expires: 2026-12-31",
    /Billing revoked/,
  ],
  [
    "all access of a user, with the comment about them",
    "revoke SAM@example.com",
    `-
-  # Until the migration is over.
-  - email: sam@example.com
-    groups:
-      - group: data-team
-        expires: 2027-03-31
-    roles:
-      - role: Billing
-        expires: 2026-12-31
-    reason: DATA-142`,
    /^sam@example\.com: all access revoked\n/,
  ],
  [
    "the last role",
    "revoke cto@example.com --role Admin",
    "-  - email: cto@example.com\n-    roles: [Admin] # the only one\n-",
    /Admin revoked/,
  ],
  [
    "a rename, and a guard that it will meet",
    "rename cto@example.com boss@example.com",
    "-  - email: cto@example.com\n+  - email: boss@example.com\n+    previously: cto@example.com",
    /renamed to boss@example\.com\npolicy\.protected matches cto@example\.com/,
  ],
  [
    "a rename that only changes the spelling",
    "rename sam@example.com Sam@example.com",
    "-  - email: sam@example.com\n+  - email: Sam@example.com",
    /now spelled Sam@example\.com/,
  ],
];

describe("an edit shows and writes", () => {
  for (const [what, args, changes, note] of rows) {
    it(`${what}: ${args}`, async () => {
      const edited = await edit(args.split(" "));
      assert.equal(edited.code, 0, edited.stderr);
      assert.equal(edited.changes, changes);
      assert.match(edited.stderr, note);
      assert.notEqual(edited.after, USERS);
    });
  }

  it("the same diff and nothing else with --dry-run", async () => {
    const real = await edit(["revoke", "sam@example.com"]);
    const dry = await edit(["revoke", "sam@example.com", "--dry-run"]);
    assert.equal(dry.stdout, real.stdout);
    assert.equal(dry.after, USERS);
    assert.match(dry.stderr, /\nDry run: nothing was written\.\n$/);
  });

  it("a whole unified diff", async () => {
    const { stdout } = await edit(["grant", "cto@example.com", "--role", "Billing"]);
    assert.equal(
      stdout,
      `--- users.yaml
+++ users.yaml
@@ -5,7 +5,7 @@
   protected: [cto@example.com]
 users:
   - email: cto@example.com
-    roles: [Admin] # the only one
+    roles: [Admin, Billing] # the only one
${" "}
   # Until the migration is over.
   - email: sam@example.com
`,
    );
  });

  it("several users at once", async () => {
    const { after } = await edit([
      "grant",
      "a@example.com",
      "b@example.com",
      "A@example.com",
      "--role",
      "Viewer",
    ]);
    assert.match(
      after,
      /email: [aA]@example\.com\n {4}roles: \[Viewer\]\n\n {2}- email: b@example\.com\n {4}roles: \[Viewer\]\n/,
    );
  });

  it("an end instead of no entry where users who are not in the files keep their access", async () => {
    const before = USERS.replace("policy:\n", "policy:\n  unmanaged: keep\n");
    const { changes, stderr } = await edit(["revoke", "cto@example.com"], before);
    assert.equal(changes, "+    expires: 2026-06-14");
    assert.match(
      stderr,
      /keeps an entry that expired on 2026-06-14, because policy\.unmanaged is keep .*; delete the entry after the apply/,
    );
  });

  it("a comment above several users stays while one of them does", async () => {
    const before =
      "version: 1\nusers:\n  # Data\n  - email: a@x.org\n    roles: [A]\n  - email: b@x.org\n    roles: [A]\n\n  # Sales\n  - email: c@x.org\n    roles: [A]\n";
    assert.equal(
      (await edit(["revoke", "a@x.org"], before)).changes,
      "-  - email: a@x.org\n-    roles: [A]",
    );
    assert.equal(
      (await edit(["revoke", "c@x.org"], before)).changes,
      "-\n-  # Sales\n-  - email: c@x.org\n-    roles: [A]",
    );
  });

  it("the first user of an empty list keeps the comments around it", async () => {
    const sameLine = await edit(
      ["grant", "a@x.org", "--role", "A"],
      "version: 1\nusers: [] # nobody\n",
    );
    assert.equal(
      sameLine.after,
      "version: 1\nusers: # nobody\n  - email: a@x.org\n    roles: [A]\n",
    );
    const nextLine = await edit(
      ["grant", "a@x.org", "--role", "A"],
      "version: 1\nusers: # nobody\n  [] # yet\n",
    );
    assert.equal(
      nextLine.after.replaceAll(/ # \w+/g, ""),
      "version: 1\nusers:\n  - email: a@x.org\n    roles: [A]\n",
    );
    assert.deepEqual(nextLine.after.match(/# \w+/g), ["# nobody", "# yet"]);
  });

  it("a role that does not end any more keeps the comments in its entry", async () => {
    const before = USERS.replace("- role: Billing", "- role: Billing # for the audit");
    const { changes } = await edit(
      ["grant", "sam@example.com", "--role", "Billing", "--expires", "never"],
      before,
    );
    assert.equal(
      changes,
      "-      - role: Billing # for the audit\n-        expires: 2026-12-31\n+      # for the audit\n+      - Billing",
    );
  });

  it("a list with a comma behind its last entry keeps it, and comments stay with their entries", async () => {
    const before = `version: 1
users:
  - email: a@x.org
    roles: [
      Admin, # always
      Viewer, # why
    ]
`;
    const { changes } = await edit(["grant", "a@x.org", "--role", "Billing"], before);
    assert.equal(changes, "+      Billing,");
  });

  it("JSON stays JSON", async () => {
    const before = '{"version": 1, "users": [{"email": "a@x.org", "roles": ["Admin"]}]}\n';
    const { after } = await edit(
      ["grant", "b@x.org", "a@x.org", "--role", "Viewer", "--expires", "2026-12-31"],
      before,
    );
    assert.deepEqual(JSON.parse(after), {
      version: 1,
      users: [
        { email: "a@x.org", roles: ["Admin", { role: "Viewer", expires: "2026-12-31" }] },
        { email: "b@x.org", roles: [{ role: "Viewer", expires: "2026-12-31" }] },
      ],
    });
  });
});

const nothing: readonly (readonly [args: string, note: RegExp])[] = [
  ["grant cto@example.com --role ADMIN", /^cto@example\.com already has Admin\n/],
  [
    "grant sam@example.com --role Viewer",
    /already has Viewer through the group data-team \(expires 2027-03-31\)\n/,
  ],
  [
    "grant sam@example.com --group DATA-team",
    /already in the group data-team \(expires 2027-03-31\)\n/,
  ],
  [
    "grant sam@example.com --role Billing --reason DATA-142",
    /already has Billing \(expires 2026-12-31\)\n.*already has this reason\n/,
  ],
  ["rename sam@example.com sam@example.com", /already has this address/],
];

describe("an edit that changes nothing prints a message", () => {
  for (const [args, note] of nothing) {
    it(args, async () => {
      const { code, stdout, stderr, after } = await edit(args.split(" "));
      assert.deepEqual([code, stdout, after], [0, "", USERS]);
      assert.match(stderr, note);
      assert.match(stderr, /\nNothing to change\.\n$/);
    });
  }

  it("grant of a role that a group still gives, where the user's own has ended", async () => {
    const before = [
      "version: 1",
      "groups: { crew: { roles: [{ role: Billing, expires: 2099-03-31 }] } }",
      "users:",
      "  - email: jane@example.com",
      "    groups: [crew]",
      "    roles: [{ role: Billing, expires: 2020-06-14 }, Admin]",
      "",
    ].join("\n");
    const { after, stderr } = await edit(
      "grant jane@example.com --role Billing".split(" "),
      before,
    );
    assert.equal(after, before);
    assert.match(stderr, /already has Billing through the group crew \(expires 2099-03-31\)\n/);
  });
});

const mistakes: readonly (readonly [args: string, error: RegExp])[] = [
  ["grant kim@example.com", /^error: nothing to grant\nhint: pass --role or --group/],
  ["grant kim@example.com --reason X", /^error: kim@example\.com is not in the files yet\n/],
  [
    "grant kim@example.com --role A --expires tomorrow",
    /^error: --expires takes a date such as .*; not "tomorrow"$/m,
  ],
  ["grant kim@example.com --role A --expires 2026-02-30", /^error: --expires takes a date such as/],
  [
    "grant kim --role A",
    /^error: "kim" is not an e-mail address\nhint: write an address such as jane\.doe@example\.com\n/,
  ],
  [
    "grant a@x.io,b@x.io --role A",
    /^error: "a@x\.io,b@x\.io" is not .*\nhint: separate several addresses with spaces\n/,
  ],
  ["grant Kim<kim@example.com> --role A", /\nhint: write kim@example\.com\n/],
  ["revoke sam@example.com kim", /^error: "kim" is not an e-mail address\n/],
  ["rename sam x@example.com", /^error: "sam" is not an e-mail address\n/],
  ["rename sam@example.com x", /^error: "x" is not an e-mail address\n/],
  ["explain kim --offline", /^error: "kim" is not an e-mail address\n/],
  [
    "grant kim@example.com --role A --expires 2026-06-14",
    /^error: --expires 2026-06-14 is in the past: today is 2026-06-15\nhint: to end access, use revoke/,
  ],
  [
    "grant kim@example.com --group dat-team",
    /unknown-group: unknown group "dat-team": did you mean "data-team"\?\nNothing was written: the edit would make the files invalid/,
  ],
  [
    "revoke sam@exampel.com",
    /^error: sam@exampel\.com is not in users\.yaml\nhint: did you mean sam@example\.com\?/,
  ],
  [
    "revoke sam@example.com --role Admin",
    /^error: sam@example\.com does not have Admin \(users\.yaml:11\)\nhint: the files grant Billing, Viewer, Analyst/,
  ],
  [
    "rename sam@example.com cto@example.com",
    /^error: cto@example\.com already has an entry \(users\.yaml:7\)/,
  ],
  [
    "rename nobody@example.com new@example.com",
    /^error: nobody@example\.com is not in users\.yaml\nhint: name the files with --file\n$/,
  ],
];

describe("an edit that cannot be made writes nothing", () => {
  for (const [args, error] of mistakes) {
    it(args, async () => {
      const { code, stdout, stderr, after } = await edit(args.split(" "));
      assert.deepEqual([code, stdout, after], [1, "", USERS]);
      assert.match(stderr, error);
    });
  }

  it("where a key is written after a question mark", async () => {
    const before = USERS.replace(
      "  - email: cto@example.com",
      "  - ? email\n    : cto@example.com",
    );
    const { code, stderr, after } = await edit(
      ["grant", "cto@example.com", "--role", "Viewer"],
      before,
    );
    assert.deepEqual([code, after], [1, before]);
    assert.equal(
      stderr,
      'error: users.yaml:7:5: a key written with "? " cannot be edited automatically; nothing was written\nhint: write it as KEY: VALUE, and run the command again\n',
    );
  });

  it("where the files are wrong before", async () => {
    const before = USERS.replace("version: 1", "version: 1\nuser: []");
    const { code, stderr, after } = await edit(["revoke", "sam@example.com"], before);
    assert.deepEqual([code, after], [1, before]);
    assert.match(stderr, /^users\.yaml:2:1: unknown-key/);
  });

  it("that would break a rule; what was broken before does not stop it", async () => {
    const rules =
      "policy:\n  rules:\n    - { name: few-admins, roles: [Admin], at_most: 1 }\n    - { name: tickets, reason: '^DATA-' }\n";
    const before = USERS.replace("policy:\n", rules);
    const broken = await edit(["grant", "sam@example.com", "--role", "Admin"], before);
    assert.deepEqual([broken.code, broken.stdout, broken.after], [1, "", before]);
    assert.match(broken.stderr, /: rule: .*few-admins/);
    assert.doesNotMatch(broken.stderr, /tickets/);
    assert.equal((await edit(["revoke", "sam@example.com"], before)).code, 0);
  });

  it("after access has ended", async () => {
    const before = USERS.replace("    reason", "    expires: 2026-06-14\n    reason");
    const { code, stderr } = await edit(["grant", "sam@example.com", "--role", "Admin"], before);
    assert.equal(code, 1);
    assert.match(stderr, /expired on 2026-06-14 \(users\.yaml:11\).*\nhint: .*--expires DATE/);
  });

  it("a second rename before the first is done", async () => {
    const before = USERS.replace("    groups", "    previously: old@example.com\n    groups");
    const { code, stderr } = await edit(["rename", "sam@example.com", "third@example.com"], before);
    assert.equal(code, 1);
    assert.match(stderr, /was renamed from old@example\.com \(users/);
  });
});

describe("an edit of several files", () => {
  const entry = (email: string): string => `  - email: ${email}\n    roles: [Viewer]\n`;
  const files = {
    "access/acme.yaml": `version: 1\norganization: Acme\ninclude: [../common/staff.yaml]\nusers:\n${entry("a@x.org")}${entry("b@x.org")}`,
    "access/globex.yaml": `version: 1\norganization: Globex\ninclude: [../common/staff.yaml]\nusers:\n${entry("b@x.org")}`,
    "common/staff.yaml": `version: 1\nusers:\n${entry("staff@x.org")}`,
  };

  it("edits the entry where it stands, an included file too, and says who shares it", async () => {
    const cwd = await folderWith(files);
    const own = await run(["grant", "a@x.org", "--role", "Admin", "--file", "access"], { cwd });
    assert.match(own.stdout, /^--- access\/acme\.yaml\n/);
    const shared = await run(["revoke", "staff@x.org", "--file", "access"], { cwd });
    assert.match(shared.stdout, /^--- common\/staff\.yaml\n/);
    assert.match(
      shared.stderr,
      /common\/staff\.yaml is included by 2 files: the change applies to all of them\n/,
    );
    assert.equal(await readFile(join(cwd, "common/staff.yaml"), "utf8"), "version: 1\nusers: []\n");
  });

  it("asks which one is meant, and --file decides", async () => {
    const cwd = await folderWith(files);
    const unclear = await run(["revoke", "b@x.org", "--file", "access"], { cwd });
    assert.deepEqual([unclear.code, unclear.stdout], [1, ""]);
    assert.match(
      unclear.stderr,
      /b@x\.org has 2 entries: access\/acme\.yaml:7, access\/globex\.yaml:5\nhint: choose one with --file/,
    );
    const arrival = await run(["grant", "new@x.org", "--role", "Viewer", "--file", "access"], {
      cwd,
    });
    assert.match(
      arrival.stderr,
      /a new user could be added to any of 2 files: .*\nhint: choose one with --file; for all of them, add the user to a shared file that each of them includes \(include:, see docs\/partners\.md\)/,
    );
    const clear = await run(["revoke", "b@x.org", "--file", "access/globex.yaml"], { cwd });
    assert.equal(clear.code, 0, clear.stderr);
    assert.match(clear.stdout, /^--- access\/globex\.yaml\n/);
  });

  it("revokes everywhere on request", async () => {
    const cwd = await folderWith(files);
    const { code, stdout } = await run(["revoke", "b@x.org", "--everywhere", "--file", "access"], {
      cwd,
    });
    assert.equal(code, 0);
    assert.deepEqual(stdout.match(/^--- .*/gm), ["--- access/acme.yaml", "--- access/globex.yaml"]);
  });
});

describe("the file that is edited", () => {
  it("keeps its permissions, and a link inside the repository stays one", async () => {
    const cwd = await folderWith({ "real/users.yaml": USERS });
    await chmod(join(cwd, "real/users.yaml"), 0o640);
    await symlink("real/users.yaml", join(cwd, "users.yaml"));
    assert.equal((await run(["revoke", "sam@example.com"], { cwd })).code, 0);
    assert.ok((await lstat(join(cwd, "users.yaml"))).isSymbolicLink());
    assert.equal((await stat(join(cwd, "real/users.yaml"))).mode & 0o777, 0o640);
    assert.doesNotMatch(await readFile(join(cwd, "real/users.yaml"), "utf8"), /sam@/);
  });

  it("stays as it is when it is read-only", { skip: process.getuid?.() === 0 }, async () => {
    const cwd = await folderWith({ "users.yaml": USERS });
    await chmod(join(cwd, "users.yaml"), 0o444);
    const { code, stderr } = await run(["revoke", "sam@example.com"], { cwd });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: could not write users\.yaml: permission denied\nhint: check that the file /,
    );
    assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), USERS);
  });

  it("is not reached through a link out of the repository", async () => {
    const top = await folderWith({ "outside.yaml": USERS });
    const cwd = join(top, "repository");
    await mkdir(join(cwd, ".git"), { recursive: true });
    await symlink("../outside.yaml", join(cwd, "users.yaml"));
    const { code, stderr } = await run(["revoke", "sam@example.com"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /users\.yaml:1:1: outside-root: a symbolic link leads out of/);
    assert.equal(await readFile(join(top, "outside.yaml"), "utf8"), USERS);
  });

  it("keeps a byte order mark, Windows line ends and a missing end of the last line", async () => {
    const before = `\uFEFF${USERS.trimEnd().replaceAll("\n", "\r\n")}`;
    const cwd = await folderWith({});
    await writeFile(join(cwd, "users.yaml"), before);
    assert.equal((await run(["grant", "z@x.org", "--role", "Viewer"], { cwd })).code, 0);
    const between = await readFile(join(cwd, "users.yaml"), "utf8");
    assert.equal(between, `${before}\r\n\r\n  - email: z@x.org\r\n    roles:\r\n      - Viewer`);
    assert.equal((await run(["revoke", "z@x.org"], { cwd })).code, 0);
    assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), before);
  });
});
