import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Dialect, parseDialects } from "../../src/sandbox/dialects.ts";
import { ACME, acmeFile, ACME_USERS, polytomic, type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { partnerState } from "./elsewhere.ts";

const API = { POLYTOMIC_API_KEY: "sandbox-api-key" };
const PARTNER = { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" };

async function asked(
  key: Readonly<Record<string, string>>,
  args: readonly string[],
  dialects: readonly Dialect[] = [],
): Promise<Ran> {
  const on = await polytomic({ dialects: parseDialects(dialects) });
  try {
    return await run(["roles", ...args], { env: { POLYTOMIC_DEPLOYMENT_URL: on.url, ...key } });
  } finally {
    await on.close();
  }
}

const NAMED = `Roles of Acme (248df4b7-aa70-47b8-a036-33ac447e668d), 12 users

ID                                    USERS  NAME
7617d7a5-cd39-4039-a24e-d819f3461934      3  Admin
d9f8e7c6-b5a4-4210-9fed-cba987654321      3  Analyst
3cd1efc5-e788-47c4-a3a0-0e6b08fc8370      1  Billing
f7caace1-2374-4816-a6b3-e06837310f13      0  Editor
4b2ea21c-639e-4582-adca-0231c77a2373      6  Member
f59df7ba-7081-4092-ab4c-13ba186d8a0d      0  Sync Editor
a646441d-2a4a-47d6-a782-d267e69d8494      2  Viewer
`;

test("every role with its id and the number of users, by name", async () => {
  assert.deepEqual(await asked(API, []), {
    code: 0,
    stdout: NAMED,
    stderr: "Next: polytomic-users grant EMAIL --role NAME\n",
  });
});

test("a partner key names the organization", async () => {
  const { stdout } = await asked(PARTNER, ["--organization", "Acme"]);
  assert.equal(stdout, NAMED);
  const { code, stderr } = await asked(PARTNER, []);
  assert.equal(code, 1);
  assert.match(stderr, /hint: choose one with --organization/);
});

test("as a block that files can include: a plan by names of that file needs no list of roles", async () => {
  const { stdout } = await asked(API, ["--output", "yaml"]);
  assert.match(stdout, /^version: 1\n\nroles:\n {2}Admin: 7617d7a5.*? # 3 users\n/m);
  const on = await polytomic({ dialects: parseDialects(["partner-roles-403"]) });
  const cwd = await mkdtemp(join(tmpdir(), "roles-"));
  try {
    await writeFile(join(cwd, "acme-roles.yaml"), stdout);
    const file = acmeFile(ACME_USERS, "include: [acme-roles.yaml]\n");
    await writeFile(join(cwd, "users.yaml"), file);
    const env = { POLYTOMIC_DEPLOYMENT_URL: on.url, ...PARTNER };
    const plan = await run(["plan", "--detailed-exitcode"], { cwd, env });
    assert.deepEqual([plan.code, plan.stderr], [0, ""]);
  } finally {
    await on.close();
    await rm(cwd, { recursive: true });
  }
});

/** The `roles:` block of an organization with these roles, which a file can include. */
async function blockOf(roles: readonly (readonly [id: string, name: string])[]): Promise<string> {
  const own = roles.map(([id, name]) => ({ id, name, system: false }));
  const state = partnerState([{ id: ACME, name: "Acme", users: [], roles: own }]);
  const on = await polytomic({ state });
  try {
    const env = { POLYTOMIC_DEPLOYMENT_URL: on.url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
    const { stdout } = await run(["roles", "--organization", ACME, "--output", "yaml"], { env });
    const cwd = await folderWith({ "users.yaml": `${stdout}users: []\n` });
    const { code, stderr } = await run(["validate"], { cwd });
    assert.equal(code, 0, stderr);
    return stdout.slice(stdout.indexOf("roles:\n"));
  } finally {
    await on.close();
  }
}

test("as a block: names that differ in any case, also of roles whose ids begin alike; a file takes no other ids than UUIDs", async () => {
  const roles = [
    ["d9f8e7c6-0000-4000-8000-000000000001", "Analyst"],
    ["d9f8e7c6-0000-4000-8000-000000000002", "analyst"],
    ["11111111-0000-4000-8000-000000000003", "ANALYST"],
    ["d9f8e7c6-0000-4000-8000-000000000004", "Viewer"],
    ["role-5", "Editor"],
  ] as const;
  assert.equal(
    await blockOf(roles),
    `roles:
  Admin: 7617d7a5-cd39-4039-a24e-d819f3461934 # 0 users
  ANALYST (11111111): 11111111-0000-4000-8000-000000000003 # 0 users
  Analyst (d9f8e7c6-0000-4000-8000-000000000001): d9f8e7c6-0000-4000-8000-000000000001 # 0 users
  analyst (d9f8e7c6-0000-4000-8000-000000000002): d9f8e7c6-0000-4000-8000-000000000002 # 0 users
  # Editor: role-5 # 0 users
  Member: 4b2ea21c-639e-4582-adca-0231c77a2373 # 0 users
  Viewer: d9f8e7c6-0000-4000-8000-000000000004 # 0 users
`,
  );
});

test("as a block: names that are too long for a key are cut, with the id behind them", async () => {
  const long = "x".repeat(1_100);
  const roles = [
    ["11111111-0000-4000-8000-000000000002", `${long}1`],
    ["22222222-0000-4000-8000-000000000003", `${long}2`],
    ["33333333-0000-4000-8000-000000000004", "y".repeat(1_024)],
  ] as const;
  const start = "x".repeat(200);
  assert.equal(
    await blockOf(roles),
    `roles:
  Admin: 7617d7a5-cd39-4039-a24e-d819f3461934 # 0 users
  Member: 4b2ea21c-639e-4582-adca-0231c77a2373 # 0 users
  ${start} (11111111): 11111111-0000-4000-8000-000000000002 # 0 users
  ${start} (22222222): 22222222-0000-4000-8000-000000000003 # 0 users
  ${"y".repeat(1_024)}: 33333333-0000-4000-8000-000000000004 # 0 users
`,
  );
});

test("as JSON", async () => {
  const { stdout } = await asked(API, ["--output", "json"]);
  const document: unknown = JSON.parse(stdout);
  const { roles, ...head } = document as { readonly roles: readonly unknown[] };
  assert.deepEqual(head, {
    format_version: 1,
    organization_id: ACME,
    organization_name: "Acme",
    names_listed: true,
  });
  assert.deepEqual(roles[0], {
    id: "7617d7a5-cd39-4039-a24e-d819f3461934",
    name: "Admin",
    users: 3,
  });
});

test("a key that is not allowed to list roles: the ids in use, and why names are missing", async () => {
  const args = ["--organization", "Acme"];
  const { code, stdout } = await asked(PARTNER, args, ["partner-roles-401"]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `Roles of Acme (248df4b7-aa70-47b8-a036-33ac447e668d), 12 users

ID                                    USERS  LEGACY ROLE
4b2ea21c-639e-4582-adca-0231c77a2373      6  member
7617d7a5-cd39-4039-a24e-d819f3461934      3  admin
d9f8e7c6-b5a4-4210-9fed-cba987654321      3  analyst
a646441d-2a4a-47d6-a782-d267e69d8494      2  viewer
3cd1efc5-e788-47c4-a3a0-0e6b08fc8370      1

Role names, and roles that no user holds, are missing: this key is not allowed to list the roles of Acme
(Polytomic limits partner keys to organizations and users). With an API key of the organization in
POLYTOMIC_API_KEY, this command prints them.
`,
  );
  const yaml = await asked(PARTNER, [...args, "--output", "yaml"], ["partner-roles-401"]);
  assert.match(
    yaml.stdout,
    /^ {2}Admin: 7617d7a5-cd39-4039-a24e-d819f3461934 # 3 users, legacy role admin$/m,
  );
  assert.match(yaml.stdout, /^ {2}role-4: 3cd1efc5-e788-47c4-a3a0-0e6b08fc8370 # 1 user$/m);
});
