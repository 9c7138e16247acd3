/** Rules of access through the program: validate, plan, apply and a saved plan. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

let server: Polytomic;
before(async () => {
  server = await polytomic();
});
after(() => server.close());

type Users = Parameters<typeof acmeFile>[0];

const TODAY = ["--as-of", "2026-11-24"];
const entries: Users = ACME_USERS;

function withRules(rules: readonly string[], more: Users = []): string {
  return acmeFile(
    [...entries, ...more],
    `policy:\n  rules:\n${rules.map((rule) => `    - ${rule}\n`).join("")}`,
  );
}

const BROKEN = '{ name: our-domains, domains: [elsewhere.example], who: ["new@*"] }';
const NEW: Users = [["new@stranger.example", "Member"]];

describe("a broken rule", () => {
  it("validate names the rule at the line that breaks it, and needs no credential", async () => {
    const text = withRules([BROKEN], NEW);
    const cwd = await folderWith({ "users.yaml": text });
    const line = text.split("\n").findIndex((one) => one.includes("new@stranger")) + 1;
    const { code, stdout, stderr } = await run(["validate", ...TODAY], { cwd });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `users.yaml:${line}:12: rule: "our-domains": the domain of new@stranger.example is not elsewhere.example: remove the user, or add the domain to the rule\n1 problem in the files\n`,
    );
  });

  it("plan shows it in every output as guard rule and exits 3; apply writes nothing, whatever flag is given", async () => {
    const cwd = await folderWith({ "users.yaml": withRules([BROKEN], NEW) });
    const outputs = ["json=p.json", "markdown=p.md", "html=p.html", "gitlab=p.gitlab"];
    const args = ["plan", ...TODAY, ...outputs.flatMap((output) => ["--output", output])];
    const planned = await run(args, { cwd, env: server.env });
    assert.equal(planned.code, 3, planned.stderr);
    const said = /rule "our-domains": the domain of new@stranger\.example is not/;
    assert.match(planned.stdout.replaceAll(/\s+/g, " "), said);
    const read = (name: string): Promise<string> => readFile(join(cwd, name), "utf8");
    const plan = JSON.parse(await read("p.json"));
    const [violation] = plan.organizations[0].violations;
    assert.equal(violation.guard, "rule");
    assert.match(violation.message, said);
    assert.match(violation.source, /^users\.yaml:\d+:12$/);
    assert.match((await read("p.md")).replaceAll("&#64;", "@"), /our-domains/);
    assert.match(await read("p.html"), /our-domains/);

    const overrides = ["--max-removals", "99", "--max-role-changes", "99", "--min-admins", "0"];
    const applied = await run(["apply", "--yes", ...TODAY, ...overrides], { cwd, env: server.env });
    assert.equal(applied.code, 3, applied.stderr);
    const saved = await run(["apply", "--yes", "--plan", "p.json", ...TODAY], {
      cwd,
      env: server.env,
    });
    assert.equal(saved.code, 3, saved.stderr);
    assert.match((saved.stdout + saved.stderr).replaceAll(/\s+/g, " "), said);
    assert.equal(server.writes().length, 0);
  });

  it("of level warning is announced, and changes no exit code", async () => {
    const rule = BROKEN.replace("{", "{ level: warning,");
    const cwd = await folderWith({ "users.yaml": withRules([rule], NEW) });
    const validated = await run(["validate", ...TODAY], { cwd });
    assert.equal(validated.code, 0);
    assert.match(
      validated.stderr,
      /^users\.yaml:\d+:12: rule: warning: "our-domains": the domain of new@/,
    );
    const planned = await run(["plan", ...TODAY, "--output", "text", "--output", "json=p.json"], {
      cwd,
      env: server.env,
    });
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /our-domains/);
    const plan = JSON.parse(await readFile(join(cwd, "p.json"), "utf8"));
    assert.deepEqual(plan.organizations[0].violations, []);
    assert.match(plan.organizations[0].warnings[0].message, /our-domains/);
  });

  it("in Actions is an annotation on the line", async () => {
    const cwd = await folderWith({ "users.yaml": withRules([BROKEN], NEW) });
    const env = { GITHUB_ACTIONS: "true" };
    const { stderr } = await run(["validate", ...TODAY], { cwd, env });
    assert.match(
      stderr,
      /^::error file=users\.yaml,line=\d+,col=12,title=rule::rule "our-domains"/,
    );
  });

  it("names a role that the organization does not have: an error at the rule, with a suggestion", async () => {
    const cwd = await folderWith({
      "users.yaml": withRules(["{ name: few, roles: [Admn], at_most: 5 }"]),
    });
    const { code, stderr } = await run(["plan", ...TODAY], { cwd, env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /users\.yaml:5:28: unknown-role: .* "Admn": did you mean "Admin"\?/);
  });
});

describe("rules of an included file", () => {
  const policy = `version: 1\npolicy:\n  rules:\n    - ${BROKEN}\n`;
  const including = (more: string): string =>
    acmeFile([...entries, ...NEW], `include: [policy.yaml]\n${more}`);

  it("hold for every file that includes it", async () => {
    const cwd = await folderWith({ "users.yaml": including(""), "policy.yaml": policy });
    const { code, stderr } = await run(["validate", ...TODAY], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /rule: "our-domains"/);
  });

  it("cannot be replaced: the same name again is an error, in any case", async () => {
    const weaker = 'policy: { rules: [{ name: Our-Domains, domains: ["*"] }] }\n';
    const cwd = await folderWith({ "users.yaml": including(weaker), "policy.yaml": policy });
    const { code, stderr } = await run(["validate", ...TODAY], { cwd });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^users\.yaml:4:27: duplicate-rule: duplicate rule "Our-Domains", also at policy\.yaml:4:15: rename one/,
    );
  });
});

describe("an exception", () => {
  const rule = (until: string): string =>
    BROKEN.replace(" }", `, except: [{ email: new@stranger.example, until: ${until} }] }`);

  it("that has ended is reported at its line, by validate and by plan", async () => {
    const cwd = await folderWith({ "users.yaml": withRules([rule("2026-11-23")]) });
    const { code, stderr } = await run(["validate", ...TODAY], { cwd });
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^users\.yaml:5:\d+: rule: warning: "our-domains": the exception for new@stranger\.example ended on 2026-11-23: remove it, or extend it\nNext: polytomic-users plan\n$/,
    );
    const planned = await run(["plan", ...TODAY], { cwd, env: server.env });
    assert.equal(planned.code, 0);
    assert.match(
      planned.stdout.replaceAll(/\s+/g, " "),
      /the exception for new@stranger\.example ended/,
    );
  });

  it("that holds lets the user pass", async () => {
    const cwd = await folderWith({ "users.yaml": withRules([rule("2026-11-24")], NEW) });
    const { code, stderr } = await run(["plan", ...TODAY], { cwd, env: server.env });
    assert.equal(code, 0, stderr);
  });
});

describe("ended access", () => {
  it("is a warning of validate: the entry grants nothing", async () => {
    const text = `version: 1\nusers:\n  - email: a@x.io\n    roles: [Admin]\n    expires: 2026-11-23\n`;
    const cwd = await folderWith({ "users.yaml": text });
    const { code, stdout, stderr } = await run(["validate", ...TODAY], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /^Valid: 1 organization, 1 user\.\nRole names are checked by plan/);
    assert.equal(
      stderr,
      'users.yaml:3:12: access-expired: warning: the access of "a@x.io" expired on 2026-11-23, so the entry grants nothing: remove it, or set a later date\nNext: polytomic-users plan\n',
    );
  });
});
