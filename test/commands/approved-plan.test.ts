/** What can happen between `plan --output json=plan.json` and `apply --plan plan.json`, and the outcome. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { derivedId } from "../../src/sandbox/ids.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import type { LiveState } from "../../src/sandbox/live-state.ts";
import {
  ACME,
  ACME_USERS,
  acmeFile,
  polytomic,
  type Polytomic,
  type Ran,
  run,
} from "../program.ts";
import { exampleState } from "../../src/sandbox/state.ts";
import { folderWith } from "../support.ts";
import { before, fileOf, flyingClock, organization, partnerState } from "./elsewhere.ts";

/**
 * Sam also becomes an Analyst, elif an Admin, farid and chloe are removed, newcomer is added until the end of 2026.
 */
const WANTED = `${acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|elif\.kaya|farid|chloe)/.test(email)),
  ["sam@example.com", "Member", "Analyst"],
  ["elif.kaya@example.com", "Admin"],
])}  - { email: newcomer@example.com, roles: [Member], expires: 2026-12-31 }\n`;

const ROLE = {
  admin: derivedId("role", ACME, "Admin"),
  member: derivedId("role", ACME, "Member"),
  analyst: "d9f8e7c6-b5a4-4210-9fed-cba987654321",
  viewer: derivedId("role", ACME, "Viewer"),
};

const idOf = (email: string) => derivedId("user", ACME, email);
const SAM = idOf("sam@example.com");
const FARID = idOf("farid.haddad@example.com");

interface GuardInputs {
  readonly name: string;
  /** What happens in Polytomic in between. */
  readonly meanwhile?: (state: LiveState) => void;
  /** What happens to the plan file in between. */
  readonly edit?: (text: string) => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly day?: string;
  readonly code: number;
  /** Expected in the output, on either stream. */
  readonly says: readonly RegExp[];
  /** The writes that the sandbox received: `METHOD address`. */
  readonly writes?: readonly string[];
}

const ALL = [
  "POST newcomer@example.com",
  "PUT elif.kaya@example.com",
  "PUT sam@example.com",
  "DELETE chloe.martin@example.com",
  "DELETE farid.haddad@example.com",
];

const without = (...names: readonly string[]) =>
  ALL.filter((write) => !names.some((name) => write.includes(` ${name}`)));

function document(edit: (plan: Document) => void): (text: string) => string {
  return (text) => {
    const plan = JSON.parse(text);
    edit(plan);
    return JSON.stringify(plan, null, 2);
  };
}

/** Edited with a new checksum, so that only the digest can detect it. */
function forged(edit: (plan: Document) => void): (text: string) => string {
  return document((plan) => {
    edit(plan);
    const { checksum: _, ...body } = plan;
    plan["checksum"] = `sha256:${createHash("sha256").update(JSON.stringify(body)).digest("hex")}`;
  });
}

// A plan as an editor sees it.
// oxlint-disable-next-line typescript/no-explicit-any
type Document = Record<string, any>;

const CHANGED = /plan\.json was changed or damaged after it was saved/;
const NEW_PLAN = /make a new plan and have it reviewed/;

const SITUATIONS: readonly GuardInputs[] = [
  { name: "nothing", code: 0, says: [/5 applied, 0 failed/, /Verified/], writes: ALL },
  // Users of the plan
  {
    name: "a user whom it changes has other roles by now",
    meanwhile: (state) => state.changeUser(ACME, SAM, [ROLE.viewer]),
    code: 3,
    says: [
      /approved-plan: sam@example\.com: had Member when the plan was made and has Viewer now/,
      /have it reviewed/,
    ],
  },
  {
    name: "a user whom it removes has other roles by now",
    meanwhile: (state) => state.changeUser(ACME, FARID, [ROLE.admin]),
    code: 3,
    says: [/farid\.haddad@example\.com: had Viewer when the plan was made and has Admin now/],
  },
  {
    name: "a user whom it changes is gone",
    meanwhile: (state) => state.removeUser(ACME, SAM),
    code: 3,
    says: [/sam@example\.com: no longer exists/],
  },
  {
    name: "a user whom it changes was removed and added again",
    meanwhile: (state) => {
      state.removeUser(ACME, SAM);
      state.addUser(ACME, { email: "sam@example.com", role_ids: [ROLE.member] });
    },
    code: 3,
    says: [/sam@example\.com: was removed and added again/],
  },
  {
    name: "a user whom it removes was removed and added again",
    meanwhile: (state) => {
      state.removeUser(ACME, FARID);
      state.addUser(ACME, { email: "farid.haddad@example.com", role_ids: [ROLE.viewer] });
    },
    code: 3,
    says: [/farid\.haddad@example\.com: was removed and added again/],
  },
  {
    name: "a user whom it adds is there, with other roles",
    meanwhile: (state) =>
      state.addUser(ACME, { email: "newcomer@example.com", role_ids: [ROLE.admin] }),
    code: 3,
    says: [/newcomer@example\.com: already exists, with Admin/],
  },
  {
    name: "a user whom it changes has another address (that is: is another user)",
    meanwhile: (state) => {
      state.removeUser(ACME, SAM);
      state.addUser(ACME, { email: "samuel@example.com", role_ids: [ROLE.member] });
    },
    code: 3,
    says: [/sam@example\.com: no longer exists/, /samuel@example\.com was added/],
  },
  // Done already
  {
    name: "one of its removals is made already",
    meanwhile: (state) => state.removeUser(ACME, FARID),
    code: 0,
    says: [/4 applied, 0 failed, 0 not attempted, 1 already up to date/],
    writes: without("farid"),
  },
  {
    name: "one of its role changes is made already",
    meanwhile: (state) => state.changeUser(ACME, SAM, [ROLE.analyst, ROLE.member]),
    code: 0,
    says: [/4 applied, 0 failed, 0 not attempted, 1 already up to date/],
    writes: without("sam"),
  },
  {
    name: "the newcomer is in already, with just these roles",
    meanwhile: (state) =>
      state.addUser(ACME, { email: "Newcomer@example.com", role_ids: [ROLE.member] }),
    code: 0,
    says: [/4 applied, 0 failed, 0 not attempted, 1 already up to date/],
    writes: without("newcomer"),
  },
  {
    name: "all of it is made already",
    meanwhile: (state) => {
      state.addUser(ACME, { email: "newcomer@example.com", role_ids: [ROLE.member] });
      state.changeUser(ACME, idOf("elif.kaya@example.com"), [ROLE.admin]);
      state.changeUser(ACME, SAM, [ROLE.member, ROLE.analyst]);
      state.removeUser(ACME, idOf("chloe.martin@example.com"));
      state.removeUser(ACME, FARID);
    },
    code: 0,
    says: [/0 applied, 0 failed, 0 not attempted, 5 already up to date/],
    writes: [],
  },
  // Roles
  {
    name: "a role that it gives is called something else",
    meanwhile: (state) => state.renameRole(ACME, ROLE.analyst, "Owner"),
    code: 3,
    says: [/sam@example\.com: the role Analyst is now named Owner/],
  },
  {
    name: "a role that it gives is gone",
    meanwhile: (state) => state.removeRole(ACME, ROLE.analyst),
    code: 3,
    says: [/sam@example\.com: the role Analyst no longer exists/],
  },
  {
    name: "the admin role is gone",
    meanwhile: (state) => state.removeRole(ACME, ROLE.admin),
    code: 3,
    says: [/the admin role Admin no longer exists/],
  },
  {
    name: "a role that it does not touch is called something else",
    meanwhile: (state) =>
      state.renameRole(ACME, state.roleByName(ACME, "Billing")?.id ?? "", "Finance"),
    code: 0,
    says: [/5 applied/],
    writes: ALL,
  },
  // Organizations
  {
    name: "the organization is gone",
    env: { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" },
    meanwhile: (state) => state.removeOrganization(ACME),
    code: 3,
    says: [/plan\.json is for Acme \(248df4b7-.*\), which this key cannot reach/, /new plan/],
  },
  {
    name: "the organization has another name",
    meanwhile: (state) => state.renameOrganization(ACME, "Acme Holding"),
    code: 0,
    says: [/Organization Acme Holding \(248df4b7/, /5 applied/],
    writes: ALL,
  },
  {
    name: "the credential is another organization's",
    env: { POLYTOMIC_API_KEY: "key-of-b" },
    code: 3,
    says: [/plan\.json is for Acme .*which this key cannot reach/, /key that the plan/],
  },
  {
    name: "the credential is a partner key for the same organization",
    env: { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" },
    code: 0,
    says: [/5 applied/],
    writes: ALL.map((write) => write.replace("PUT", "PATCH")),
  },
  {
    name: "the credential is refused",
    env: { POLYTOMIC_API_KEY: "revoked" },
    code: 1,
    says: [/does not accept the key in POLYTOMIC_API_KEY/, /hint: check that the key is complete/],
  },
  // The file
  {
    name: "an address was changed in it",
    edit: document((plan) => (plan["organizations"][0].changes[0].email = "eve@example.com")),
    code: 3,
    says: [CHANGED, NEW_PLAN],
  },
  {
    name: "a change was added to it",
    edit: document((plan) =>
      plan["organizations"][0].changes.push(plan["organizations"][0].changes[0]),
    ),
    code: 3,
    says: [CHANGED],
  },
  {
    name: "a change was taken out of it",
    edit: document((plan) => plan["organizations"][0].changes.pop()),
    code: 3,
    says: [CHANGED],
  },
  {
    name: "a guard was loosened in it",
    edit: document((plan) => (plan["organizations"][0].policy.min_admins = 0)),
    code: 3,
    says: [CHANGED],
  },
  {
    name: "its changes and its checksum were changed",
    edit: forged((plan) => (plan["organizations"][0].changes[0].email = "eve@example.com")),
    code: 3,
    says: [
      /the content of plan\.json does not match its digest: it was changed after it was saved, or saved by another version/,
    ],
  },
  {
    name: "its digest was changed, and its checksum",
    edit: forged((plan) => (plan["digest"] = `sha256:${"0".repeat(64)}`)),
    code: 3,
    says: [/the content of plan\.json does not match its digest/],
  },
  {
    name: "another address of the API was written into it",
    edit: document((plan) => (plan["url"] = "https://app.polytomic.com")),
    code: 3,
    says: [CHANGED],
  },
  {
    name: "half of it is missing",
    edit: (text) => text.slice(0, text.length / 2),
    code: 1,
    says: [
      /plan\.json is not a saved plan: it is not JSON/,
      /hint: name the file that polytomic-users plan/,
    ],
  },
  {
    name: "it is another program's JSON",
    edit: () => '{"resource_changes": []}',
    code: 1,
    says: [/plan\.json is not a saved plan: it does not match schemas\/plan\.schema\.json/],
  },
  { name: "it is JSON's null", edit: () => "null", code: 1, says: [/is not a saved plan/] },
  {
    name: "it is a text plan",
    edit: () => "Organization Acme\n",
    code: 1,
    says: [/it is not JSON/],
  },
  {
    name: "it was saved by a later version of the program",
    edit: document((plan) => (plan["format_version"] = 2)),
    code: 1,
    says: [
      /plan\.json has format version 2, but this version of polytomic-users reads 1/,
      /the version of polytomic-users that saved it/,
    ],
  },
  {
    name: "it was saved and formatted by another tool",
    edit: (text) => JSON.stringify(JSON.parse(text)),
    code: 0,
    says: [/5 applied/],
    writes: ALL,
  },
  {
    name: "another file was meant",
    args: ["--plan", "plans.json"],
    code: 1,
    says: [
      /could not read the plan plans\.json: no such file or folder/,
      /hint: a plan is saved with/,
    ],
  },
  // Time
  {
    name: "the access that it gives has ended",
    day: "2027-01-01",
    flags: [],
    code: 3,
    says: [/newcomer@example\.com: the approved access expired on 2026-12-31/],
  },
  {
    name: "the access that it gives has ended as of the given day",
    flags: ["--as-of", "2027-01-01"],
    code: 3,
    says: [/newcomer@example\.com: the approved access expired on 2026-12-31/],
  },
  {
    name: "it is the last day of the access that it gives",
    flags: ["--as-of", "2026-12-31"],
    code: 0,
    says: [/5 applied/],
    writes: ALL,
  },
  // Other addresses and keys
  {
    name: "users outside of it were changed, added and removed",
    meanwhile: (state) => {
      state.changeUser(ACME, idOf("ben.schulz@example.com"), [ROLE.viewer]);
      state.addUser(ACME, { email: "temp@example.com", role_ids: [ROLE.viewer] });
      state.removeUser(ACME, idOf("diego.ramos@example.com"));
    },
    code: 0,
    says: [
      /5 applied/,
      /note: ben\.schulz@example\.com .* since the plan was made; .*left unchanged/,
      /note: temp@example\.com was added since the plan was made/,
      /note: diego\.ramos@example\.com was removed since the plan was made/,
    ],
    writes: ALL,
  },
  {
    name: "so many have left that its removals are too many now",
    meanwhile: (state) => {
      for (const { id, email } of state.users(ACME)) {
        if (/^(old|amara|ben|diego|contractor|cto)/.test(email)) state.removeUser(ACME, id);
      }
    },
    code: 3,
    says: [/max-removals: 2 of 6 users \(33%\) would be removed; the limit is 25% \(1\)/],
  },
  {
    name: "the same, and an override means it",
    meanwhile: (state) => {
      for (const { id, email } of state.users(ACME)) {
        if (/^(old|amara|ben|diego|contractor|cto)/.test(email)) state.removeUser(ACME, id);
      }
    },
    flags: ["--max-removals", "2"],
    code: 0,
    says: [/5 applied/],
    writes: ALL,
  },
  // Command line
  {
    name: "with the digest that was approved",
    flags: ["--expect-digest", "DIGEST"],
    code: 0,
    says: [/5 applied/],
    writes: ALL,
  },
  {
    name: "with another digest than the approved one",
    flags: ["--expect-digest", `sha256:${"1".repeat(64)}`],
    code: 3,
    says: [
      /the plan is not the approved one: its digest is sha256:.*the expected digest is sha256:1111/,
    ],
  },
  {
    name: "with files beside it",
    flags: ["users.yaml"],
    code: 1,
    says: [/--plan cannot be combined with paths/, /remove the paths/],
  },
  {
    name: "with --only beside it",
    flags: ["--only", "sam@example.com"],
    code: 1,
    says: [/--plan cannot be combined with --only, --organization or --shard/, /narrower plan/],
  },
  {
    name: "with --shard beside it",
    flags: ["--shard", "1/3"],
    code: 1,
    says: [/--plan cannot be combined with --only, --organization or --shard/],
  },
  {
    name: "with --dry-run",
    flags: ["--dry-run"],
    code: 0,
    says: [/Plan: 1 to add, 2 to change, 2 to remove, /],
    writes: [],
  },
];

/** The example company, and a second organization with its own key. */
function twoCompanies(): Promise<Polytomic> {
  const { organizations, credentials } = exampleState();
  return polytomic({
    state: {
      organizations: [...organizations, organization("org-b", "Company B", [])],
      credentials: {
        ...credentials,
        apiKeys: [
          ...credentials.apiKeys,
          { key: "key-of-b", organizationId: "org-b", userId: null },
        ],
      },
    },
  });
}

describe("between plan and apply", () => {
  for (const situation of SITUATIONS) {
    it(`${situation.name}: ${situation.code === 0 ? "applied" : `refused with ${situation.code}`}`, async () => {
      const server = await twoCompanies();
      try {
        const cwd = await folderWith({ "users.yaml": WANTED });
        await saved(server, cwd);
        const { code, stdout, stderr } = await applied(server, cwd, situation);
        assert.equal(code, situation.code, stdout + stderr);
        for (const part of situation.says) {
          assert.match(`${stdout}\n${stderr}`.replaceAll(/\n {2,}/g, " "), part);
        }
        assert.doesNotMatch(stderr, /This is a bug|\n\s+at /);
        assert.deepEqual(writesOf(server), situation.writes ?? []);
      } finally {
        await server.close();
      }
    });
  }
});

describe("a saved plan", () => {
  it("that a guard refused is judged again, and passes with the override alone", async () => {
    const server = await polytomic();
    try {
      const { env } = server;
      const entries = ACME_USERS.filter(([email]) => !/^(sam|elif|farid|chloe)/.test(email));
      const cwd = await folderWith({ "users.yaml": acmeFile(entries) });
      const plan = await run(["plan", "--output", "json=plan.json"], { cwd, env });
      assert.equal(plan.code, 3, "a plan with violations is saved all the same");
      const refused = await run(["apply", "--plan", "plan.json", "--yes"], { cwd, env });
      assert.equal(refused.code, 3);
      assert.match(refused.stdout, /max-removals: 4 of 12 users/);
      assert.equal(server.writes().length, 0);
      const args = ["apply", "--plan", "plan.json", "--yes", "--max-removals", "4"];
      const meant = await run(args, { cwd, env });
      assert.equal(meant.code, 0, meant.stdout);
      assert.equal(server.writes().length, 4);
    } finally {
      await server.close();
    }
  });

  it("in UTF-16, as PowerShell's > writes it, is refused with the cure", async () => {
    const server = await polytomic();
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      await saved(server, cwd);
      const text = await readFile(join(cwd, "plan.json"), "utf8");
      await writeFile(join(cwd, "plan.json"), Buffer.from(`\uFEFF${text}`, "utf16le"));
      const args = ["apply", "--plan", "plan.json", "--yes"];
      assert.deepEqual(await run(args, { cwd, env: server.env }), {
        code: 1,
        stdout: "",
        stderr:
          "error: could not read the plan plan.json: it is not in UTF-8\nhint: save it as UTF-8\n",
      });
      assert.equal(server.writes().length, 0);
    } finally {
      await server.close();
    }
  });

  it("is not applied at another API address", async () => {
    const server = await polytomic();
    const other = await polytomic();
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      await saved(server, cwd);
      const args = ["apply", "--plan", "plan.json", "--yes"];
      const { code, stderr } = await run(args, { cwd, env: other.env });
      assert.equal(code, 3, stderr);
      assert.ok(stderr.includes(`plan.json was made for ${server.url}`), stderr);
      assert.match(
        stderr,
        /hint: apply it at the address that it was made for, or make a new plan/,
      );
      assert.equal(other.sandbox.log.length, 0, "nothing was asked there, either");
    } finally {
      await server.close();
      await other.close();
    }
  });

  it("is not an apply's report: apply --plan refuses that and sends nothing", async () => {
    const server = await polytomic();
    try {
      const { env } = server;
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--yes", "--output", "json=report.json"];
      assert.equal((await run(args, { cwd, env, clock: flyingClock() })).code, 0);
      const before = server.writes().length;
      const { code, stderr } = await run(["apply", "--plan", "report.json", "--yes"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /report\.json is .*(report|not a saved plan)/);
      assert.equal(server.writes().length, before);
    } finally {
      await server.close();
    }
  });

  it("is applied once: the second time everything is so already, and nothing is sent", async () => {
    const server = await polytomic();
    try {
      const { env } = server;
      const cwd = await folderWith({ "users.yaml": WANTED });
      await saved(server, cwd);
      const args = ["apply", "--plan", "plan.json", "--yes", "--output", "json"];
      const first = await run(args, { cwd, env, clock: flyingClock() });
      const second = await run(args, { cwd, env, clock: flyingClock() });
      assert.deepEqual([first.code, second.code], [0, 0], second.stderr);
      const { summary, results, digest } = JSON.parse(second.stdout);
      assert.deepEqual([summary.applied, summary.already], [0, 5]);
      assert.deepEqual(
        new Set(results.map((one: { outcome: string }) => one.outcome)),
        new Set(["already"]),
      );
      assert.equal(digest, JSON.parse(first.stdout).digest);
      assert.deepEqual(writesOf(server), ALL);
    } finally {
      await server.close();
    }
  });

  it("of an organization that could not be planned: it fails, and asks only whose key it is", async () => {
    const server = await polytomic();
    try {
      const { env } = server;
      const misspelled = acmeFile([...ACME_USERS, ["newcomer@example.com", "Membre"]]);
      const cwd = await folderWith({ "users.yaml": misspelled });
      const args = ["plan", "--as-of", "2026-11-23", "--output", "json=plan.json"];
      assert.equal((await run(args, { cwd, env })).code, 1);
      const planned = server.sandbox.log.length;
      const { code, stderr } = await run(["apply", "--plan", "plan.json", "--yes"], { cwd, env });
      assert.equal(code, 1, stderr);
      assert.deepEqual(
        server.sandbox.log.slice(planned).map(({ method, path }) => `${method} ${path}`),
        ["GET /api/me"],
      );
    } finally {
      await server.close();
    }
  });

  it("of an organization that the key no longer reaches: that is said, whatever its users answer, and however late", async () => {
    const one = organization("11111111-1111-4111-8111-111111111111", "One", [
      ["a@example.com", "Admin"],
    ]);
    const two = organization("22222222-2222-4222-8222-222222222222", "Two", [
      ["b@example.com", "Admin"],
    ]);
    const clock = flyingClock();
    const sandbox = createSandbox({ state: partnerState([one, two]), clock });
    let isGone = false;
    let listed = 0;
    const server = await before(sandbox, ({ path }) => {
      if (!isGone) return null;
      if (path.includes(two.id)) return { status: 401, body: '{"message": "unauthorized"}' };
      if (path !== "/api/organizations") return null;
      listed += 1;
      if (listed === 1) return { status: 503, body: "{}", headers: { "retry-after": "20" } };
      return { status: 200, body: JSON.stringify({ data: [{ id: one.id, name: one.name }] }) };
    });
    try {
      const cwd = await folderWith({
        "one.yaml": fileOf(one.id, [["a@example.com", "Admin", "Viewer"]]),
        "two.yaml": fileOf(two.id, [["b@example.com", "Admin", "Viewer"]]),
      });
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: server.url,
        POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
      };
      const planned = await run(["plan", ".", "--output", "json=plan.json"], { cwd, env, clock });
      assert.equal(planned.code, 0, planned.stderr);
      isGone = true;
      const args = ["apply", "--plan", "plan.json", "--yes"];
      const { code, stderr } = await run(args, { cwd, env, clock });
      assert.equal(code, 3, stderr);
      assert.match(stderr, /plan\.json is for Two \(22222222-.*\), which this key cannot reach/);
    } finally {
      await server.close();
    }
  });

  it("an update that was made for a newcomer's rename goes on: the old address goes when the new one is in", async () => {
    const server = await polytomic();
    try {
      const { env } = server;
      const entries = ACME_USERS.filter(([email]) => !email.startsWith("old.name"));
      const renamed = `${acmeFile(entries)}  - { email: new.name@example.com, previously: old.name@example.com, roles: [Member] }\n`;
      const cwd = await folderWith({ "users.yaml": renamed });
      await saved(server, cwd);
      server.sandbox.state.addUser(ACME, {
        email: "new.name@example.com",
        role_ids: [ROLE.member],
      });
      const { code, stdout } = await run(["apply", "--plan", "plan.json", "--yes"], { cwd, env });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /1 applied, 0 failed, 0 not attempted, 0 already up to date/);
      assert.deepEqual(writesOf(server), ["DELETE old.name@example.com"]);
    } finally {
      await server.close();
    }
  });
});

async function saved({ env }: Polytomic, cwd: string): Promise<void> {
  const args = ["plan", "--as-of", "2026-11-23", "--output", "json=plan.json"];
  const { code, stderr } = await run(args, { cwd, env, clock: flyingClock() });
  assert.equal(code, 0, stderr);
}

async function applied(server: Polytomic, cwd: string, situation: GuardInputs): Promise<Ran> {
  const path = join(cwd, "plan.json");
  const text = await readFile(path, "utf8");
  if (situation.edit !== undefined) await writeFile(path, situation.edit(text));
  situation.meanwhile?.(server.sandbox.state);
  const flags = (situation.flags ?? ["--as-of", "2026-11-23"]).map((flag) =>
    flag === "DIGEST" ? String(JSON.parse(text).digest) : flag,
  );
  const args = ["apply", ...(situation.args ?? ["--plan", "plan.json"]), "--yes", ...flags];
  return run(args, {
    cwd,
    env: { POLYTOMIC_DEPLOYMENT_URL: server.url, ...(situation.env ?? server.env) },
    clock: flyingClock(situation.day),
  });
}

function writesOf({ writes }: Polytomic): readonly string[] {
  return writes().map(({ method, committed }) => `${method} ${committed?.email}`);
}
