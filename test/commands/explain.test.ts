/** `explain EMAIL` through the program: files, git and the sandbox. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { derivedId } from "../../src/sandbox/ids.ts";
import { acmeFile, ACME, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { git, remove, repositoryOf } from "../history/repository.ts";
import { folderWith, skipWithout } from "../support.ts";

const AMARA = "amara.okafor@example.com";
const ANALYST = "d9f8e7c6-b5a4-4210-9fed-cba987654321";
const VIEWER = derivedId("role", ACME, "Viewer");
const BOB = "Bob Roe <bob@example.com>";

const entries = ACME_USERS.filter(([email]) => !/^(farid|elif|support)/.test(email));
const policy = 'policy: { ignore: ["*@polytomic.com"] }\n';
const full = acmeFile(entries, policy);
const less = full.replace("[Member, Analyst]", "[Member]");
const elif =
  "  - email: elif.kaya@example.com\n    groups: [lookers]\n    expires: 2026-12-31\n    reason: DATA-7\n";
const grouped =
  full.replace("users:\n", "groups:\n  lookers: { roles: [Viewer] }\nusers:\n") + elif;
const newcomer = `${grouped}  - email: new@example.com\n    roles: [Viewer]\n`;

describe("explain", { skip: skipWithout("git") }, () => {
  let server: Polytomic;
  let cwd: string;
  before(async () => {
    server = await polytomic();
    cwd = repositoryOf([
      { at: "2026-01-05", files: { "users.yaml": full }, message: "Start (#1)" },
      { at: "2026-02-05", files: { "users.yaml": less }, message: "No analyst (#2)", author: BOB },
      {
        at: "2026-03-05",
        files: { "users.yaml": grouped },
        message: "On a branch",
        merged: { at: "2026-03-06", message: "Merge pull request #12 from acme/elif" },
      },
      { at: "2026-03-07", files: { "users.yaml": newcomer }, message: "Welcome !13", author: BOB },
    ]);
  });
  after(async () => {
    remove(cwd);
    await server.close();
  });
  const explain = (...args: readonly string[]) =>
    run(["explain", ...args, "--as-of", "2026-11-24"], {
      cwd,
      env: { ...server.env, PATH: process.env["PATH"] ?? "" },
    });
  const json = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await explain(...args, "--output", "json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const commits = (): readonly string[] =>
    git(cwd, "log", "--first-parent", "--format=%H").trim().split("\n");

  it("tells every grant with its place, its end, its reason and its commit", async () => {
    const [, merge] = commits();
    assert.deepEqual(await json("ELIF.kaya@example.com"), {
      format_version: 1,
      email: "elif.kaya@example.com",
      as_of: "2026-11-24",
      organizations: [
        {
          organization_id: ACME,
          organization_name: "Acme",
          source: "users.yaml",
          state: "managed",
          roles: [
            {
              id: VIEWER,
              name: "Viewer",
              held: true,
              grants: [
                {
                  path: "users.yaml",
                  line: 5,
                  group: "lookers",
                  expires: "2026-12-31",
                  reason: "DATA-7",
                  since: {
                    commit: merge,
                    date: "2026-03-06T10:00:00Z",
                    author: "Jane Doe <jane@example.com>",
                    subject: "Merge pull request #12 from acme/elif",
                    pull_request: 12,
                  },
                },
              ],
            },
          ],
        },
      ],
      notes: [],
      failed: [],
    });
  });

  for (const [email, state, roles] of [
    [AMARA, "managed", ["Analyst true 1", "Member true 1"]],
    ["new@example.com", "pending", ["Viewer false 1"]],
    ["farid.haddad@example.com", "unmanaged", ["Viewer true 0"]],
    ["support@polytomic.com", "ignored", ["Admin true 0"]],
    ["nobody@example.com", "absent", []],
  ] as const) {
    it(`${email} is ${state}`, async () => {
      const [one] = (await json(email)).organizations;
      assert.equal(one.state, state);
      const found = one.roles.map(
        (role: { name: string; held: boolean; grants: readonly unknown[] }) =>
          `${role.name} ${role.held} ${role.grants.length}`,
      );
      assert.deepEqual(found, roles);
    });
  }

  it("works from the files and git alone, and then does not say what Polytomic has", async () => {
    const asked = server.sandbox.log.length;
    const { organizations } = await json(AMARA, "--offline");
    assert.equal(server.sandbox.log.length, asked);
    const [one] = organizations;
    assert.equal(one.state, "managed");
    assert.equal(one.organization_id, ACME);
    assert.deepEqual(
      one.roles.map(({ id, name, held }: Record<string, unknown>) => [id, name, held]),
      [
        [null, "Analyst", null],
        [null, "Member", null],
      ],
    );
    assert.equal(one.roles[0].grants[0].since.date, "2026-03-06T10:00:00Z");
    assert.equal(one.roles[1].grants[0].since.date, "2026-01-05T10:00:00Z");
  });

  it("tells every change, newest first", async () => {
    const { history } = await json(AMARA, "--history");
    assert.deepEqual(
      history.map((one: Record<string, unknown>) => [
        one["commit"],
        one["date"],
        one["author"],
        one["pull_request"],
        one["gained"],
        one["lost"],
      ]),
      [
        [commits()[1], "2026-03-06T10:00:00Z", "Jane Doe <jane@example.com>", 12, ["Analyst"], []],
        [commits()[2], "2026-02-05T10:00:00Z", BOB, 2, [], ["Analyst"]],
        [
          commits()[3],
          "2026-01-05T10:00:00Z",
          "Jane Doe <jane@example.com>",
          1,
          ["Analyst", "Member"],
          [],
        ],
      ],
    );
  });

  it("is text for a terminal", async () => {
    const { stdout, code } = await explain(AMARA, "--history");
    assert.equal(code, 0);
    const [merge, without, start] = commits()
      .slice(1)
      .map((id) => id.slice(0, 12));
    assert.equal(
      stdout,
      `amara.okafor@example.com, as of 2026-11-24

Organization Acme  ${ACME}  users.yaml
managed: in the files and in Polytomic.

  Analyst  held, granted since 2026-03-06, ${merge} (#12)
           Jane Doe <jane@example.com>: Merge pull request #12 from acme/elif
           users.yaml:16
  Member   held, granted since 2026-01-05, ${start} (#1)
           Jane Doe <jane@example.com>: Start (#1)
           users.yaml:16

Changes in the files, newest first:
  2026-03-06  ${merge} (#12)  +Analyst Jane Doe <jane@example.com>: Merge pull request #12 from
                                  acme/elif
  2026-02-05  ${without} (#2)   -Analyst Bob Roe <bob@example.com>: No analyst (#2)
  2026-01-05  ${start} (#1)   +Analyst +Member Jane Doe <jane@example.com>: Start (#1)
`,
    );
  });

  it("says of an entry whose access has ended since when, and where it is", async () => {
    const folder = await folderWith({
      "users.yaml": `${full}  - email: zoe@example.com\n    roles: [Member]\n    expires: 2026-10-31\n`,
    });
    const at = ["--as-of", "2026-11-24"];
    const line = full.split("\n").length;
    const online = await run(["explain", "zoe@example.com", ...at], {
      cwd: folder,
      env: server.env,
    });
    assert.equal(online.code, 0);
    assert.ok(
      online.stdout.includes(
        `absent: in the files (access expired on 2026-10-31, users.yaml:${line}), not in Polytomic.\n`,
      ),
      online.stdout,
    );
    assert.doesNotMatch(online.stderr, /Did you mean/);
    const offline = await run(["explain", "zoe@example.com", "--offline", ...at], { cwd: folder });
    assert.ok(
      offline.stdout.includes(`in the files (access expired on 2026-10-31, users.yaml:${line}).\n`),
      offline.stdout,
    );
    const json = await run(["explain", "zoe@example.com", "--output", "json", ...at], {
      cwd: folder,
      env: server.env,
    });
    assert.equal(JSON.parse(json.stdout).organizations[0].state, "absent");
  });

  it("suggests a user with a similar address, on stderr", async () => {
    const { code, stdout, stderr } = await explain("amara.okafro@example.com");
    assert.equal(code, 0);
    assert.match(stdout, /absent: neither in the files nor in Polytomic\.\n/);
    assert.equal(stderr, `Did you mean ${AMARA}?\n`);
    assert.equal((await explain("nobody@example.com")).stderr, "");
  });

  it("refuses, offline too, each organization that no file names", async () => {
    const names = ["--organization", ACME, "--organization", "Globex"];
    const { code, stdout, stderr } = await run(["explain", AMARA, "--offline", ...names], { cwd });
    assert.equal(code, 1, stdout);
    assert.match(stderr, /no file names the organization "Globex"\n/);
  });

  it("says what limits it, and claims nothing then", async () => {
    const elsewhere = await folderWith({ "users.yaml": full });
    const { stdout } = await run(["explain", AMARA, "--offline", "--output", "json"], {
      cwd: elsewhere,
    });
    const { notes, organizations } = JSON.parse(stdout);
    assert.deepEqual(notes, [
      {
        code: "no-repository",
        message: "users.yaml is not in a git repository: the start date of grants is unknown",
      },
    ]);
    assert.equal(organizations[0].roles[0].grants[0].since, null);
  });

  it("names a role that the organization does not have, and fails", async () => {
    const bad = await folderWith({ "users.yaml": acmeFile([[AMARA, "Analyzt"]]) });
    const { code, stdout, stderr } = await run(["explain", AMARA], { cwd: bad, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /users\.yaml:\d+:\d+: unknown-role: .*"Analyst"\?/);
    assert.match(stdout, /the file has 1 problem: users\.yaml:\d+:\d+: /);
  });

  it("needs a credential unless it works offline", async () => {
    const { code, stderr } = await run(["explain", AMARA], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /POLYTOMIC_API_KEY/);
  });

  it("knows the role by its id too", async () => {
    const byId = full.replaceAll("Analyst", ANALYST);
    const folder = repositoryOf([
      { at: "2026-01-05", files: { "users.yaml": full }, message: "Start (#1)" },
      { at: "2026-02-05", files: { "users.yaml": byId } },
    ]);
    const { stdout } = await run(["explain", AMARA, "--output", "json"], {
      cwd: folder,
      env: { ...server.env, PATH: process.env["PATH"] ?? "" },
    });
    const [role] = JSON.parse(stdout).organizations[0].roles;
    assert.equal(role.name, "Analyst");
    assert.equal(role.grants[0].since.pull_request, 1);
    remove(folder);
  });
});
