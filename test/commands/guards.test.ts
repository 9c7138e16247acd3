/** The guards through the program: plan and apply judge alike, and a refused run writes nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { derivedId } from "../../src/sandbox/ids.ts";
import { ACME, ACME_USERS, acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { before, fileOf, organization, partnerState } from "./elsewhere.ts";
import { run } from "./acme.ts";

type Users = typeof ACME_USERS;

function without(...names: readonly string[]): Users {
  return ACME_USERS.filter(([email]) => !names.includes(email.split("@")[0] ?? ""));
}

function withRoles(roles: Readonly<Record<string, string>>): Users {
  return ACME_USERS.map(([email, ...now]) => {
    const name = email.split("@")[0] ?? "";
    return [email, ...(roles[name] === undefined ? now : [roles[name]])];
  });
}

const SIX_CHANGES = withRoles({
  sam: "Viewer",
  "old.name": "Viewer",
  "amara.okafor": "Viewer",
  "ben.schulz": "Viewer",
  "chloe.martin": "Viewer",
  "diego.ramos": "Viewer",
});

const FOUR_GONE = without("sam", "old.name", "elif.kaya", "farid.haddad");
const NO_ADMIN = withRoles({ cto: "Member", "jane.doe": "Member", support: "Member" });
const LAST_ADMINS = without("cto", "jane.doe", "support");

interface Case {
  readonly guard: string;
  readonly what: string;
  readonly entries: Users;
  readonly policy?: string;
  readonly key?: string;
  /** Expected in the message. */
  readonly says: readonly string[];
  /** Flags that override the guard, and the number of writes then; null where only the file can. */
  readonly override: { readonly flags: readonly string[]; readonly writes: number } | null;
  /** Flags of other guards, which do not override this one. */
  readonly useless: readonly string[];
}

const CASES: readonly Case[] = [
  {
    guard: "max-removals",
    what: "four of twelve, more than 25 %",
    entries: FOUR_GONE,
    says: ["4 of 12 users (33%) would be removed", "25% (3)", "--max-removals 4"],
    override: { flags: ["--max-removals", "4"], writes: 4 },
    useless: ["--max-removals", "3", "--max-role-changes", "100%", "--min-admins", "0"],
  },
  {
    guard: "max-removals",
    what: "one, where the policy says 0",
    entries: without("sam"),
    policy: "policy: { max_removals: 0 }\n",
    says: ["1 of 12 users (8%) would be removed", "the limit is 0", "--max-removals 1"],
    override: { flags: ["--max-removals", "10%"], writes: 1 },
    useless: ["--max-role-changes", "100%", "--min-admins", "0"],
  },
  {
    guard: "max-role-changes",
    what: "six, where the policy says 40 %",
    entries: SIX_CHANGES,
    policy: "policy: { max_role_changes: 40% }\n",
    says: ["6 of 12 users (50%) would change", "40% (5)", "--max-role-changes 6"],
    override: { flags: ["--max-role-changes", "6"], writes: 6 },
    useless: ["--max-role-changes", "5", "--max-removals", "100%", "--min-admins", "0"],
  },
  {
    guard: "min-admins",
    what: "all users lose the admin role",
    entries: NO_ADMIN,
    says: ["0 holders of the role Admin (3 now)", "the minimum is 1", "--min-admins 0"],
    override: { flags: ["--min-admins", "0"], writes: 3 },
    useless: ["--max-removals", "100%", "--max-role-changes", "100%"],
  },
  {
    guard: "min-admins",
    what: "all admins are removed",
    entries: LAST_ADMINS,
    says: ["0 holders of the role Admin (3 now)", "policy.min_admins"],
    override: { flags: ["--min-admins", "0"], writes: 3 },
    useless: ["--min-admins", "1", "--max-removals", "100%"],
  },
  {
    guard: "protected",
    what: "a protected user is removed",
    entries: without("cto"),
    policy: 'policy: { protected: ["cto@*"] }\n',
    says: ["cto@example.com is protected and would be removed", "policy.protected"],
    override: null,
    useless: ["--max-removals", "100%", "--max-role-changes", "100%", "--min-admins", "0"],
  },
  {
    guard: "protected",
    what: "a protected user loses a role",
    entries: withRoles({ "diego.ramos": "Member" }),
    policy: "policy: { protected: [diego.ramos@example.com] }\n",
    says: ["diego.ramos@example.com is protected and would lose Billing"],
    override: null,
    useless: ["--max-removals", "100%", "--max-role-changes", "100%", "--min-admins", "0"],
  },
  {
    guard: "self",
    what: "the caller is removed",
    entries: without("jane.doe"),
    key: "sandbox-api-key-of-jane",
    says: [
      "jane.doe@example.com, the owner of the API key, would be removed",
      "apply with another key",
    ],
    override: null,
    useless: ["--max-removals", "100%", "--max-role-changes", "100%", "--min-admins", "0"],
  },
  {
    guard: "self",
    what: "the caller loses the admin role",
    entries: withRoles({ "jane.doe": "Member" }),
    key: "sandbox-api-key-of-jane",
    says: ["jane.doe@example.com, the owner of the API key, would lose Admin"],
    override: null,
    useless: ["--max-removals", "100%", "--max-role-changes", "100%", "--min-admins", "0"],
  },
];

async function withServer(key: string | undefined, test: (server: Polytomic) => Promise<void>) {
  const server = await polytomic();
  const env = { ...server.env, ...(key === undefined ? {} : { POLYTOMIC_API_KEY: key }) };
  try {
    await test({ ...server, env });
  } finally {
    await server.close();
  }
}

/** The violations in `--output json`. */
function violations(stdout: string): readonly { guard: string; message: string }[] {
  return JSON.parse(stdout).organizations.flatMap(
    (one: { violations: readonly { guard: string; message: string }[] }) => one.violations,
  );
}

for (const { guard, what, entries, policy, key, says, override, useless } of CASES) {
  describe(`${guard}: ${what}`, () => {
    const text = acmeFile(entries, policy);

    it("plan and apply report the same violation, exit with 3, and write nothing", () =>
      withServer(key, async ({ env, writes }) => {
        const cwd = await folderWith({ "users.yaml": text });
        for (const extra of [[], useless]) {
          const args = ["--output", "json", ...extra];
          const planned = await run(["plan", ...args], { cwd, env });
          const applied = await run(["apply", "--yes", ...args], { cwd, env });
          assert.equal(planned.code, 3, planned.stderr);
          assert.equal(applied.code, 3, applied.stderr);
          assert.deepEqual(
            violations(planned.stdout).map((one) => one.guard),
            [guard],
          );
          assert.deepEqual(violations(applied.stdout), violations(planned.stdout));
          if (extra.length > 0) continue;
          const message = violations(planned.stdout)[0]?.message ?? "";
          for (const part of says) assert.ok(message.includes(part), `${part} in: ${message}`);
        }
        assert.equal(writes().length, 0);
        const told = await run(["apply", "--yes"], { cwd, env });
        assert.match(
          told.stdout,
          /Blocked by the guards? [a-z-]+(, [a-z-]+)*( and [a-z-]+)?: nothing was written\./,
        );
        assert.ok(told.stdout.includes(guard), "the text says it too");
      }));

    if (override === null) return;
    it(`${override.flags.join(" ")} lets exactly it pass`, () =>
      withServer(key, async ({ env, writes }) => {
        const cwd = await folderWith({ "users.yaml": text });
        const planned = await run(["plan", ...override.flags], { cwd, env });
        assert.equal(planned.code, 0, planned.stdout);
        const applied = await run(["apply", "--yes", ...override.flags], { cwd, env });
        assert.equal(applied.code, 0, applied.stdout + applied.stderr);
        assert.equal(writes().length, override.writes);
      }));
  });
}

describe("several guards at once", () => {
  const text = acmeFile(
    SIX_CHANGES.filter(([email]) => /^(jane|sam|old|amara|ben|chloe|diego)/.test(email)).map(
      ([email]) => [email, "Viewer"] as const,
    ),
    "policy: { max_role_changes: 10%, protected: [cto@example.com] }\n",
  );

  it("one run reports all of them; each override lifts its own", () =>
    withServer("sandbox-api-key-of-jane", async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": text });
      const guards = async (...flags: readonly string[]) => {
        const { code, stdout } = await run(["apply", "--yes", "--output", "json", ...flags], {
          cwd,
          env,
        });
        assert.equal(code, 3);
        return violations(stdout).map((one) => one.guard);
      };
      assert.deepEqual(await guards(), [
        "protected",
        "self",
        "min-admins",
        "max-removals",
        "max-role-changes",
      ]);
      assert.deepEqual(await guards("--max-removals", "100%"), [
        "protected",
        "self",
        "min-admins",
        "max-role-changes",
      ]);
      assert.deepEqual(
        await guards("--max-removals", "9", "--max-role-changes", "9", "--min-admins", "0"),
        ["protected", "self"],
      );
      assert.equal(writes().length, 0);
    }));
});

describe("--only and the guards", () => {
  it("they judge the whole plan: too many removals are refused although one user was selected", () =>
    withServer(undefined, async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": acmeFile(FOUR_GONE) });
      const args = ["--only", "sam@example.com"];
      const planned = await run(["plan", ...args], { cwd, env });
      const refused = await run(["apply", "--yes", ...args], { cwd, env });
      assert.deepEqual([planned.code, refused.code, writes().length], [3, 3, 0]);
      assert.match(refused.stdout, /4 of 12 users \(33%\) would be removed/);
      const applied = await run(["apply", "--yes", ...args, "--max-removals", "4"], { cwd, env });
      assert.equal(applied.code, 0, applied.stdout);
      assert.deepEqual(
        writes().map(({ method, committed }) => [method, committed?.email]),
        [["DELETE", "sam@example.com"]],
      );
    }));

  it("the part of the plan that --only selects must keep an admin by itself", () =>
    withServer(undefined, async ({ env, writes }) => {
      const moved = [
        ...LAST_ADMINS.filter(([email]) => !email.startsWith("sam@")),
        ["sam@example.com", "Admin"] as const,
      ];
      const cwd = await folderWith({ "users.yaml": acmeFile(moved) });
      const args = ["cto", "jane.doe"].flatMap((name) => ["--only", `${name}@example.com`]);
      const all = [...args, "--only", "support@polytomic.com"];
      const { code, stdout } = await run(["apply", "--yes", ...all], { cwd, env });
      assert.equal(code, 3);
      assert.match(stdout, /the part of the plan that --only selects would leave 0 holders/);
      assert.equal(writes().length, 0);
      const whole = await run(["apply", "--yes"], { cwd, env });
      assert.equal(whole.code, 0, whole.stdout);
      assert.deepEqual(
        writes().map(({ method }) => method),
        ["PUT", "DELETE", "DELETE", "DELETE"],
      );
    }));
});

describe("two organizations of a partner, one of which violates a guard", () => {
  const USERS = [
    ["boss@a.example", "Admin"],
    ["mia@a.example", "Member"],
    ["noa@a.example", "Member"],
    ["vic@a.example", "Viewer"],
  ] as const;

  it("nothing is written in the other one either", async () => {
    const state = partnerState([
      organization("org-a", "Company A", USERS),
      organization("org-b", "Company B", USERS),
    ]);
    const { url, writes, close } = await polytomic({ state });
    try {
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const cwd = await folderWith({
        "customers/a.yaml": fileOf("org-a", [...USERS, ["new@a.example", "Member"]]),
        "customers/b.yaml": fileOf("Company B", USERS.slice(0, 1)),
      });
      const refused = await run(["apply", "--yes", "customers"], { cwd, env });
      assert.equal(refused.code, 3, refused.stderr);
      assert.match(refused.stdout, /Company B: max-removals: 3 of 4 users \(75%\)/);
      assert.equal(writes().length, 0);
      const planned = await run(["plan", "customers"], { cwd, env });
      const stdout = planned.stdout.replace("apply would write nothing.", "nothing was written.");
      assert.deepEqual([planned.code, stdout], [3, refused.stdout]);

      const narrowed = await run(["apply", "--yes", "customers", "--organization", "Company A"], {
        cwd,
        env,
      });
      assert.equal(narrowed.code, 0, narrowed.stdout);
      assert.deepEqual(
        writes().map(({ organizationId, method }) => [organizationId, method]),
        [["org-a", "POST"]],
      );
    } finally {
      await close();
    }
  });
});

describe("implausible-state: an implausible response", () => {
  const user = (name: string, more: object = {}) => ({
    id: `id-of-${name}`,
    email: `${name}@example.com`,
    organization_id: ACME,
    role_ids: [derivedId("role", ACME, "Admin")],
    ...more,
  });
  const ANSWERS: readonly (readonly [what: string, data: unknown, says: RegExp])[] = [
    [
      "users without id",
      [user("cto"), user("sam", { id: null }), user("jane.doe", { id: "" })],
      /2 of 3 users have no id or no e-mail address \(the first is entry 2 of the list\)/,
    ],
    ["users without address", [user("cto"), user("sam", { email: undefined })], /1 of 2 users/],
    [
      "the same address twice, in different case",
      [user("cto"), user("jane.doe"), user("x", { email: "CTO@example.com" })],
      /listed twice: cto@example\.com/,
    ],
    [
      "the same id twice",
      [user("cto"), user("sam", { id: "id-of-cto" })],
      /listed twice: id-of-cto/,
    ],
    [
      "another organization's users",
      [user("cto"), user("sam", { organization_id: "elsewhere" })],
      /1 of 2 users belong to another organization/,
    ],
    ["an empty list, although the key is a user's", [], /no users at all, although the API key/],
    ["null, although the key is a user's", null, /no users at all, although the API key/],
    [
      "a list without the user whose key it is",
      [user("cto")],
      /is not in the list of users \(1 listed\)/,
    ],
  ];

  for (const [what, data, says] of ANSWERS) {
    it(`${what}: plan and apply refuse, no flag helps, nothing is written`, async () => {
      const { sandbox, close } = await polytomic();
      const server = await before(sandbox, ({ method, path }) =>
        method === "GET" && path.endsWith("/users")
          ? { status: 200, body: JSON.stringify({ data }) }
          : null,
      );
      try {
        const env = {
          POLYTOMIC_DEPLOYMENT_URL: server.url,
          POLYTOMIC_API_KEY: "sandbox-api-key-of-jane",
        };
        const cwd = await folderWith({ "users.yaml": acmeFile(ACME_USERS) });
        const flags = ["--max-removals", "100%", "--max-role-changes", "100%", "--min-admins", "0"];
        for (const args of [["plan"], ["apply", "--yes"], ["apply", "--yes", ...flags]]) {
          const { code, stdout, stderr } = await run([...args, "--output", "json"], { cwd, env });
          assert.equal(code, 3, stderr);
          const told = violations(stdout).filter((one) => one.guard === "implausible-state");
          assert.match(told.map(({ message }) => message).join("\n"), says);
          assert.match(told[0]?.message ?? "", /if it persists, contact Polytomic support/);
        }
        assert.deepEqual(
          server.asked.filter(({ method }) => method !== "GET"),
          [],
        );
      } finally {
        await server.close();
        await close();
      }
    });
  }

  it("in the middle of an apply: a user who is not certainly listed is not removed", async () => {
    const { sandbox, writes, close } = await polytomic();
    let lists = 0;
    const server = await before(sandbox, ({ method, path }) => {
      if (method !== "GET" || !path.endsWith("/users")) return null;
      lists += 1;
      return lists === 1 ? null : { status: 200, body: '{"data": [{"email": "x@example.com"}]}' };
    });
    try {
      const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_API_KEY: "sandbox-api-key" };
      const cwd = await folderWith({
        "users.yaml": acmeFile([...without("sam"), ["new@example.com", "Member"]]),
      });
      const { code, stdout } = await run(["apply", "--yes"], { cwd, env });
      assert.equal(code, 4, stdout);
      assert.match(stdout, /could not be listed again before taking access away/);
      assert.deepEqual(
        writes().map(({ method }) => method),
        ["POST"],
      );
    } finally {
      await server.close();
      await close();
    }
  });
});
