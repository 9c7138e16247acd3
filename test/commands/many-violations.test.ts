/** Rules that thousands of users violate: JSON has all violations, text has the first ones and a count. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import { run } from "../program.ts";
import { folderWith } from "../support.ts";
import { organization, partnerState } from "./elsewhere.ts";

const ID = "11111111-1111-4111-8111-111111111111";
const MANY = Array.from({ length: 5_000 }, (_, at) => `u${at}@example.com`);
const RULES = (level: string) => `policy:
  rules:
    - { name: ticket, reason: "^X", level: ${level} }
    - { name: one-admin, roles: [Admin], at_most: 1, level: ${level} }
`;
const file = (level: string) => `version: 1
organization: Acme
${RULES(level)}users:
  - { email: boss@example.com, roles: [Admin], reason: X-1 }
  - { email: new@example.com, roles: [Admin], reason: X-2 }
${MANY.map((email) => `  - { email: ${email}, roles: [Viewer] }\n`).join("")}`;

describe("a plan in which 5,000 users break a rule", () => {
  let server: Awaited<ReturnType<typeof startSandboxServer>>;
  before(async () => {
    const state = partnerState([
      organization(ID, "Acme", [
        ["boss@example.com", "Admin"],
        ["new@example.com", "Viewer"],
        ...MANY.map((email) => [email, "Viewer"] as const),
      ]),
    ]);
    server = await startSandboxServer(createSandbox({ state, clock: systemClock }), { port: 0 });
  });
  after(() => server.close());
  const plan = async (
    level: string,
    output: string,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const cwd = await folderWith({ "users.yaml": file(level) });
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: server.url,
      POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
      ...more,
    };
    return run(["plan", "--output", output], { cwd, env });
  };
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

  for (const level of ["error", "warning"]) {
    const title = level === "error" ? "Violations" : "Rule warnings";

    it(`the text has the first of each rule, the count and the gained admin right (${level})`, async () => {
      const { code, stdout } = await plan(level, "text");
      assert.equal(code, level === "error" ? 3 : 0);
      assert.match(stdout, new RegExp(`^${title}: 5,001$`, "m"));
      assert.equal(count(stdout, /rule "ticket": u\d+@/g), 50);
      assert.equal(count(stdout, /rule "one-admin": 2 users have Admin/g), 1);
      assert.match(
        stdout,
        /^ {2}rule "ticket": 4,950 more; --output json=FILE lists all of them$/m,
      );
      assert.match(stdout, /new@example\.com {2}Viewer → Admin \(gains Admin\)/);
    });

    it(`Markdown likewise (${level})`, async () => {
      const { stdout } = await plan(level, "markdown");
      assert.match(stdout, new RegExp(`${title}: 5,001`));
      assert.equal(count(stdout, /u\d+@example\.com/g), 20);
      assert.equal(count(stdout, /one-admin/g), 1);
      assert.match(stdout, /4,980 more\. `--output json=FILE` lists all of them\./);
      assert.match(stdout, /\| change \| `new@example\.com` \| `Admin` \|/);
    });
  }

  it("JSON has every violation", async () => {
    const { stdout } = await plan("error", "json");
    const { violations } = JSON.parse(stdout).organizations[0];
    assert.equal(violations.length, 5_001);
    assert.equal(count(JSON.stringify(violations), /\bu\d+@example\.com has no reason/g), 5_000);
  });

  it("the annotation of a gained admin right comes before those of warnings: GitHub shows ten", async () => {
    const { stdout, stderr } = await plan("warning", "text", { GITHUB_ACTIONS: "true" });
    const warnings = `${stdout}\n${stderr}`
      .split("\n")
      .filter((line) => line.startsWith("::warning"));
    assert.match(warnings[0] ?? "", /title=Gains Admin::new@example\.com gains Admin in Acme$/);
  });
});
