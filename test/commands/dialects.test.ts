/** Dialect × command: what plan, apply, a second plan, report and export do under each dialect. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Dialect, DIALECTS, parseDialects } from "../../src/sandbox/dialects.ts";
import { derivedId } from "../../src/sandbox/ids.ts";
import { ACME, acmeFile, type Polytomic, polytomic, type Ran, run } from "../program.ts";
import { ACME_USERS } from "../program.ts";

const role = (name: string): string => derivedId("role", ACME, name);
const ANALYST = "d9f8e7c6-b5a4-4210-9fed-cba987654321";

/** Every role name that the file uses, with its id. */
const ROLES = `roles:
  Admin: ${role("Admin")}
  Member: ${role("Member")}
  Viewer: ${role("Viewer")}
  Billing: ${role("Billing")}
  Analyst: ${ANALYST}
`;

/** One change of each kind: a user is added, sam gains a role, the contractor is removed. */
const USERS = [
  ...ACME_USERS.filter(([email]) => !/^(sam|contractor)@/.test(email)),
  ["sam@example.com", "Member", "Analyst"],
  ["new@example.com", "Viewer"],
] as const;

type Key = "api" | "partner" | "deployment";

const KEYS: Readonly<Record<Key, Readonly<Record<string, string>>>> = {
  api: { POLYTOMIC_API_KEY: "sandbox-api-key" },
  partner: { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" },
  deployment: { POLYTOMIC_DEPLOYMENT_KEY: "sandbox-deployment-key" },
};

interface Scene {
  readonly on: Polytomic;
  readonly cwd: string;
  readonly go: (...args: readonly string[]) => Promise<Ran>;
  readonly write: (text: string) => Promise<void>;
}

async function scene(
  dialects: readonly Dialect[],
  key: Key,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const on = await polytomic({ dialects: parseDialects(dialects) });
  const cwd = await mkdtemp(join(tmpdir(), "dialects-"));
  const env = { POLYTOMIC_DEPLOYMENT_URL: on.url, ...KEYS[key] };
  try {
    await play({
      on,
      cwd,
      go: (...args) => run(args, { cwd, env }),
      write: (text) => writeFile(join(cwd, "users.yaml"), text),
    });
  } finally {
    await on.close();
    await rm(cwd, { recursive: true });
  }
}

function users({ on }: Scene): Record<string, readonly string[]> {
  return Object.fromEntries(
    on.sandbox.state
      .users(ACME)
      .map(({ email, role_ids }) => [email.toLowerCase(), [...role_ids].sort()]),
  );
}

/** Runs plan → apply → plan → report → export, and checks that Polytomic matches the file. */
async function mainJob(at: Scene, roles = ROLES): Promise<void> {
  await at.write(acmeFile(USERS, roles));
  const plan = await at.go("plan", "--detailed-exitcode");
  assert.deepEqual([plan.stderr, plan.code], ["", 2]);
  assert.deepEqual(at.on.writes(), []);
  const apply = await at.go("apply", "--yes", "--quiet");
  assert.deepEqual([apply.stderr, apply.code], ["", 0]);
  const wanted = Object.fromEntries(
    USERS.map(([email, ...names]) => [
      email,
      names.map((name) => (name === "Analyst" ? ANALYST : role(name))).sort(),
    ]),
  );
  assert.deepEqual(users(at), wanted);
  const again = await at.go("plan", "--detailed-exitcode");
  assert.deepEqual([again.stderr, again.code], ["", 0]);
  const report = await at.go("report", "--output", "csv");
  assert.deepEqual([report.stderr, report.code], ["", 0]);
  assert.match(report.stdout, /new@example\.com/);
  const exported = await at.go("export", "--organization", ACME);
  assert.equal(exported.code, 0, exported.stderr);
  await at.write(exported.stdout);
  const same = await at.go("plan", "--detailed-exitcode");
  assert.deepEqual([same.stderr, same.code], ["", 0]);
}

/** What is refused with which key: nothing is written, and the message says why. */
const REFUSED: readonly (readonly [
  dialects: readonly Dialect[],
  key: Key,
  args: readonly string[],
  message: RegExp,
])[] = [
  [["paged-lists"], "api", [], /one page of a longer list/],
  [["linked-lists"], "partner", [], /one page of a longer list/],
  [
    ["api-key-organization-users-403"],
    "api",
    ["--api-version", "2023-04-25"],
    /does not have permission.*2025-09-18/s,
  ],
  [
    ["identity-refused", "no-current-organization", "api-key-organization-users-403"],
    "api",
    [],
    /does not have permission/,
  ],
];

/** A dialect about kinds of keys is tried with each kind, any other with one of them. */
function keysFor(dialect: Dialect, index: number): readonly Key[] {
  if (/partner|roles-refused|update|newest/.test(dialect)) return ["api", "partner", "deployment"];
  if (/api-key|identity|organization/.test(dialect)) return ["api", "partner"];
  return index % 2 === 0 ? ["api"] : ["partner"];
}

describe("the main job, under each dialect", () => {
  const always = ["paged-lists", "linked-lists"];
  for (const [index, dialect] of (Object.keys(DIALECTS) as Dialect[]).entries()) {
    if (always.includes(dialect)) continue;
    for (const key of keysFor(dialect, index)) {
      test(`${dialect}, ${key} key`, () => scene([dialect], key, (at) => mainJob(at)));
    }
  }
});

describe("the main job, under several dialects at once", () => {
  const rows: readonly (readonly [Key, readonly Dialect[]])[] = [
    ["api", ["identity-refused", "no-current-organization"]],
    ["api", ["identity-without-organization", "no-current-organization", "roles-refused"]],
    ["partner", ["partner-roles-401", "partner-users-by-basic", "organization-id-missing"]],
    ["partner", ["partner-roles-403", "removed-204", "updated-204", "created-201"]],
    ["deployment", ["partner-roles-404", "update-by-other-method", "errors-as-html"]],
    ["partner", ["newest-version-only", "existing-user-200", "email-case-kept", "empty-list"]],
  ];
  for (const [key, dialects] of rows) {
    test(`${key} key: ${dialects.join(", ")}`, () => scene(dialects, key, (at) => mainJob(at)));
  }
});

describe("refused, with nothing written", () => {
  for (const [dialects, key, args, message] of REFUSED) {
    test(`${dialects.join(", ")}, ${key} key ${args.join(" ")}`, () =>
      scene(dialects, key, async (at) => {
        await at.write(acmeFile(USERS, ROLES));
        for (const command of [["plan"], ["apply", "--yes"], ["report"]]) {
          const ran = await at.go(...command, ...args);
          assert.equal(ran.code, 1);
          assert.match(`${ran.stdout}${ran.stderr}`, message);
        }
        assert.deepEqual(at.on.writes(), []);
      }));
  }
});

describe("policy.create: false", () => {
  const SCIM = `${ROLES}policy: { create: false, unmanaged: keep }\n`;

  test("the files manage roles only: no POST, no DELETE, and nothing pending changes an exit code", () =>
    scene([], "api", async (at) => {
      const wanted = USERS.filter(([email]) => !email.startsWith("sam"));
      await at.write(acmeFile(wanted, SCIM));
      const plan = await at.go("plan", "--detailed-exitcode", "--output", "json");
      assert.equal(plan.code, 0, plan.stderr);
      const { organizations } = JSON.parse(plan.stdout) as {
        readonly organizations: readonly {
          readonly changes: readonly unknown[];
          readonly pending: readonly { readonly email: string }[];
        }[];
      };
      const [acme] = organizations;
      assert.deepEqual(acme?.changes, []);
      assert.deepEqual(
        acme?.pending.map(({ email }) => email),
        ["new@example.com"],
      );
      assert.equal((await at.go("apply", "--yes", "--quiet")).code, 0);
      assert.deepEqual(at.on.writes(), []);
    }));

  test("a pending user who arrives with other roles gets those of the files", () =>
    scene([], "api", async (at) => {
      await at.write(acmeFile(USERS, SCIM));
      at.on.sandbox.state.addUser(ACME, { email: "New@example.com", role_ids: [role("Member")] });
      assert.equal((await at.go("apply", "--yes", "--quiet")).code, 0);
      assert.deepEqual(users(at)["new@example.com"], [role("Viewer")]);
      assert.deepEqual(
        at.on.writes().map(({ method }) => method),
        ["PUT", "PUT"],
      );
      assert.equal((await at.go("plan", "--detailed-exitcode")).code, 0);
    }));
});

describe("a key that is not allowed to list roles, and users with only the legacy role", () => {
  const NAMED: readonly Dialect[] = ["roles-refused", "role-ids-missing"];

  test("a saved plan reports no drift for users whom it does not change", () =>
    scene(NAMED, "api", async (at) => {
      await at.write(acmeFile(USERS, ROLES));
      assert.equal((await at.go("plan", "--output", "json=plan.json")).code, 0);
      const apply = await at.go("apply", "--plan", "plan.json", "--yes");
      assert.deepEqual([apply.code, apply.stderr], [0, ""]);
      assert.match(apply.stdout, /Verified: Polytomic matches the plan\./);
    }));

  test("a saved plan still names a user whose role has an id in it, and who was changed by others", () =>
    scene(["roles-refused"], "api", async (at) => {
      await at.write(acmeFile(USERS, ROLES));
      await at.go("plan", "--output", "json=plan.json");
      const elif = derivedId("user", ACME, "elif.kaya@example.com");
      at.on.sandbox.state.changeUser(ACME, elif, [role("Member")]);
      const apply = await at.go("apply", "--plan", "plan.json", "--yes");
      assert.match(apply.stderr, /^note: elif\.kaya@example\.com .*; not part of the plan/m);
    }));

  test("export says which key lists the ids; with the names in the file, --into works", () =>
    scene(NAMED, "api", async (at) => {
      const refused = await at.go("export");
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /"sam@example\.com" has a role without an id \("member"\), and this key is not allowed to list roles.*^hint: use an API key of the organization, which lists the roles with their ids/ms,
      );
      await at.write(acmeFile(USERS, ROLES));
      const into = await at.go("export", "--into", "users.yaml");
      assert.equal(into.code, 0, into.stderr);
      assert.equal((await at.go("plan", "--detailed-exitcode")).code, 0);
    }));
});

describe("users with neither role ids nor a legacy role", () => {
  const UNTOLD: readonly Dialect[] = ["role-ids-missing", "legacy-role-missing"];

  test("the plan says whose roles are not known, in text and in JSON", () =>
    scene(UNTOLD, "api", async (at) => {
      await at.write(acmeFile(ACME_USERS, ROLES));
      const { stdout } = await at.go("plan", "--max-role-changes", "100%");
      assert.match(
        stdout.replaceAll(/\s+/g, " "),
        /note: Polytomic's response does not include the roles of chloe\.martin@example\.com, contractor@agency\.example, cto@example\.com and 6 more users \(neither role_ids nor role\)\./,
      );
      const json = await at.go("plan", "--output", "json=plan.json");
      assert.equal(json.code, 3);
      const text = await readFile(join(at.cwd, "plan.json"), "utf8");
      const { organizations } = JSON.parse(text);
      assert.equal(organizations[0].notices[0].code, "roles-unknown");
      assert.equal(organizations[0].notices[0].emails.length, 9);
    }));

  test("the guards protected and self do not let their roles be replaced", () =>
    scene(UNTOLD, "api", async (at) => {
      const accounts = ACME_USERS.map(([email, ...roles]): [string, ...string[]] =>
        email === "jane.doe@example.com" ? [email, "Viewer"] : [email, ...roles],
      );
      const policy = "policy: { protected: [sam@example.com], max_role_changes: 100% }\n";
      await at.write(acmeFile(accounts, `${ROLES}${policy}`));
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: at.on.url,
        POLYTOMIC_API_KEY: "sandbox-api-key-of-jane",
      };
      const { code, stdout } = await run(["plan", "--output", "json"], { cwd: at.cwd, env });
      assert.equal(code, 3);
      assert.deepEqual(JSON.parse(stdout).organizations[0].violations, [
        {
          guard: "protected",
          message:
            "sam@example.com is protected and may lose roles that Polytomic does not show: to allow it, remove the address from policy.protected",
          source: "users.yaml:15:12",
        },
        {
          guard: "self",
          message:
            "jane.doe@example.com, the owner of the API key, may lose roles that Polytomic does not show: keep that access in the files, or apply with another key",
          source: "users.yaml:13:12",
        },
      ]);
    }));

  test("export refuses them: their roles would be lost", () =>
    scene(UNTOLD, "api", async (at) => {
      const { code, stderr } = await at.go("export");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /"sam@example\.com" has roles that Polytomic's response does not include/,
      );
    }));
});

test("an API key whose organization is unknown asks for the roles once", () =>
  scene(["identity-refused", "no-current-organization"], "api", async (at) => {
    await at.write(acmeFile(ACME_USERS));
    assert.equal((await at.go("plan")).code, 0);
    assert.deepEqual(at.on.sandbox.log.map(({ method, path }) => `${method} ${path}`).sort(), [
      "GET /api/me",
      "GET /api/organization",
      "GET /api/organization/users",
      `GET /api/organizations/${ACME}/users`,
      "GET /api/permissions/roles",
    ]);
  }));
