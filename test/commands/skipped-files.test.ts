/** `apply --skip-failed` with files that have problems: the other organizations are applied, and none is lost. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ACME, acmeFile, type Polytomic, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { fileOf, organization, partnerState } from "./elsewhere.ts";

const USERS = [
  ["boss@a.example", "Admin"],
  ["mia@a.example", "Member"],
] as const;
const MORE = [...USERS, ["new@a.example", "Viewer"]] as const;
const IDS = ["org-a", "org-b", "org-c"];
const GOOD = Object.fromEntries(IDS.map((id) => [`${id}.yaml`, fileOf(id, MORE)]));
const SYNTAX = "version: 1\norganization: org-b\nusers:\n  - email: [\n";
const UNKNOWN_KEY = fileOf("org-b", MORE, "polcy: {}\n");
const SKIP = ["apply", ".", "--yes", "--skip-failed"];

describe("apply --skip-failed", () => {
  let server: Polytomic;
  let env: Readonly<Record<string, string>>;
  before(async () => {
    const organizations = IDS.map((id) => organization(id, `Company ${id}`, USERS));
    server = await polytomic({ state: partnerState(organizations) });
    env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
  });
  after(() => server.close());

  /** In its own folder; writes are undone, so that each test starts from the same state. */
  async function ran(files: Readonly<Record<string, string>>, args: readonly string[]) {
    const cwd = await folderWith(files);
    const first = server.sandbox.log.length;
    const result = await run(args, { cwd, env });
    const writes = server.sandbox.log.slice(first).filter(({ method }) => method !== "GET");
    for (const id of IDS) {
      for (const { id: user, email } of server.sandbox.state.users(id)) {
        if (email === "new@a.example") server.sandbox.state.removeUser(id, user);
      }
    }
    const written = writes.map(({ organizationId, method }) => `${method} ${organizationId}`);
    return { ...result, cwd, written: written.sort() };
  }

  for (const [what, text, says] of [
    ["a syntax error", SYNTAX, /^org-b\.yaml:\d+:\d+: yaml-syntax: /m],
    ["an unknown key", UNKNOWN_KEY, /^org-b\.yaml:3:1: unknown-key: .*policy/m],
    [
      "an unknown group",
      fileOf("org-b", MORE).replace("[Viewer]", "[Viewer]\n    groups: [x]"),
      /unknown-group/,
    ],
  ] as const) {
    it(`${what} in one file: the problem is shown, the other organizations are applied, exit code 4`, async () => {
      const files = { ...GOOD, "org-b.yaml": text };
      const refused = await ran(files, ["apply", ".", "--yes"]);
      assert.deepEqual([refused.code, refused.stdout, refused.written], [1, "", []]);
      const { code, stdout, stderr, written } = await ran(files, SKIP);
      assert.equal(code, 4, stderr);
      assert.match(stdout, /^1 of 3 organizations could not be planned and is skipped\.$/m);
      assert.match(stderr, says);
      assert.match(stdout, /Organizations that could not be planned: 1\n {2}Company org-b/);
      assert.match(stdout, /2 applied, 0 failed.*; 2 of 3 organizations, 1\s+skipped/);
      assert.match(stdout, /Verified: .*\(2 of 3 organizations, 1 skipped\)/s);
      assert.deepEqual(written, ["POST org-a", "POST org-c"]);
      assert.doesNotMatch(stdout, /no file covers/i);
    });
  }

  it("a problem in an included file skips every file that includes it", async () => {
    const including = (id: string) => fileOf(id, MORE, "include: [common/staff.yaml]\n");
    const { code, stdout, written } = await ran(
      {
        "org-a.yaml": including("org-a"),
        "org-b.yaml": including("org-b"),
        "org-c.yaml": fileOf("org-c", MORE),
        "common/staff.yaml": "version: 1\ngroup: {}\n",
      },
      SKIP,
    );
    assert.equal(code, 4);
    assert.match(stdout, /1 of 3 organizations, 2\s+skipped/);
    assert.match(stdout.replaceAll(/\s+/g, " "), /common\/staff\.yaml:2:1: .*"group"/);
    assert.deepEqual(written, ["POST org-c"]);
  });

  it("a conflict between one file and what it includes skips that file alone", async () => {
    const limits = "include: [common/policy.yaml]\n";
    const { code, written } = await ran(
      {
        "org-a.yaml": fileOf("org-a", MORE, `${limits}policy: { min_admins: 2 }\n`),
        "org-b.yaml": fileOf("org-b", MORE, limits),
        "common/policy.yaml": "version: 1\npolicy: { min_admins: 1 }\n",
      },
      SKIP,
    );
    assert.equal(code, 4);
    assert.deepEqual(written, ["POST org-b"]);
  });

  it("two files that describe one organization: neither is applied", async () => {
    for (const [first, second] of [
      ["org-a", "org-a"],
      ["org-a", "Company org-a"],
    ] as const) {
      const { code, written, stdout } = await ran(
        {
          "one.yaml": fileOf(first, MORE),
          "other.yaml": fileOf(second, USERS.slice(0, 1)),
          "org-b.yaml": fileOf("org-b", MORE),
        },
        SKIP,
      );
      assert.equal(code, 4, stdout);
      assert.deepEqual(written, ["POST org-b"]);
      assert.match(stdout, /1 of 3 organizations, 2\s+skipped/);
    }
  });

  it("no user is removed in an organization that a file with problems also describes", async () => {
    for (const name of ["org-b", '"Company org-b"']) {
      const { code, written, stdout } = await ran(
        {
          "org-a.yaml": fileOf("org-a", MORE),
          "org-b.yaml": fileOf("org-b", USERS.slice(0, 1)),
          "more.yaml": SYNTAX.replace("org-b", name),
        },
        SKIP,
      );
      assert.equal(code, 4, stdout);
      assert.deepEqual(written, ["POST org-a"]);
      assert.match(stdout.replaceAll(/\s+/g, " "), /more\.yaml describes the same organization/);
    }
  });

  it("a file that a file with problems may include is not an organization of its own", async () => {
    const files = {
      "acme.yaml": `version: 1\ninclude: [staff.yaml\norganization: ${ACME}\n`,
      "staff.yaml": "version: 1\nusers:\n  - email: cto@example.com\n    roles: [Admin]\n",
    };
    const own = await polytomic();
    const cwd = await folderWith(files);
    const { code, stdout } = await run(SKIP, { cwd, env: own.env });
    await own.close();
    assert.equal(code, 1, stdout);
    assert.equal(own.writes().length, 0);
    assert.match(
      stdout.replaceAll(/\s+/g, " "),
      /staff\.yaml.* a file with problems may include it/,
    );
  });

  it("with an API key, a file whose organization is unknown stops the others", async () => {
    const own = await polytomic();
    const cwd = await folderWith({
      "a.yaml": acmeFile([["cto@example.com", "Admin"]]),
      "b.yaml": "users: [\n",
    });
    const { code, stdout } = await run(SKIP, { cwd, env: own.env });
    await own.close();
    assert.equal(code, 1, stdout);
    assert.equal(own.writes().length, 0);
    assert.match(stdout.replaceAll(/\s+/g, " "), /b\.yaml may describe the same organization/);
  });

  it("coverage: a file with problems covers its organization; where it names none, coverage is unknown", async () => {
    const two = { "org-a.yaml": fileOf("org-a", MORE), "org-b.yaml": SYNTAX };
    const named = await ran(two, SKIP);
    assert.match(
      named.stdout,
      /Organizations of this key that no file covers: 1\n {2}Company org-c/,
    );
    const required = await ran(two, [...SKIP, "--require-coverage"]);
    assert.deepEqual([required.code, required.written], [3, []]);
    const untold = { ...two, "org-b.yaml": "users: [\n" };
    const { code, stdout, written } = await ran(untold, SKIP);
    assert.deepEqual([code, written], [4, ["POST org-a"]]);
    assert.doesNotMatch(stdout, /no file covers/);
    const refused = await ran(untold, [...SKIP, "--require-coverage"]);
    assert.deepEqual([refused.code, refused.written], [3, []]);
    assert.match(
      refused.stderr,
      /^error: it is not known whether the files cover all .*, because org-b\.yaml has problems/m,
    );
  });

  it("an ambiguous name is not listed as an organization that no file covers", async () => {
    const twins = ["org-x", "org-y"].map((id) => organization(id, "Twin", USERS));
    const other = await polytomic({
      state: partnerState([...twins, organization("org-a", "A", USERS)]),
    });
    const cwd = await folderWith({
      "a.yaml": fileOf("org-a", MORE),
      "twin.yaml": fileOf("Twin", MORE),
    });
    const args = { cwd, env: { ...env, POLYTOMIC_DEPLOYMENT_URL: other.url } };
    const { code, stdout } = await run(SKIP, args);
    await other.close();
    assert.equal(code, 4);
    assert.doesNotMatch(stdout, /no file covers/);
  });

  it("each shard has its share of the files with problems", async () => {
    const files = { ...GOOD, "org-b.yaml": UNKNOWN_KEY };
    const shards = [];
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const { code, written } = await ran(files, [...SKIP, "--shard", shard]);
      shards.push([code, written]);
    }
    assert.deepEqual(shards, [
      [0, ["POST org-a"]],
      [1, []],
      [0, ["POST org-c"]],
    ]);
  });

  it("--organization leaves the file of another organization out, with its problems", async () => {
    const files = { ...GOOD, "org-b.yaml": UNKNOWN_KEY };
    const { code, written } = await ran(files, [...SKIP, "--organization", "org-a"]);
    assert.deepEqual([code, written], [0, ["POST org-a"]]);
  });

  it("a plan saved by --dry-run names the skipped file, and applying it needs the flag too", async () => {
    const files = { ...GOOD, "org-b.yaml": UNKNOWN_KEY };
    const cwd = await folderWith(files);
    const args = ["apply", ".", "--dry-run", "--skip-failed", "--output", "json=plan.json"];
    assert.equal((await run(args, { cwd, env })).code, 1);
    const { failed } = JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"));
    assert.deepEqual(failed, [
      {
        source: "org-b.yaml",
        organization: "Company org-b",
        message:
          'the file, or one that it includes, has 1 problem: org-b.yaml:3:1: unknown key "polcy": did you mean "policy"?',
      },
    ]);
    assert.equal((await run(["apply", "--plan", "plan.json", "--yes"], { cwd, env })).code, 1);
    const saved = ["apply", "--plan", "plan.json", "--yes", "--skip-failed"];
    const applied = await run(saved, { cwd, env });
    assert.equal(applied.code, 4);
    assert.match(applied.stdout, /2 of 3 organizations, 1\s+skipped/);
  });

  it("a problem that is no file's own is refused: which organizations are missing is unknown", async () => {
    const { code, written, stderr } = await ran(GOOD, ["apply", ".", "missing", ...SKIP.slice(2)]);
    assert.deepEqual([code, written], [1, []]);
    assert.match(stderr, /^missing:1:1: file-not-found: /m);
  });

  it("every file has problems: exit code 1, and nothing is written", async () => {
    const { code, written } = await ran({ "org-b.yaml": UNKNOWN_KEY }, SKIP);
    assert.deepEqual([code, written], [1, []]);
  });
});
