/** The executor with the real reader and writer, over real sockets, against the sandbox server. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { applyPlan } from "../../src/apply/execute.ts";
import { systemClock } from "../../src/clock.ts";
import { type DesiredOrganization, nowhere, type Policy } from "../../src/model/desired.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { assemblePlan, planOrganization } from "../../src/plan/make-plan.ts";
import { noOverrides } from "../../src/plan/guards.ts";
import { Credential } from "../../src/polytomic/credential.ts";
import { createHttpTransport } from "../../src/polytomic/http.ts";
import { nothingLearned } from "../../src/polytomic/session.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { createReader } from "../../src/polytomic/reader.ts";
import { chooseVersion } from "../../src/polytomic/version.ts";
import { createWriter } from "../../src/polytomic/writer.ts";
import { type Faults, nth } from "../../src/sandbox/faults.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import { exampleState } from "../../src/sandbox/state.ts";

const ORGANIZATION = { id: "248df4b7-aa70-47b8-a036-33ac447e668d", name: "Acme" };
const PLACE = { path: "users.yaml", line: 1, column: 1 };

/**
 * The example company, except that dana is new, sam becomes an admin, the CTO loses the admin role, and the
 * contractor is removed.
 */
function desired(): DesiredOrganization {
  const roles: Readonly<Record<string, readonly string[]>> = {
    "cto@example.com": ["Member"],
    "jane.doe@example.com": ["Admin"],
    "sam@example.com": ["Admin"],
    "old.name@example.com": ["Member"],
    "amara.okafor@example.com": ["Member", "Analyst"],
    "ben.schulz@example.com": ["Member", "Analyst"],
    "chloe.martin@example.com": ["Analyst"],
    "diego.ramos@example.com": ["Billing", "Member"],
    "elif.kaya@example.com": ["Viewer"],
    "farid.haddad@example.com": ["Viewer"],
    "dana@example.com": ["Member"],
  };
  const users = Object.entries(roles).map(([email, names]) => ({
    email,
    previously: null,
    expires: null,
    reason: null,
    reviewed: null,
    memberships: [],
    grants: names.map((role) => ({ role, group: null, expires: null, place: PLACE })),
    place: PLACE,
  }));
  const policy: Policy = {
    unmanaged: "remove",
    onRemoval: "remove",
    ignore: ["*@polytomic.com"],
    protected: [],
    maxRemovals: { kind: "share", percent: 25 },
    maxRoleChanges: { kind: "share", percent: 50 },
    minAdmins: 1,
    adminRole: "Admin",
    create: true,
    rules: [],
    adminRolePlace: PLACE,
    limitPlaces: nowhere,
  };
  return {
    organization: null,
    place: PLACE,
    source: "users.yaml",
    files: ["users.yaml"],
    aliases: [],
    policy,
    users,
  };
}

async function applied(
  faults: Faults,
): Promise<{ readonly result: ApplyResult; readonly sandbox: Sandbox }> {
  const sandbox = createSandbox({ state: exampleState(), faults, clock: systemClock });
  const server = await startSandboxServer(sandbox, { port: 0 });
  try {
    const credential = new Credential("partner", "sandbox-partner-key");
    const session = {
      credential,
      version: chooseVersion(credential, null),
      transport: createHttpTransport({ base: server.url, timeoutSeconds: 10, env: {} }),
      gate: createGate({ clock: systemClock, maxRate: 1000, concurrency: 4 }),
      clock: systemClock,
      random: () => 0,
      userAgent: "test",
      trace: null,
      stop: null,
      abort: null,
      learned: nothingLearned(),
    };
    const reader = createReader(session);
    const [users, roles] = await Promise.all([
      reader.users(ORGANIZATION.id),
      reader.roles(ORGANIZATION.id),
    ]);
    const state = { organization: ORGANIZATION, users, roles, caller: null };
    const planned = planOrganization(desired(), state, { asOf: "2026-11-23", only: null });
    if (planned.kind === "problems") throw new Error(JSON.stringify(planned.problems));
    const plan = assemblePlan(server.url, [planned.plan], [], noOverrides);
    const result = await applyPlan(plan, {
      reader,
      writer: createWriter(session),
      clock: systemClock,
      newKey: randomUUID,
      stop: new AbortController().signal,
      concurrency: 4,
      minAdmins: null,
      addressOf: (id) => id,
      rolesOf: () => roles ?? [],
      onResult: () => {},
    });
    return { result, sandbox };
  } finally {
    await server.close();
  }
}

function outcomesOf({ organizations }: ApplyResult): readonly string[] {
  return organizations.flatMap(({ results }) =>
    results.map(({ change, outcome }) => `${change.action} ${change.email} ${outcome}`),
  );
}

const ALL_APPLIED = [
  "create dana@example.com applied",
  "update sam@example.com applied",
  "update cto@example.com applied",
  "remove contractor@agency.example applied",
];

test("a plan over real sockets: every change once, in order, and verified", async () => {
  const { result, sandbox } = await applied([]);
  assert.deepEqual(outcomesOf(result), ALL_APPLIED);
  assert.equal(result.organizations[0]?.verified, true);
  assert.deepEqual(
    sandbox.state.history.map(({ kind, email }) => `${kind} ${email}`),
    [
      "created dana@example.com",
      "updated sam@example.com",
      "updated cto@example.com",
      "removed contractor@agency.example",
    ],
  );
});

test("an invitation whose answer is an error although it was sent is not sent again", async () => {
  const { result, sandbox } = await applied([nth(1, "POST", "*", "error-500-after")]);
  assert.deepEqual(outcomesOf(result), ALL_APPLIED);
  assert.equal(sandbox.log.filter(({ invitationSent }) => invitationSent).length, 1);
  assert.equal(sandbox.log.filter(({ method }) => method === "POST").length, 1);
});

test("lost answers of every kind of write end applied, and each was carried out once", async () => {
  const faults = ["POST", "PATCH", "DELETE"].map((method) => nth(1, method, "*", "lost-answer"));
  const { result, sandbox } = await applied(faults);
  assert.deepEqual(outcomesOf(result), ALL_APPLIED);
  assert.equal(result.organizations[0]?.verified, true);
  const created = sandbox.state.history.filter(({ kind }) => kind === "created");
  assert.equal(created.length, 1);
});
