/** The whole command over HTTP, against the sandbox. */
import assert from "node:assert/strict";
import { chmod, readdir, readFile, stat, symlink, lstat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { exampleState, type SandboxState } from "../../src/sandbox/state.ts";
import { ACME, ACME_USERS, acmeFile, type Polytomic, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const GLOBEX = "11111111-aa70-47b8-a036-33ac447e668d";
const BROKEN = "22222222-aa70-47b8-a036-33ac447e668d";

/** The example company, one with untrusted names, and one that a file cannot describe. */
function customers(): SandboxState {
  const example = exampleState();
  const odd = "99999999-aa70-47b8-a036-33ac447e668d";
  return {
    ...example,
    organizations: [
      ...example.organizations,
      {
        id: GLOBEX,
        name: "../Globex: ✓",
        roles: [{ id: odd, name: " yes: no\n", system: false }],
        users: [{ id: "u1", email: "0123@x.org", role_ids: [odd] }],
      },
      {
        id: BROKEN,
        name: "Broken",
        roles: [],
        users: [{ id: "u2", email: "nobody@x.org", role_ids: [] }],
      },
    ],
  };
}

let server: Polytomic;
let partner: Record<string, string>;

before(async () => {
  server = await polytomic({ state: customers() });
  partner = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" };
});
after(() => server.close());

describe("export", () => {
  it("with an API key: its own organization, whose plan is empty", async () => {
    const exported = await run(["export"], { env: server.env });
    assert.equal(exported.code, 0);
    assert.match(
      exported.stderr,
      /^(?:Waiting .*\n)*Next: save this as users\.yaml, then run polytomic-users plan\n$/,
    );
    assert.match(exported.stdout, new RegExp(`\\norganization: ${ACME} # Acme\\n`));
    const planned = await run(["plan", "-", "--detailed-exitcode"], {
      env: server.env,
      stdin: exported.stdout,
    });
    assert.equal(planned.code, 0, planned.stdout);
  });

  it("with a partner key: the organization that is named", async () => {
    for (const name of [GLOBEX, "../Globex: ✓"]) {
      const { code, stdout } = await run(["export", "--organization", name], { env: partner });
      assert.equal(code, 0);
      assert.match(stdout, /users:\n {2}- email: 0123@x\.org\n {4}roles: \[" yes: no\\n"\]\n$/);
      const planned = await run(["plan", "-", "--detailed-exitcode"], {
        env: partner,
        stdin: stdout,
      });
      assert.equal(planned.code, 0, planned.stdout);
    }
  });

  it("with a partner key and no organization: says what is missing", async () => {
    const { code, stdout, stderr } = await run(["export"], { env: partner });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /hint: choose one with --organization/);
  });

  it("prints nothing where no file can describe the organization", async () => {
    const { code, stdout, stderr } = await run(["export", "--organization", "Broken"], {
      env: partner,
    });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /"nobody@x\.org" has no role/);
  });

  it("without ignored users", async () => {
    const { stdout } = await run(["export", "--ignore", "*@polytomic.com"], { env: server.env });
    assert.match(stdout, /\npolicy:\n {2}ignore: \["\*@polytomic\.com"\]\n/);
    assert.doesNotMatch(stdout, /support@polytomic\.com/);
  });

  const contradictions = [
    ["--all"],
    ["--dir", "there"],
    ["--all", "--dir", "there", "--into", "users.yaml"],
    ["--into", "users.yaml", "--ignore", "*@x.org"],
    ["--force"],
    ["--organization", "a", "--organization", "b"],
  ];
  for (const flags of contradictions) {
    it(`refuses ${flags.join(" ")} before any request`, async () => {
      const requests = server.sandbox.log.length;
      const { code, stderr } = await run(["export", ...flags], { env: server.env });
      assert.equal(code, 1);
      assert.match(stderr, /^error: .*\nhint: /);
      assert.equal(server.sandbox.log.length, requests);
    });
  }

  it("has never written anything to Polytomic", () => assert.deepEqual(server.writes(), []));
});

describe("export --all", () => {
  it("writes one file per organization; one that fails does not stop the others", async () => {
    const cwd = await folderWith({});
    const first = await run(["export", "--all", "--dir", "customers"], { cwd, env: partner });
    assert.equal(first.code, 4);
    assert.match(first.stderr, /error: Broken \(customers\/broken-22222222\.yaml\): .*has no role/);
    assert.match(first.stderr, /\n2 files written, 1 failed\nNext: polytomic-users plan \S+\n$/);
    assert.deepEqual((await readdir(join(cwd, "customers"))).sort(), [
      "acme-248df4b7.yaml",
      "globex-11111111.yaml",
    ]);
    const planned = await run(["plan", "customers", "--detailed-exitcode"], { cwd, env: partner });
    assert.equal(planned.code, 0, planned.stdout);
  });

  it("leaves existing files, unless --force is given", async () => {
    const cwd = await folderWith({ "c/old-name-248df4b7.yaml": "mine" });
    const flags = ["export", "--all", "--dir", "c", "--organization", ACME];
    const kept = await run(flags, { cwd, env: partner });
    assert.equal(kept.code, 0);
    assert.match(kept.stderr, /^0 files written, 1 already exists and was not changed/);
    assert.equal(await readFile(join(cwd, "c/old-name-248df4b7.yaml"), "utf8"), "mine");
    const replaced = await run([...flags, "--force"], { cwd, env: partner });
    assert.equal(replaced.code, 0);
    assert.deepEqual(await readdir(join(cwd, "c")), ["old-name-248df4b7.yaml"]);
    assert.match(await readFile(join(cwd, "c/old-name-248df4b7.yaml"), "utf8"), /cto@example\.com/);
  });

  it("is not for an API key", async () => {
    const cwd = await folderWith({});
    const { code, stderr } = await run(["export", "--all", "--dir", "c"], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /an API key reaches only one organization/);
    assert.deepEqual(await readdir(cwd), []);
  });
});

describe("export --into", () => {
  const entries = ACME_USERS.slice(0, 11);
  const common = `version: 1\npolicy: { ignore: ["*@polytomic.com"] }\nusers:\n  - email: cto@example.com\n    roles: [Admin]\n`;
  const file = acmeFile(entries.slice(1), "include: [../common/staff.yaml] # shared\n");

  for (const [who, env] of [
    ["an API key", () => server.env],
    ["a partner key", () => partner],
  ] as const) {
    it(`with ${who}: leaves a file alone that is right, includes and all`, async () => {
      const cwd = await folderWith({
        "acme/users.yaml": `\uFEFF${file}`,
        "common/staff.yaml": common,
      });
      const path = join(cwd, "acme/users.yaml");
      const { mtimeMs, ino } = await stat(path);
      const { code, stderr } = await run(["export", "--into", "acme/users.yaml"], {
        cwd,
        env: env(),
      });
      assert.deepEqual([code, stderr], [0, "acme/users.yaml is already up to date\n"]);
      assert.equal(await readFile(path, "utf8"), `\uFEFF${file}`);
      const now = await stat(path);
      assert.deepEqual([now.mtimeMs, now.ino], [mtimeMs, ino]);
    });
  }

  it("changes what differs; a link stays a link, and a file keeps its permissions", async () => {
    const older = file
      .replace("  - email: sam@example.com\n    roles: [Member]\n", "")
      .replace("roles: [Viewer]", "roles: [Viewer, Member] # both")
      .concat("  - email: left@example.com\n    roles: [Member]\n");
    const cwd = await folderWith({
      "acme/real.yaml": `\uFEFF${older}`,
      "common/staff.yaml": common,
    });
    const [real, link] = [join(cwd, "acme/real.yaml"), join(cwd, "acme/users.yaml")];
    await symlink("real.yaml", link);
    await chmod(real, 0o640);
    const { code, stdout, stderr } = await run(["export", "--into", "acme/users.yaml"], {
      cwd,
      env: server.env,
    });
    assert.deepEqual(
      [code, stdout, stderr],
      [
        0,
        "",
        "acme/users.yaml: 1 user added, 1 removed, 1 changed\nNext: polytomic-users plan acme/users.yaml\n",
      ],
    );
    const text = await readFile(real, "utf8");
    const sam = "  - email: sam@example.com\n    roles: [Member]\n";
    assert.equal(
      text,
      `\uFEFF${file.replace(sam, "").replace("roles: [Viewer]", "roles: [Viewer] # both")}${sam}`,
    );
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal((await stat(real)).mode & 0o777, 0o640);
    assert.deepEqual((await readdir(join(cwd, "acme"))).sort(), ["real.yaml", "users.yaml"]);
  });

  it("writes nothing when a user in an included file differs", async () => {
    const cwd = await folderWith({
      "acme/users.yaml": file.replace("roles: [Viewer]", "roles: [Member]"),
      "common/staff.yaml": common.replace("roles: [Admin]", "roles: [Member]"),
    });
    const path = join(cwd, "acme/users.yaml");
    const before = await readFile(path, "utf8");
    const { code, stderr } = await run(["export", "--into", "acme/users.yaml"], {
      cwd,
      env: server.env,
    });
    assert.equal(code, 1);
    assert.match(stderr, /cto@example\.com \(common\/staff\.yaml:4\) has Admin/);
    assert.equal(await readFile(path, "utf8"), before);
  });

  it("says what is wrong with a file before it asks Polytomic", async () => {
    const cwd = await folderWith({ "users.yaml": "version: 1\nusers:\n  - email: a\n" });
    const requests = server.sandbox.log.length;
    const { code, stderr } = await run(["export", "--into", "users.yaml"], {
      cwd,
      env: server.env,
    });
    assert.equal(code, 1);
    assert.match(stderr, /^users\.yaml:3:\d+: /);
    assert.equal(server.sandbox.log.length, requests);
  });

  it("takes one file, no folder and no standard input", async () => {
    const cwd = await folderWith({ "a/users.yaml": file });
    for (const path of ["a", "-"]) {
      const { code, stderr } = await run(["export", "--into", path], { cwd, env: server.env });
      assert.equal(code, 1, stderr);
    }
  });
});
