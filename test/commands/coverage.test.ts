/** Organizations that a partner key reaches and no file covers: reported, and refused where coverage is required. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { derivedId } from "../../src/sandbox/ids.ts";
import { withSystemRoles } from "../../src/sandbox/state.ts";
import { type Polytomic, polytomic, type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";

const NAMES = ["Apex", "Bolt", "Cyan", "Dune"];
const idOf = (name: string): string => derivedId("organization", name);

/** Each organization has one user, with the admin role. */
function organizationOf(name: string) {
  const id = idOf(name);
  const roles = withSystemRoles(id, []);
  const email = `admin@${name.toLowerCase()}.example`;
  const admin = roles.filter((role) => role.name === "Admin").map((role) => role.id);
  const user = { id: derivedId("user", id, email), email, role_ids: admin };
  return { id, name, roles, users: [user] };
}

const fileOf = (name: string, more = ""): string =>
  `version: 1\norganization: ${name}\nusers:\n  - {email: admin@${name.toLowerCase()}.example, roles: [Admin]}\n${more}`;
const NEW_USER = "  - {email: new@example.com, roles: [Member]}\n";

describe("organizations of the key that no file covers", () => {
  let server: Polytomic;
  before(async () => {
    server = await polytomic({
      state: {
        organizations: NAMES.map(organizationOf),
        credentials: {
          apiKeys: [{ key: "api", organizationId: idOf("Apex"), userId: null }],
          partnerKeys: [{ key: "partner", organizationIds: null }],
          deploymentKey: "deployment",
        },
      },
    });
  });
  after(() => server.close());

  const ran = async (
    names: readonly string[],
    args: readonly string[],
    key: Readonly<Record<string, string>> = { POLYTOMIC_PARTNER_KEY: "partner" },
  ): Promise<Ran> => {
    const cwd = await folderWith(
      Object.fromEntries(names.map((name) => [`files/${name}.yaml`, fileOf(name)])),
    );
    return run([...args, "files"], { cwd, env: { POLYTOMIC_DEPLOYMENT_URL: server.url, ...key } });
  };
  const two = ["Apex", "Cyan"];
  const REFUSED =
    /^error: no file covers 2 organizations of this key: Bolt \([0-9a-f-]{36}\), Dune \([0-9a-f-]{36}\)\nhint: add a file for each \(export --all --dir FOLDER writes them\), or run without --require-coverage$/m;

  for (const [kind, key] of [
    ["partner", { POLYTOMIC_PARTNER_KEY: "partner" }],
    ["deployment", { POLYTOMIC_DEPLOYMENT_KEY: "deployment" }],
  ] as const) {
    it(`plan announces them with a ${kind} key, and exits with 0`, async () => {
      const { code, stdout } = await ran(two, ["plan"], key);
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^Organizations of this key that no file covers: 2\n {2}Bolt, Dune \(export --all --dir FOLDER writes a file for each\)$/m,
      );
    });
  }

  it("plan has them in JSON, Markdown and HTML", async () => {
    const json = await ran(two, ["plan", "--output", "json"]);
    assert.deepEqual(JSON.parse(json.stdout).uncovered, [
      { organization_id: idOf("Bolt"), organization_name: "Bolt" },
      { organization_id: idOf("Dune"), organization_name: "Dune" },
    ]);
    const markdown = await ran(two, ["plan", "--output", "markdown"]);
    assert.match(markdown.stdout, /Organizations of this key that no file covers/);
    assert.match(markdown.stdout, /^\| `?Dune`? \| `?[0-9a-f-]{36}`? \|$/m);
    const html = await ran(two, ["plan", "--output", "html"]);
    assert.match(html.stdout, /<section id="uncovered"[^]*Dune[^]*<\/section>/);
  });

  it("report has them in text, JSON, Markdown and HTML", async () => {
    const text = await ran(two, ["report"]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^Organizations of this key that no file covers: 2\n {2}Bolt, Dune/m);
    const json = await ran(two, ["report", "--output", "json"]);
    assert.deepEqual(
      JSON.parse(json.stdout).uncovered.map(
        (one: Record<string, string>) => one["organization_name"],
      ),
      ["Bolt", "Dune"],
    );
    const markdown = await ran(two, ["report", "--output", "markdown"]);
    assert.match(markdown.stdout, /^\| `?Dune`? \| `?[0-9a-f-]{36}`? \|$/m);
    const html = await ran(two, ["report", "--output", "html"]);
    assert.match(html.stdout, /<section id="uncovered"[^]*Dune[^]*<\/section>/);
  });

  it("--require-coverage makes it a refusal of plan, apply and report, and nothing is written", async () => {
    const before = server.writes().length;
    for (const args of [["plan"], ["apply", "--yes"], ["report"]]) {
      const { code, stderr } = await ran(two, [...args, "--require-coverage"]);
      assert.equal(code, 3, args.join(" "));
      assert.match(stderr, REFUSED);
    }
    const cwd = await folderWith({ "apex.yaml": fileOf("Apex", NEW_USER) });
    const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner" };
    const refused = await run(["apply", "--yes", "--require-coverage", "apex.yaml"], { cwd, env });
    assert.equal(refused.code, 3);
    assert.equal(server.writes().length, before);
    const planned = await run(["plan", "--require-coverage", "apex.yaml"], { cwd, env });
    assert.doesNotMatch(planned.stdout, /To apply exactly this plan/);
  });

  it("--require-coverage passes if every organization has a file", async () => {
    for (const args of [["plan"], ["apply", "--yes"], ["report"]]) {
      const { code, stdout, stderr } = await ran(NAMES, [...args, "--require-coverage"]);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout, /no file covers/);
    }
    const api = await ran(["Apex"], ["plan", "--require-coverage"], { POLYTOMIC_API_KEY: "api" });
    assert.equal(api.code, 0);
  });

  it("is judged over all files, before --organization, --shard and --only narrow the run", async () => {
    const narrowed = [
      ["--organization", "Apex"],
      ["--shard", "1/3"],
      ["--only", "admin@bolt.example"],
    ];
    for (const flags of narrowed) {
      const all = await ran(NAMES, ["plan", ...flags, "--require-coverage"]);
      assert.equal(all.code, 0, flags.join(" "));
      assert.doesNotMatch(all.stdout, /no file covers/);
    }
    const missing = await ran(two, ["plan", "--organization", "Apex", "--require-coverage"]);
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, REFUSED);
  });

  it("each organization is in one shard, and an empty shard prints a message", async () => {
    const shards = await Promise.all(
      [1, 2, 3].map((number) => ran(two, ["plan", "--shard", `${number}/3`])),
    );
    const names = shards.map(({ stdout }) => /^Organization (\w+)/.exec(stdout)?.[1] ?? "none");
    assert.deepEqual(names.toSorted(), ["Apex", "Cyan", "none"]);
    const [none] = shards.filter(({ stdout }) => stdout.startsWith("No changes"));
    assert.match(none?.stdout ?? "", /^No changes, 0 unchanged\.$/m);
    assert.match(none?.stdout ?? "", /^This shard has no organizations\.$/m);
    assert.doesNotMatch(none?.stdout ?? "", /matches the files/);
  });

  it("a run about one --organization names no other", async () => {
    const args = ["--organization", "Apex"];
    const text = await ran(two, ["plan", ...args]);
    assert.doesNotMatch(text.stdout, /Bolt|Cyan|Dune/);
    const json = await ran(two, ["plan", ...args, "--output", "json"]);
    assert.equal("uncovered" in JSON.parse(json.stdout), false);
  });

  it("is not in the digest, and a saved plan with it can be applied", async () => {
    const cwd = await folderWith({ "apex.yaml": fileOf("Apex") });
    const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner" };
    const digest = async (...more: readonly string[]): Promise<unknown> => {
      const { stdout } = await run(["plan", "--output", "json", ...more, "apex.yaml"], {
        cwd,
        env,
      });
      return JSON.parse(stdout).digest;
    };
    assert.equal(await digest(), await digest("--organization", "Apex"));
    await run(["plan", "--output", "json=plan.json", "apex.yaml"], { cwd, env });
    const applied = await run(["apply", "--plan", "plan.json", "--yes"], { cwd, env });
    assert.equal(applied.code, 0, applied.stderr);
  });

  it("the suggested command has the switches of this run", async () => {
    const args = ["apply", "--dry-run", "--skip-failed", "--require-coverage"];
    const cwd = await folderWith(
      Object.fromEntries(NAMES.map((name) => [`${name}.yaml`, fileOf(name, NEW_USER)])),
    );
    const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner" };
    const { code, stdout, stderr } = await run([...args, "."], { cwd, env });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^ {2}polytomic-users apply --yes --expect-digest sha256:[0-9a-f]{64} --skip-failed --require-coverage \.$/m,
    );
  });

  it("--require-coverage needs files and the key's organizations of now", async () => {
    const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner" };
    const cwd = await folderWith({});
    for (const args of [
      ["apply", "--plan", "plan.json", "--yes"],
      ["report"],
      ["report", "--at", "2026-01-31"],
    ]) {
      const { code, stderr } = await run([...args, "--require-coverage"], { cwd, env });
      assert.equal(code, 1, args.join(" "));
      assert.match(stderr, /^error: .*--require-coverage/m);
    }
  });
});
