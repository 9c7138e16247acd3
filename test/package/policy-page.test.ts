/** docs/policy.md: its YAML is valid, it has every rule, and its Rego judges a saved plan. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const page = await readFile(new URL("../../docs/policy.md", import.meta.url), "utf8");

/** The code blocks in this language. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name, text]) =>
    name === language && text !== undefined ? [text] : [],
  );
}

describe("the page about rules", () => {
  it("has rules that validate accepts, and an include that works", async () => {
    const [rules = "", policy = "", organization = ""] = blocks("yaml");
    const cwd = await folderWith({
      ".git/HEAD": "",
      "users.yaml": `version: 1\n${rules}users: []\n`,
      "policy/access.yaml": policy,
      "customers/acme.yaml": organization,
    });
    const { code, stderr } = await run(["validate", "users.yaml", "customers/acme.yaml"], { cwd });
    assert.equal(code, 0, stderr);
  });

  it("describes every assertion and every key of a rule", async () => {
    const schema: { $defs: { rule: { properties: object } } } = JSON.parse(
      await readFile(new URL("../../schemas/users.schema.json", import.meta.url), "utf8"),
    );
    for (const key of Object.keys(schema.$defs.rule.properties)) {
      if (key !== "name") assert.match(page, new RegExp(`^\\| \`${key}\\b`, "m"), key);
    }
  });
});

const found = spawnSync("conftest", ["--version"]).status === 0;
const skip = found
  ? false
  : "SKIPPED: conftest is not installed (go install github.com/open-policy-agent/conftest@latest)";

describe("the Rego on the page", { skip }, () => {
  let server: Polytomic;
  before(async () => {
    server = await polytomic();
  });
  after(() => server.close());

  const judged = async (users: Parameters<typeof acmeFile>[0]) => {
    const cwd = await folderWith({
      "users.yaml": acmeFile(users),
      "policy/access.rego": blocks("rego")[0] ?? "",
    });
    const planned = await run(["plan", "--output", "json=plan.json"], { cwd, env: server.env });
    assert.equal(planned.code, 0, planned.stderr);
    return spawnSync("conftest", ["test", "plan.json", "--policy", "policy/"], {
      cwd,
      encoding: "utf8",
    });
  };

  it("lets a plan pass that changes nothing", async () => {
    const { status, stdout } = await judged(ACME_USERS);
    assert.equal(status, 0, stdout);
  });

  it("denies a plan that removes one user and makes another an admin", async () => {
    const without = ACME_USERS.filter(([email]) => email !== "contractor@agency.example");
    const { status, stdout } = await judged(
      without.map(([email, ...roles]) =>
        email === "sam@example.com" ? [email, "Admin"] : [email, ...roles],
      ),
    );
    assert.equal(status, 1, stdout);
    assert.match(stdout, /contractor@agency\.example is removed and sam@example\.com gains admin/);
  });
});
