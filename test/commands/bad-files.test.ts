/** Bad files through the program: every problem with its place, in every command, and no request. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

let server: Polytomic;
before(async () => {
  server = await polytomic();
});
after(() => server.close());

const VALID =
  "Valid: 1 organization, 1 user.\nRole names are checked by plan, which reads them from Polytomic.\n";
const ADA = "  - { email: ada@example.com, roles: [Admin] }\n";

/** The content of users.yaml, and the expected line of stderr; `way` is the cure it names. */
const KINDS: readonly {
  readonly name: string;
  readonly text: string;
  readonly line: RegExp;
}[] = [
  {
    name: "an unknown key",
    text: `version: 1\nuser: []\nusers:\n${ADA}`,
    line: /^users\.yaml:2:1: unknown-key: .*did you mean "?users/,
  },
  {
    name: "a key twice",
    text: `version: 1\nusers:\n${ADA}users: []\n`,
    line: /^users\.yaml:4:1: duplicate-key: .*remove one/,
  },
  {
    name: "a user twice",
    text: `version: 1\nusers:\n${ADA}  - { email: ADA@example.com, roles: [Member] }\n`,
    line: /^users\.yaml:4:14: duplicate-user: .*users\.yaml:3:14: merge the two entries/,
  },
  {
    name: "an unknown group",
    text: "version: 1\ngroups:\n  data-team: { roles: [Member] }\nusers:\n  - { email: a@example.com, groups: [data-taem] }\n",
    line: /^users\.yaml:5:38: unknown-group: .*did you mean "?data-team/,
  },
  {
    name: "no role at all",
    text: "version: 1\nusers:\n  - { email: a@example.com, roles: [] }\n",
    line: /^users\.yaml:3:36: empty-list: .*add at least one role/,
  },
  {
    name: "an invalid day",
    text: "version: 1\nusers:\n  - { email: a@example.com, roles: [Member], expires: 2026-02-30 }\n",
    line: /^users\.yaml:3:55: bad-date: .*correct it/,
  },
  {
    name: "another version of the format",
    text: `version: 2\nusers:\n${ADA}`,
    line: /^users\.yaml:1:10: unsupported-version: .*write version: 1/,
  },
  {
    name: "nothing",
    text: "",
    line: /^users\.yaml:1:1: empty-file: .*needs at least version: 1 and users:/,
  },
  {
    name: "a tag",
    text: `version: 1\nusers: !!js/function "x"\n`,
    line: /^users\.yaml:2:8: yaml-tag: .*remove the tag/,
  },
  {
    name: "two documents",
    text: `version: 1\nusers:\n${ADA}---\nversion: 1\n`,
    line: /^users\.yaml:4:1: several-documents: .*split it into two files/,
  },
  {
    name: "a tab",
    text: "version: 1\nusers:\n\t- a\n",
    line: /^users\.yaml:3:1: yaml-syntax: .*replace it with spaces/,
  },
  {
    name: "an include that is missing",
    text: `version: 1\ninclude: [common.yaml]\nusers:\n${ADA}`,
    line: /^users\.yaml:2:11: include-not-found: .*check the path/,
  },
  {
    name: "20,000 levels of nesting",
    text: `version: 1\nusers: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`,
    line: /^users\.yaml:2:107: too-deep: .*a users file needs at most eight/,
  },
  {
    name: "an alias bomb",
    text: `a: &a [x, x, x, x, x, x, x, x]\n${["b", "c", "d", "e", "f", "g", "h"]
      .map((name, index) => {
        const star = `*${"abcdefg"[index] ?? ""}`;
        return `${name}: &${name} [${Array.from({ length: 8 }, () => star).join(", ")}]\n`;
      })
      .join("")}`,
    line: /^users\.yaml:7:12: alias-bomb: .*use groups instead/,
  },
  {
    name: "an invalid address",
    text: "version: 1\nusers:\n  - { email: ada, roles: [Admin] }\n",
    line: /^users\.yaml:3:14: bad-email: .*such as jane\.doe@example\.com/,
  },
];

describe("a bad file", () => {
  for (const { name, text, line } of KINDS) {
    it(`${name}: validate, plan and apply say where it is and what to do, and ask nothing`, async () => {
      const cwd = await folderWith({ "users.yaml": text });
      const requests = server.sandbox.log.length;
      const commands = [["validate"], ["plan"], ["apply", "--yes"]];
      const runs = [];
      for (const args of commands) runs.push(await run(args, { cwd, env: server.env }));
      for (const { code, stdout, stderr } of runs) {
        assert.equal(code, 1, stderr);
        assert.equal(stdout, "");
        assert.ok(
          stderr.split("\n").some((told) => line.test(told)),
          stderr.slice(0, 2000),
        );
        assert.doesNotMatch(stderr, /\n\s+at |\bajv\b|instancePath|This is a bug/);
        assert.match(stderr, /\d+ problems? in the files\n$/);
      }
      assert.equal(new Set(runs.map(({ stderr }) => stderr)).size, 1, "all say the same");
      assert.equal(server.sandbox.log.length, requests, "nothing was asked");
    });
  }
});

describe("several bad files", () => {
  const files = {
    "access/b.yaml": "version: 1\norganization: b\nusers:\n  - { email: b@example.com }\n",
    "access/a.yml":
      "version: 1\norganization: a\nowner: me\nusers:\n  - { email: a@example.com, roles: [Admin] }\n  - { email: a@example.com, roles: [Admin] }\n",
    "access/deep/c.yaml": "version: 1\nusers: 12\n",
    "access/notes.txt": "not yaml: [",
  };

  it("all their problems come in one run, in the order of files and lines", async () => {
    const cwd = await folderWith(files);
    const { code, stderr } = await run(["validate", "access"], { cwd });
    assert.equal(code, 1);
    const places = stderr
      .trimEnd()
      .split("\n")
      .map((line) => /^(\S+?:\d+):\d+: ([a-z-]+): \S/.exec(line)?.slice(1, 3).join(" ") ?? line);
    assert.deepEqual(places, [
      "access/a.yml:3 unknown-key",
      "access/a.yml:6 duplicate-user",
      "access/b.yaml:4 no-roles",
      "access/deep/c.yaml:2 wrong-type",
      "4 problems in the files",
    ]);
  });

  it("--output json has the same as data, on stdout or in a file", async () => {
    const cwd = await folderWith(files);
    const { code, stdout, stderr } = await run(["validate", "access", "--output", "json"], { cwd });
    assert.equal(code, 1);
    const document = JSON.parse(stdout);
    assert.equal(document.valid, false);
    assert.deepEqual(
      document.problems.map((one: { path: string; line: number; code: string }) => [
        one.path,
        one.line,
        one.code,
      ]),
      [
        ["access/a.yml", 3, "unknown-key"],
        ["access/a.yml", 6, "duplicate-user"],
        ["access/b.yaml", 4, "no-roles"],
        ["access/deep/c.yaml", 2, "wrong-type"],
      ],
    );
    assert.match(stderr, /^access\/a\.yml:3:1: unknown-key: /);
  });

  it("inside GitHub Actions each is an annotation of its line, beside the plain text", async () => {
    const cwd = await folderWith(files);
    const env = { GITHUB_ACTIONS: "true", ...server.env };
    for (const args of [["validate"], ["plan"], ["apply", "--yes"]]) {
      const { code, stderr } = await run([...args, "access"], { cwd, env });
      assert.equal(code, 1);
      const commands = stderr.split("\n").filter((line) => line.startsWith("::"));
      assert.equal(commands.length, 4, stderr);
      assert.match(
        commands[0] ?? "",
        /^::error file=access\/a\.yml,line=3,col=1,title=unknown-key::/,
      );
      assert.match(stderr, /^access\/a\.yml:3:1: unknown-key: /m);
    }
  });

  it("one organization in two files, once by id and once by name, is reported before anything of it is read", async () => {
    const cwd = await folderWith({
      "access/a.yaml": `version: 1\norganization: 248df4b7-aa70-47b8-a036-33ac447e668d\nusers:\n${ADA}`,
      "access/b.yaml": `version: 1\norganization: Acme\nusers:\n${ADA}`,
    });
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: server.url,
      POLYTOMIC_PARTNER_KEY: "sandbox-partner-key",
    };
    const { code, stderr } = await run(["apply", "--yes", "access"], { cwd, env });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^access\/b\.yaml:2:15: duplicate-organization: .*access\/a\.yaml.*keep one file/,
    );
    assert.equal(server.writes().length, 0);
  });
});

describe("standard input and folders", () => {
  it("- is a file like any other, and its problems are at -:line:column", async () => {
    const good = await run(["validate", "-"], { stdin: `version: 1\nusers:\n${ADA}` });
    assert.deepEqual(good, {
      code: 0,
      stdout: VALID,
      stderr: "",
    });
    const bad = await run(["validate", "-"], { stdin: "version: 1\nusers: no\n" });
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /^-:2:8: wrong-type: /);
  });

  it("a folder without YAML, an empty folder and a missing path have different messages", async () => {
    const cwd = await folderWith({ "notes/readme.md": "x" });
    const folder = await run(["validate", "notes"], { cwd });
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /^notes:1:1: [a-z-]+: .*\.yaml/);
    const missing = await run(["validate", "nots"], { cwd });
    assert.match(missing.stderr, /^nots:1:1: file-not-found: .*did you mean "notes"/);
    const nothing = await run(["validate"], { cwd });
    assert.match(
      nothing.stderr,
      /^users\.yaml:1:1: file-not-found: .*polytomic-users init.*polytomic-users export/,
    );
  });

  it("a file that is only included elsewhere is no organization of its own", async () => {
    const cwd = await folderWith({
      "access/common/staff.yaml": `version: 1\nusers:\n${ADA}`,
      "access/acme.yaml": "version: 1\norganization: acme\ninclude: [common/staff.yaml]\n",
    });
    const { code, stdout, stderr } = await run(["validate", "access"], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, VALID);
  });

  it("an absolute path is shown as it was given", async () => {
    const cwd = await folderWith({ "users.yaml": "version: 1\nusers: 1\n" });
    const path = join(cwd, "users.yaml");
    const { stderr } = await run(["validate", path]);
    assert.ok(stderr.startsWith(`${path}:2:8: wrong-type: `), stderr);
  });
});

describe("files that are right but do not fit the organization", () => {
  it("an unknown role is reported on its line with a suggestion; the organization is not planned", async () => {
    const cwd = await folderWith({
      "users.yaml": "version: 1\nusers:\n  - email: cto@example.com\n    roles: [Admn, Viewr]\n",
    });
    for (const args of [["plan"], ["apply", "--yes"]]) {
      const { code, stderr } = await run(args, { cwd, env: server.env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^users\.yaml:4:13: unknown-role: .*did you mean "?Admin/m);
      assert.match(stderr, /^users\.yaml:4:19: unknown-role: .*did you mean "?Viewer/m);
    }
    assert.equal(server.writes().length, 0);
  });

  it("an admin role that the organization does not have is an error, not a guard that sees nothing", async () => {
    const cwd = await folderWith({
      "users.yaml": `version: 1\npolicy:\n  admin_role: Root\nusers:\n  - { email: cto@example.com, roles: [Admin] }\n`,
    });
    const { code, stderr } = await run(["apply", "--yes"], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /^users\.yaml:3:15: unknown-role: .*Root/m);
    assert.equal(server.writes().length, 0);
  });
});

describe("files with a great many mistakes", () => {
  it("130,000 unknown roles are counted, and a hundred shown", async () => {
    const roles = Array.from({ length: 130_000 }, (_, n) => `      - role ${n}\n`).join("");
    const text = `version: 1\nusers:\n  - email: a@example.com\n    roles:\n${roles}`;
    const cwd = await folderWith({ "users.yaml": text });
    const { code, stderr } = await run(["plan"], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /^users\.yaml:5:9: unknown-role: the organization has no role "role 0"/);
    assert.match(stderr, /\nusers\.yaml: 129900 more problems in this file are not shown\n/);
    assert.ok(stderr.length < 30_000, `${stderr.length} characters`);
  });

  it("names of 30,000 letters are shortened", async () => {
    const users = Array.from(
      { length: 300 },
      (_, n) => `  - { email: u${n}@example.com, roles: [${String(n)}${"x".repeat(30_000)}] }\n`,
    );
    const cwd = await folderWith({ "users.yaml": `version: 1\nusers:\n${users.join("")}` });
    const { code, stderr } = await run(["plan"], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /\nusers\.yaml: 200 more problems in this file are not shown\n/);
    assert.ok(stderr.length < 40_000, `${stderr.length} characters`);
  });

  it("an empty path is refused by every command, before anything is read", async () => {
    const cwd = await folderWith({ "users.yaml": `version: 1\nusers:\n${ADA}` });
    const requests = server.sandbox.log.length;
    for (const args of [["validate"], ["plan"], ["apply", "--yes"], ["report"]]) {
      const { code, stderr } = await run([...args, ""], { cwd, env: server.env });
      assert.equal(code, 1);
      assert.match(stderr, /^error: the path is empty\nhint: /);
    }
    assert.equal(server.sandbox.log.length, requests);
  });
});

describe("a file whose organization the key does not reach", () => {
  const organization = (id: string, name: string) => ({ id, name, users: [], roles: [] });
  const ids = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
  let partner: Polytomic;
  before(async () => {
    partner = await polytomic({
      state: {
        organizations: [
          organization("33333333-3333-4333-8333-333333333333", "Globex"),
          organization(ids[0] ?? "", "Twin"),
          organization(ids[1] ?? "", "Twin"),
        ],
        credentials: {
          apiKeys: [],
          partnerKeys: [{ key: "partner", organizationIds: null }],
          deploymentKey: null,
        },
      },
    });
  });
  after(() => partner.close());

  const planned = async (files: Readonly<Record<string, string>>) => {
    const cwd = await folderWith(files);
    const env = { POLYTOMIC_DEPLOYMENT_URL: partner.url, POLYTOMIC_PARTNER_KEY: "partner" };
    const { code, stderr } = await run(["plan", "."], { cwd, env });
    assert.equal(code, 1);
    return stderr;
  };
  const about = (name: string): string => `version: 1\norganization: ${name}\nusers: []\n`;

  it("an unknown name has its line and a suggestion", async () => {
    assert.match(
      await planned({ "users.yaml": about("Globx") }),
      /^users\.yaml:2:15: unknown-organization: this key cannot reach an organization "Globx": did you mean "Globex"\?$/m,
    );
  });

  it("a name of several has the ids to choose from", async () => {
    assert.match(
      await planned({ "users.yaml": about("Twin") }),
      new RegExp(
        `^users\\.yaml:2:15: ambiguous-organization: 2 organizations are named "Twin": use the id instead, one of ${ids.join(", ")}$`,
        "m",
      ),
    );
  });

  it("ten files for one organization are one problem", async () => {
    const names = ["Globex", "33333333-3333-4333-8333-333333333333"];
    const files = Object.fromEntries(names.map((name, n) => [`${n}.yaml`, about(name)]));
    assert.match(
      await planned(files),
      /^1\.yaml:2:15: duplicate-organization: Globex \(3{8}-\S+\) is also described in 0\.yaml: keep one file for it\n1 problem in the files\n$/,
    );
    const same = Array.from({ length: 10 }, (_, n) => [`${n}.yaml`, about("Globex")]);
    assert.equal(
      await planned(Object.fromEntries(same)),
      '1.yaml:2:15: same-organization: "Globex" is also described at 0.yaml:2:15 and in 8 more files: keep one file, and use include for shared parts\n1 problem in the files\n',
    );
  });
});
