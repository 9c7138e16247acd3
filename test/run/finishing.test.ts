/**
 * An apply in which any single request failed is finished by a second run: Polytomic ends as the first plan showed,
 * and as the files say. Both are computed here from the plan's JSON and the files, independently of the planning
 * code.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DesiredOrganization, validFiles } from "../../src/model/desired.ts";
import { renderPlanJson } from "../../src/output/json.ts";
import type { PlanDocument } from "../../src/plan/plan-document.ts";
import { noOverrides } from "../../src/plan/guards.ts";
import { Credential } from "../../src/polytomic/credential.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import {
  type ApiRequest,
  type ApiResponse,
  NoResponse,
  type Transport,
} from "../../src/polytomic/transport.ts";
import { applyRun } from "../../src/run/apply.ts";
import { type Connection, openConnection } from "../../src/run/connection.ts";
import { type PlannedRun, planFromFiles } from "../../src/run/plan.ts";
import type { RunStatus } from "../../src/run/status.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { Dice } from "../simulation/dice.ts";
import { type DrawnOrganization, drawOrganization } from "../simulation/organization.ts";
import { createVirtualClock, type VirtualClock } from "../simulation/virtual-clock.ts";

const AS_OF = "2026-11-23";
const KEY = "partner-key";

/** How the one request fails: refused with this status, or no response, before or after it was carried out. */
const FAILURES = [
  400,
  401,
  403,
  404,
  409,
  422,
  429,
  500,
  "lost",
  "carried out, then lost",
] as const;
type FailureKind = (typeof FAILURES)[number];

/** Organization id → address → sorted role ids. */
type State = Readonly<Record<string, Readonly<Record<string, string>>>>;

class Trial {
  readonly #organizations: readonly DrawnOrganization[];
  readonly #clock: VirtualClock;
  readonly sandbox: Sandbox;
  requests = 0;
  /** The number of the failing request, from 1. */
  #failing = 0;
  #how: FailureKind = 500;

  constructor(organizations: readonly DrawnOrganization[]) {
    this.#organizations = organizations;
    this.#clock = createVirtualClock(Date.UTC(2026, 10, 23));
    this.sandbox = createSandbox({
      state: {
        organizations: organizations.map(({ current }) => current),
        credentials: {
          apiKeys: [],
          partnerKeys: [{ key: KEY, organizationIds: null }],
          deploymentKey: null,
        },
      },
      clock: this.#clock,
    });
  }

  fail(request: number, how: FailureKind): void {
    this.#failing = this.requests + request;
    this.#how = how;
  }

  succeed(): void {
    this.#failing = 0;
  }

  plan(): Promise<PlannedRun> {
    return this.#ended(this.#plan(this.#connect()));
  }

  apply(): Promise<RunStatus> {
    const connection = this.#connect();
    let ids = this.requests;
    const status = applyRun(
      connection,
      {
        prepare: () => this.#plan(connection),
        dryRun: false,
        skipFailed: true,
        expectDigest: null,
        write: {
          openAudit: null,
          commit: () => Promise.resolve(null),
          newId: () => `key-${(ids += 1)}-of-this-trial`,
          clock: this.#clock,
          stop: connection.session.stop ?? new AbortController().signal,
          stopWaiting: new AbortController().signal,
          concurrency: 4,
          minAdmins: null,
        },
      },
      {
        showPlan: async () => {},
        preview: async () => {},
        confirm: null,
        progress: async () => ({ add: () => {}, end: () => {} }),
        report: async () => {},
      },
    ).catch((error: unknown): RunStatus => {
      if (error instanceof Error && error.name !== "Error") return "failed";
      throw error;
    });
    return this.#ended(status);
  }

  state(): State {
    const { state } = this.sandbox;
    return Object.fromEntries(
      this.#organizations.map(({ current: { id } }) => [
        id,
        Object.fromEntries(
          state.users(id).map(({ email, role_ids }) => [email, [...role_ids].sort().join()]),
        ),
      ]),
    );
  }

  #plan(connection: Connection): Promise<PlannedRun> {
    return planFromFiles(connection, {
      load: () => Promise.resolve(validFiles(this.#organizations.map(({ desired }) => desired))),
      scope: { organization: [], shard: null },
      only: [],
      asOf: AS_OF,
      overrides: noOverrides,
      concurrency: 4,
      withAccess: false,
      stop: new AbortController().signal,
    });
  }

  #connect(): Connection {
    const clock = this.#clock;
    return openConnection({
      credential: new Credential("partner", KEY),
      url: "https://polytomic.example",
      apiVersion: null,
      transport: this.#transport,
      gate: createGate({ clock, maxRate: 1000, concurrency: 4 }),
      clock,
      random: () => 0.5,
      trace: null,
      stop: new AbortController().signal,
    });
  }

  readonly #transport: Transport = async (request: ApiRequest): Promise<ApiResponse> => {
    this.requests += 1;
    const how = this.requests === this.#failing ? this.#how : null;
    if (typeof how === "number") return { status: how, headers: {}, body: { message: "no" } };
    if (how === "lost") throw new NoResponse("lost", { sent: true, lasting: true });
    const delivery = await this.sandbox.exchange(request);
    if (how !== null || delivery.kind !== "answer") {
      throw new NoResponse("lost", { sent: true, lasting: true });
    }
    return delivery.answer;
  };

  async #ended<T>(promise: Promise<T>): Promise<T> {
    await this.#clock.run(promise);
    return promise;
  }
}

function drawn(seed: number): readonly DrawnOrganization[] {
  const dice = new Dice(seed);
  return Array.from({ length: dice.int(1, 2) }, (_, index) => {
    const { current, desired } = drawOrganization(dice, index, AS_OF);
    return { current, desired: withoutLimits(desired) };
  });
}

/** A later run counts only the remaining changes; limits are not tested here. */
function withoutLimits(desired: DesiredOrganization): DesiredOrganization {
  const all = { kind: "share", percent: 100 } as const;
  return { ...desired, policy: { ...desired.policy, maxRemovals: all, maxRoleChanges: all } };
}

/** The state that the plan shows: the current users, changed as each line says. */
function shownBy(document: PlanDocument): State {
  return Object.fromEntries(
    document.organizations.map(({ organization_id: id, seen, changes }) => {
      const users = new Map(seen.map(({ email, role_ids }) => [email, [...role_ids]]));
      for (const { email, after } of changes) {
        if (after === null) users.delete(email);
        else
          users.set(
            email,
            after.roles.map((role) => role.id),
          );
      }
      return [id, Object.fromEntries([...users].map(([email, ids]) => [email, ids.sort().join()]))];
    }),
  );
}

/** After a rename the former address does not exist, whatever the policy says. */
function assertRenamed(organizations: readonly DrawnOrganization[], state: State): void {
  for (const { current, desired } of organizations) {
    const users = state[current.id] ?? {};
    for (const { email, previously } of desired.users) {
      if (previously === null) continue;
      assert.equal(
        users[previously.value.toLowerCase()],
        undefined,
        `${previously.value}, now ${email}`,
      );
    }
  }
}

const AT_MOST_RUNS = 4;

test("running again after any single failure ends in what the first plan showed", async () => {
  const tried = { renames: 0, kept: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(...FAILURES),
      async (seed, request, how) => {
        const organizations = drawn(seed);
        const trial = new Trial(organizations);
        const { plan } = await trial.plan();
        if (plan.organizations.some(({ violations }) => violations.length > 0)) return;
        const document: PlanDocument = JSON.parse(renderPlanJson(plan));
        trial.fail(request, how);
        if ((await trial.apply()) !== "done") tried.failed += 1;
        let runs = 0;
        while ((await trial.apply()) !== "done") {
          runs += 1;
          assert.ok(runs < AT_MOST_RUNS, "still not done");
        }
        trial.succeed();
        const left = (await trial.plan()).plan.organizations.flatMap((one) => one.changes);
        assert.deepEqual(left, []);
        assert.deepEqual(trial.state(), shownBy(document));
        assertRenamed(organizations, trial.state());
        if (
          organizations.some(({ desired }) =>
            desired.users.some((user) => user.previously !== null),
          )
        ) {
          tried.renames += 1;
        }
        if (organizations.some(({ desired }) => desired.policy.unmanaged === "keep"))
          tried.kept += 1;
      },
    ),
    { numRuns: 300, includeErrorInReport: true },
  );
  assert.ok(tried.renames > 50 && tried.kept > 20 && tried.failed > 40, JSON.stringify(tried));
});
