/**
 * An apply in which some changes fail, over HTTP: the report matches what the server did, and a second run finishes.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { validate } from "../../src/generated/audit.ts";
import { type FaultKind, type FaultRule, nth } from "../../src/sandbox/faults.ts";
import { derivedId } from "../../src/sandbox/ids.ts";
import type { LogEntry } from "../../src/sandbox/delivery.ts";
import { ACME, ACME_USERS, acmeFile, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { before, flyingClock, type Instead } from "./elsewhere.ts";

/** Two users are added, two changed, two removed. */
const WANTED = acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|elif\.kaya|farid|contractor)/.test(email)),
  ["sam@example.com", "Member", "Billing"],
  ["elif.kaya@example.com", "Member"],
  ["ada@example.com", "Viewer"],
  ["zoe@example.com", "Member"],
]);

const idOf = (email: string) => derivedId("user", ACME, email);
const SAM = `*/users/${idOf("sam@example.com")}`;
const FARID = `*/users/${idOf("farid.haddad@example.com")}`;

/** The same fault for the first requests that match. */
const times = (count: number, method: string, path: string, kind: FaultKind): FaultRule[] =>
  Array.from({ length: count }, (_, index) => nth(index + 1, method, path, kind));

interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly {
    readonly action: string;
    readonly email: string;
    readonly outcome: string;
    readonly error: string | null;
  }[];
  readonly verified: boolean | null;
  readonly halted: string | null;
}

interface AuditLine {
  readonly kind: string;
  readonly email: string;
  readonly outcome: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly error: string | null;
}

const CHANGES = [
  "create ada@example.com",
  "create zoe@example.com",
  "update elif.kaya@example.com",
  "update sam@example.com",
  "remove contractor@agency.example",
  "remove farid.haddad@example.com",
];

interface Case {
  readonly name: string;
  readonly faults: readonly FaultRule[];
  readonly code: number;
  /** The changes that are not `applied`, with the text of their error. */
  readonly unlike: Readonly<Record<string, readonly [outcome: string, error: RegExp | null]>>;
  readonly verified: boolean | null;
}

const CASES: readonly Case[] = [
  { name: "nothing", faults: [], code: 0, unlike: {}, verified: true },
  {
    name: "500 for one role change, however often",
    faults: times(6, "PUT", SAM, "error-500"),
    code: 4,
    unlike: { "sam@example.com": ["failed", /500 "injected by the sandbox: 500", tried 6 times/] },
    verified: false,
  },
  {
    name: "500 for one role change, five times",
    faults: times(5, "PUT", SAM, "error-500"),
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "500 although the role change was made, however often",
    faults: times(6, "PUT", SAM, "error-500-after"),
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "the responses to a removal are lost",
    faults: times(3, "DELETE", FARID, "lost-answer"),
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "the responses to an invitation are lost",
    faults: times(3, "POST", "*/users", "lost-answer"),
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "an invitation is answered 500 although it was sent",
    faults: times(1, "POST", "*/users", "error-500-after"),
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "pages of HTML in place of answers",
    faults: [
      ...times(1, "POST", "*/users", "garbage-html"),
      ...times(1, "PUT", SAM, "garbage-json"),
      ...times(1, "DELETE", FARID, "garbage-html"),
    ],
    code: 0,
    unlike: {},
    verified: true,
  },
  {
    name: "one removal fails for good",
    faults: times(6, "DELETE", FARID, "error-503"),
    code: 4,
    unlike: { "farid.haddad@example.com": ["failed", /503/] },
    verified: false,
  },
];

describe("failures in the middle", () => {
  for (const { name, faults, code, unlike, verified } of CASES) {
    it(`${name}: told truthfully, and running again finishes`, async () => {
      const server = await polytomic({ faults });
      try {
        const cwd = await folderWith({ "users.yaml": WANTED });
        const first = await applied(server.env, cwd);
        assert.equal(first.code, code, first.stderr);
        assertOutcomes(first.report, unlike);
        assert.equal(first.report.verified, verified);
        assertIsTheLog(first.report, server);
        assertAudited(first.report, first.audit);
        await assertFinishes(server, cwd);
      } finally {
        await server.close();
      }
    });
  }

  it("an invitation answered by a page is not sent again, even where the service would send two", async () => {
    const server = await polytomic({
      faults: times(1, "POST", "*/users", "garbage-html"),
      dialects: new Set(["idempotency-ignored"]),
      duplicates: "accept",
    });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, report } = await applied(server.env, cwd);
      assert.equal(code, 0);
      assertOutcomes(report, {});
      assert.equal(server.writes().filter(({ method }) => method === "POST").length, 2);
    } finally {
      await server.close();
    }
  });

  it("users who are pending by policy.create: false are counted in the result", async () => {
    const server = await polytomic();
    try {
      const file = WANTED.replace("users:\n", "policy: { create: false }\nusers:\n");
      const cwd = await folderWith({ "users.yaml": file });
      const { code, stdout, stderr } = await run(["apply", "--yes", "--output", "json"], {
        cwd,
        env: server.env,
      });
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).users.pending, 2);
    } finally {
      await server.close();
    }
  });

  it("the key is revoked in the middle: nothing more is sent, the rest is not attempted, and why", async () => {
    const server = await polytomic();
    const { sandbox } = server;
    const key = sandbox.state.issueKey(ACME, idOf("ben.schulz@example.com"));
    const revoking = await before(sandbox, ({ method }): Instead => {
      if (method === "PUT") sandbox.state.revokeKeys(idOf("ben.schulz@example.com"));
      return null;
    });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const env = { POLYTOMIC_DEPLOYMENT_URL: revoking.url, POLYTOMIC_API_KEY: key };
      const { code, report, audit } = await applied(env, cwd, ["--concurrency", "1"]);
      assert.equal(code, 4);
      assertOutcomes(report, {
        "elif.kaya@example.com": ["failed", /does not accept the key in POLYTOMIC_API_KEY/],
        "sam@example.com": ["not-attempted", /^not sent: Polytomic rejected the credential/],
        "contractor@agency.example": [
          "not-attempted",
          /^not sent: Polytomic rejected the credential/,
        ],
        "farid.haddad@example.com": [
          "not-attempted",
          /^not sent: Polytomic rejected the credential/,
        ],
      });
      assert.match(report.halted ?? "", /Polytomic rejected the credential/);
      assert.equal(report.verified, null);
      assertIsTheLog(report, server);
      assertAudited(report, audit);
      const afterwards = sandbox.log.slice(
        sandbox.log.findIndex(({ status }) => status === 401) + 1,
      );
      assert.deepEqual(afterwards, [], "nothing was asked after the 401");
      await assertFinishes(server, cwd);
    } finally {
      await revoking.close();
      await server.close();
    }
  });

  it("another client is faster: the change counts as already made, not as a failure", async () => {
    const server = await polytomic();
    const { sandbox } = server;
    const racing = await before(sandbox, ({ method }): Instead => {
      if (method === "POST" && !sandbox.state.hasAddress(ACME, "ada@example.com")) {
        const viewer = sandbox.state.roleByName(ACME, "Viewer")?.id ?? "";
        sandbox.state.addUser(ACME, { email: "ada@example.com", role_ids: [viewer] });
        sandbox.state.removeUser(ACME, idOf("farid.haddad@example.com"));
      }
      return null;
    });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const env = { ...server.env, POLYTOMIC_DEPLOYMENT_URL: racing.url };
      const { code, report, audit } = await applied(env, cwd, ["--concurrency", "1"]);
      assert.equal(code, 0);
      assertOutcomes(report, {
        "ada@example.com": ["already", null],
        "farid.haddad@example.com": ["already", null],
      });
      assert.equal(report.verified, true);
      assertIsTheLog(report, server);
      assertAudited(report, audit);
    } finally {
      await racing.close();
      await server.close();
    }
  });

  it("a user to be removed is changed meanwhile: left alone, with the reason", async () => {
    const server = await polytomic();
    const { sandbox } = server;
    const racing = await before(sandbox, ({ method }): Instead => {
      const admin = sandbox.state.roleByName(ACME, "Admin")?.id ?? "";
      if (method === "POST")
        sandbox.state.changeUser(ACME, idOf("farid.haddad@example.com"), [admin]);
      return null;
    });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const env = { ...server.env, POLYTOMIC_DEPLOYMENT_URL: racing.url };
      const { code, report } = await applied(env, cwd);
      assert.equal(code, 4);
      assertOutcomes(report, {
        "farid.haddad@example.com": [
          "not-attempted",
          /^not sent: the user had Viewer when the plan was made and has Admin now; make a new plan$/,
        ],
      });
      assertIsTheLog(report, server);
    } finally {
      await racing.close();
      await server.close();
    }
  });

  it("no list succeeds any more: users who were only presumed present are not removed, and nothing is called verified", async () => {
    const server = await polytomic();
    let wrote = false;
    const blind = await before(server.sandbox, ({ method }): Instead => {
      wrote ||= method !== "GET";
      return wrote && method === "GET" ? { status: 500, body: "{}" } : null;
    });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const env = { ...server.env, POLYTOMIC_DEPLOYMENT_URL: blind.url };
      const { code, report, audit } = await applied(env, cwd);
      assert.equal(code, 4);
      const why = /could not be listed again before taking access away/;
      assertOutcomes(report, {
        "contractor@agency.example": ["not-attempted", why],
        "farid.haddad@example.com": ["not-attempted", why],
      });
      assert.equal(report.verified, null);
      assertIsTheLog(report, server);
      assertAudited(report, audit);
      await assertFinishes(server, cwd);
    } finally {
      await blind.close();
      await server.close();
    }
  });

  it("the text report says the same: what failed, with the API's words, and what to do", async () => {
    const server = await polytomic({ faults: times(6, "PUT", SAM, "error-500") });
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { env } = server;
      const { code, stdout } = await run(["apply", "--yes"], { cwd, env, clock: flyingClock() });
      assert.equal(code, 4);
      assert.match(stdout, /5 applied, 1 failed, 0 not attempted, 0 already up to date/);
      assert.match(stdout, /^Failed: 1\n {2}~ change {2}sam@example\.com/m);
      assert.match(
        stdout.replaceAll(/\s+/g, " "),
        /500 "injected by the sandbox: 500", tried 6 times.*Next: fix the cause of the failures, then run the same command again/,
      );
    } finally {
      await server.close();
    }
  });
});

async function applied(
  env: Readonly<Record<string, string>>,
  cwd: string,
  flags: readonly string[] = [],
) {
  const args = ["apply", "--yes", "--output", "json", "--audit-log", "audit.jsonl", ...flags];
  const { code, stdout, stderr } = await run(args, { cwd, env, clock: flyingClock() });
  const report: Report = JSON.parse(stdout);
  const lines = (await readFile(join(cwd, "audit.jsonl"), "utf8")).trimEnd().split("\n");
  const audit: AuditLine[] = lines.map((line) => JSON.parse(line));
  for (const line of audit) assert.ok(validate(line), JSON.stringify([line, validate.errors]));
  return { code, stderr, report, audit };
}

function assertOutcomes({ results, summary }: Report, unlike: Case["unlike"]): void {
  assert.deepEqual(
    results.map(({ action, email }) => `${action} ${email}`),
    CHANGES,
  );
  for (const { email, outcome, error } of results) {
    const [expected, words] = unlike[email] ?? ["applied", null];
    assert.equal(outcome, expected, `${email}: ${error}`);
    if (words === null) assert.equal(error, null);
    else assert.match(error ?? "", words);
  }
  for (const [name, outcome] of [
    ["applied", "applied"],
    ["failed", "failed"],
    ["not_attempted", "not-attempted"],
    ["already", "already"],
  ] as const) {
    assert.equal(summary[name], results.filter((one) => one.outcome === outcome).length, name);
  }
}

/** Each change reported as applied was carried out once, and none of the others was. */
function assertIsTheLog({ results }: Report, { writes }: Polytomic): void {
  const carriedOut = writes().flatMap(({ committed }: LogEntry) =>
    committed === null ? [] : [`${committed.kind} ${committed.email}`],
  );
  const done = { create: "created", update: "updated", remove: "removed" };
  const reported = results
    .filter(({ outcome }) => outcome === "applied")
    .map(({ action, email }) => `${done[action as keyof typeof done]} ${email}`);
  assert.deepEqual([...new Set(carriedOut)].sort(), reported.sort());
  const invited = carriedOut.filter((one) => one.startsWith("created"));
  assert.equal(new Set(invited).size, invited.length, "no user is invited twice");
}

/** The audit log has every change with its outcome, and the run with its counts. */
function assertAudited({ results, summary }: Report, audit: readonly AuditLine[]): void {
  const outcomes = (lines: readonly { readonly email: string; readonly outcome: string }[]) =>
    lines.map(({ email, outcome }) => `${email} ${outcome}`).sort();
  assert.deepEqual(outcomes(audit.filter(({ kind }) => kind === "change")), outcomes(results));
  const end = audit.at(-1);
  assert.equal(end?.kind, "run");
  const open = (summary["failed"] ?? 0) + (summary["not_attempted"] ?? 0);
  assert.equal(end.outcome, open > 0 ? "partial" : "done");
  for (const name of ["applied", "failed", "not_attempted", "already"]) {
    assert.equal(end.summary[name], summary[name]);
  }
}

async function assertFinishes({ env, writes }: Polytomic, cwd: string): Promise<void> {
  const again = await run(["apply", "--yes"], { cwd, env, clock: flyingClock() });
  assert.equal(again.code, 0, again.stdout + again.stderr);
  const invited = writes().flatMap(({ committed }) =>
    committed?.kind === "created" ? [committed.email] : [],
  );
  assert.deepEqual(invited.sort(), ["ada@example.com", "zoe@example.com"]);
  const plan = await run(["plan", "--detailed-exitcode"], { cwd, env, clock: flyingClock() });
  assert.equal(plan.code, 0, plan.stdout);
}
