/** `init`: from a key to a reviewed repository. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { exampleState } from "../../src/sandbox/state.ts";
import { type Polytomic, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

let server: Polytomic;
before(async () => {
  const state = exampleState();
  const [acme] = state.organizations;
  assert.ok(acme);
  const odd = { id: "user-odd", email: "nobody@example.com", role_ids: [] };
  server = await polytomic({
    state: { ...state, organizations: [{ ...acme, users: [...acme.users, odd] }] },
  });
});
after(() => server.close());

describe("init", () => {
  it("writes a file whose plan is empty, with comments and suggested groups, and says what is worth a look", async () => {
    const cwd = await folderWith({});
    const { code, stdout, stderr } = await run(["init"], { cwd, env: server.env });
    assert.deepEqual([code, stdout], [0, ""], stderr);
    const text = await readFile(join(cwd, "users.yaml"), "utf8");
    assert.match(
      text,
      /^policy:\n {2}# Users who are not in this file keep .*\n.*\n {2}unmanaged: keep\n/m,
    );
    assert.match(
      text,
      /# groups:\n# {3}analyst-member: # amara\.okafor@example\.com, ben\.schulz@example\.com\n# {5}roles: \[Analyst, Member\]\n/,
    );
    assert.match(
      stderr,
      /^(?:Waiting .*\n)*Wrote users\.yaml\. It matches Polytomic: plan shows no changes\.\n\nPlease check:\n/,
    );
    assert.match(
      stderr,
      /- 3 of 12 users hold the admin role Admin: cto@example\.com; jane\.doe@example\.com; support@polytomic\.com\n/,
    );
    assert.match(
      stderr,
      /- 2 addresses outside example\.com: contractor@agency\.example; support@polytomic\.com\n/,
    );
    assert.match(
      stderr,
      /- not in the file, and not changed by apply: "nobody@example\.com" has no role\n/,
    );
    assert.match(stderr, /\nNext:\n {2}1\. review users\.yaml, then commit it\n/);
    const planned = await run(["plan", "--detailed-exitcode"], { cwd, env: server.env });
    assert.equal(planned.code, 0, planned.stdout);
    assert.equal((await run(["validate"], { cwd })).code, 0);
  });

  it("suggests groups that can be used as they stand", async () => {
    const cwd = await folderWith({});
    await run(["init"], { cwd, env: server.env });
    const text = await readFile(join(cwd, "users.yaml"), "utf8");
    const uncommented = text.replace(/^# groups:\n(#.*\n)+/m, (lines) =>
      lines.replaceAll(/^# /gm, ""),
    );
    const moved = uncommented.replace(
      "  - email: amara.okafor@example.com\n    roles: [Analyst, Member]",
      "  - email: amara.okafor@example.com\n    groups: [analyst-member]",
    );
    assert.notEqual(moved, uncommented);
    const planned = await run(["plan", "-", "--detailed-exitcode"], {
      cwd,
      env: server.env,
      stdin: moved,
    });
    assert.equal(planned.code, 0, planned.stdout + planned.stderr);
  });

  it("copies the CI files and prints the set-up that is left", async () => {
    const github = await folderWith({});
    const ran = await run(["init", "--ci", "github"], { cwd: github, env: server.env });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual((await readdir(join(github, ".github/workflows"))).sort(), [
      "polytomic-apply.yml",
      "polytomic-drift.yml",
      "polytomic-plan.yml",
      "polytomic-review.yml",
    ]);
    assert.match(ran.stderr, /action\/setup\.sh/);
    const gitlab = await folderWith({});
    const other = await run(["init", "--ci", "gitlab"], { cwd: gitlab, env: server.env });
    assert.deepEqual((await readdir(gitlab)).sort(), [".gitlab-ci.yml", "users.yaml"]);
    assert.match(other.stderr, /POLYTOMIC_GITLAB_TOKEN/);
  });

  it("replaces nothing without --force, and asks Polytomic nothing before that", async () => {
    const cwd = await folderWith({ "users.yaml": "mine\n" });
    const requests = server.sandbox.log.length;
    const refused = await run(["init"], { cwd, env: server.env });
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: users\.yaml already exists: nothing was written\nhint: .*--force/,
    );
    assert.equal(server.sandbox.log.length, requests);
    assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), "mine\n");
    assert.equal((await run(["init", "--force"], { cwd, env: server.env })).code, 0);
    assert.match(await readFile(join(cwd, "users.yaml"), "utf8"), /unmanaged: keep/);
  });

  it("beside a users.yaml that exists, --ci adds the CI files alone, without a credential", async () => {
    for (const force of [[], ["--force"]]) {
      const cwd = await folderWith({ "users.yaml": "mine\n" });
      const { code, stderr } = await run(["init", "--ci", "gitlab", ...force], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /^Wrote \.gitlab-ci\.yml\. users\.yaml already exists and was not changed\.\n\nNext:\n {2}1\. /,
      );
      assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), "mine\n");
      assert.deepEqual((await readdir(cwd)).sort(), [".gitlab-ci.yml", "users.yaml"]);
    }
    const cwd = await folderWith({ "users.yaml": "mine\n" });
    const ignoring = await run(["init", "--ci", "gitlab", "--ignore", "*@x.io"], { cwd });
    assert.equal(ignoring.code, 1);
    assert.match(
      ignoring.stderr,
      /^error: --ignore is for a new file, and users\.yaml exists\nhint: /,
    );
  });

  it("CI files that exist are refused without --force, and replaced with it", async () => {
    const plan = ".github/workflows/polytomic-plan.yml";
    const cwd = await folderWith({ "users.yaml": "mine\n", [plan]: "mine\n" });
    const refused = await run(["init", "--ci", "github"], { cwd });
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: \.github\/workflows\/polytomic-plan\.yml already exists: nothing was written\nhint: /,
    );
    assert.deepEqual(await readdir(join(cwd, ".github/workflows")), ["polytomic-plan.yml"]);
    assert.equal((await run(["init", "--ci", "github", "--force"], { cwd })).code, 0);
    assert.match(await readFile(join(cwd, plan), "utf8"), /polytomic-users/);
    assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), "mine\n");
  });

  it("leaves nothing behind if a file cannot be written", async () => {
    const cwd = await folderWith({ ".github": "a file\n" });
    const { code, stderr } = await run(["init", "--ci", "github"], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /^error: could not create the folder \.github\/workflows: /);
    assert.deepEqual(await readdir(cwd), [".github"]);
  });

  it("leaves out ignored users, and names an organization with a partner key", async () => {
    const cwd = await folderWith({});
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: server.url,
      POLYTOMIC_PARTNER_KEY: "sandbox-partner-key",
    };
    const { code, stderr } = await run(
      ["init", "--organization", "Acme", "--ignore", "*@polytomic.com"],
      { cwd, env },
    );
    assert.equal(code, 0, stderr);
    const text = await readFile(join(cwd, "users.yaml"), "utf8");
    assert.match(text, /ignore: \["\*@polytomic\.com"\]/);
    assert.doesNotMatch(text, /support@/);
  });

  it("has never written anything to Polytomic", () => assert.deepEqual(server.writes(), []));
});
