/** Desired organizations and Polytomic → the plan of a run. Has no access to the writer. */
import type { AccessTable } from "../model/access.ts";
import {
  compareOrganizations,
  type CurrentState,
  type Identity,
  type Role,
} from "../model/current.ts";
import { emailKey, type LoadedFiles } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { Change, FailedOrganization, OrganizationPlan, Plan } from "../model/plan.ts";
import { compareProblems, type Problem, summarizeProblems } from "../model/problem.ts";
import type { Difference } from "../model/result.ts";
import { assemblePlan, planOrganization } from "../plan/make-plan.ts";
import type { Overrides } from "../plan/guards.ts";
import type { Connection } from "./connection.ts";
import {
  expectReads,
  failedOrganization,
  type Listing,
  prefetchOwn,
  readState,
  stateOrFailure,
} from "./state.ts";
import { coverageUnknown } from "./status.ts";
import { findTargets, type Scope, type Target, type Targets } from "./targets.ts";

export interface PlanRequest {
  /** Reads the files; rejects with `InvalidFiles` or another `Failure`. */
  readonly load: () => Promise<LoadedFiles>;
  /** `--skip-failed`: files with problems are failed organizations, not the end of the run. */
  readonly skipFailed?: boolean;
  readonly scope: Scope;
  /** `--only`: these addresses; empty is all users. */
  readonly only: readonly string[];
  readonly asOf: Day;
  readonly overrides: Overrides;
  /** Organizations read at once. */
  readonly concurrency: number;
  /** Whether to make the access tables, which hold every user. */
  readonly withAccess: boolean;
  /** `--require-coverage`: looked for also where `scope` names organizations. */
  readonly requireCoverage?: boolean;
  /** Called for each organization that has been read. */
  readonly onRead?: (done: number, total: number) => void;
  /** Once aborted, no further organization is read. */
  readonly stop: AbortSignal;
}

/** The plan of a run and what it takes to apply it. */
export interface PlannedRun {
  readonly plan: Plan;
  /** Where files do not fit their organization; that organization is among `plan.failed`. */
  readonly problems: readonly Problem[];
  readonly access: readonly AccessTable[];
  /** The roles by organization id, for organizations with changes or an access table. */
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly caller: Identity | null;
  /** Changes of a saved plan that were made before this run. */
  readonly already: readonly AlreadyMade[];
  /** Changes made by others since the plan was saved, outside of it; not touched. */
  readonly drift: readonly Difference[];
}

export interface AlreadyMade {
  readonly organization: OrganizationPlan;
  readonly change: Change;
}

export async function planFromFiles(
  connection: Connection,
  request: PlanRequest,
): Promise<PlannedRun> {
  const { waiting, own, ...found } = await begin(connection, request);
  const collected = new Collected(request);
  const total = waiting.length;
  expectReads(connection, total);
  let done = 0;
  await forEachOrganization(waiting, request.concurrency, request.stop, async (target) => {
    const reading = readState(target.organization, found.caller, connection, own);
    collected.add(target, await stateOrFailure(reading));
    done += 1;
    request.onRead?.(done, total);
  });
  return collected.finish(connection.url, found);
}

interface Beginning extends Omit<Targets, "targets"> {
  /** Emptied on the way. */
  readonly waiting: Target[];
  readonly own: Promise<Listing> | null;
}

/** A function of its own, so that nothing but `waiting` holds what the files say. */
async function begin(
  connection: Connection,
  { load, scope, skipFailed = false }: PlanRequest,
): Promise<Beginning> {
  const loaded = await load();
  const own = prefetchOwn(connection);
  const { targets, ...others } = await findTargets(connection, { loaded, scope, skipFailed });
  const problems = [...loaded.problems, ...others.problems];
  return { ...others, waiting: [...targets], own, problems };
}

/**
 * Works on so many at once and lets go of each that is done: a run over thousands of organizations does not
 * hold all of their files to its end. After a failure or an interruption nothing new is begun.
 */
async function forEachOrganization<T>(
  waiting: T[],
  atOnce: number,
  stop: AbortSignal,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const worker = async (): Promise<void> => {
    while (!stop.aborted) {
      const one = waiting.shift();
      if (one === undefined) return;
      await work(one);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    waiting.length = 0;
  }
}

/** `--only` names users who are nowhere. */
export function unknownAddresses(missing: readonly string[], known: ReadonlySet<string>): Failure {
  const near = missing.flatMap((email) => nearestName(email, known) ?? []);
  return new Failure(
    `--only ${missing.join(", ")}: no user has ${missing.length === 1 ? "this address" : "these addresses"}, in the files or in Polytomic`,
    {
      hint:
        near.length > 0
          ? `did you mean ${near.join(", ")}?`
          : "check the spelling; polytomic-users report lists all users",
    },
  );
}

/** What the run's organizations add up to, as they come in. */
class Collected {
  readonly #request: PlanRequest;
  readonly #plans: OrganizationPlan[] = [];
  readonly #failed: FailedOrganization[] = [];
  readonly #problems: Problem[] = [];
  readonly #access: AccessTable[] = [];
  readonly #roles = new Map<string, readonly Role[]>();
  /** Addresses of `--only` that no file and no organization has had so far. */
  readonly #notFound: Set<string>;
  /** What they may have meant; kept only as long as one is not found. */
  readonly #known = new Set<string>();

  constructor(request: PlanRequest) {
    this.#request = request;
    this.#notFound = new Set(request.only.map(emailKey));
  }

  add({ desired, organization }: Target, state: CurrentState | Failure): void {
    if (state instanceof Failure) {
      this.#failed.push(failedOrganization(desired.source, organization, state));
      return;
    }
    this.#found(
      desired.users.flatMap(({ email, previously }) => [email, previously?.value ?? null]),
    );
    this.#found(state.users.map(({ email }) => email));
    const { only, asOf } = this.#request;
    const planned = planOrganization(desired, state, {
      asOf,
      only: only.length === 0 ? null : new Set(only.map(emailKey)),
    });
    if (planned.kind === "problems") {
      for (const problem of planned.problems) this.#problems.push(problem);
      const failure = new Failure(`the file has ${summarizeProblems(planned.problems)}`);
      this.#failed.push(failedOrganization(desired.source, organization, failure));
      return;
    }
    this.#plans.push(planned.plan);
    if (this.#request.withAccess) this.#access.push(planned.access());
    if (planned.plan.changes.length > 0 || this.#request.withAccess) {
      this.#roles.set(organization.id, planned.roles);
    }
  }

  finish(
    url: string,
    { failed, problems, caller, uncovered, unknown }: Omit<Targets, "targets">,
  ): PlannedRun {
    const complete = !this.#request.stop.aborted && this.#failed.length + failed.length === 0;
    if (complete && this.#notFound.size > 0) {
      throw unknownAddresses([...this.#notFound], this.#known);
    }
    const { overrides, scope, requireCoverage } = this.#request;
    if (requireCoverage === true && unknown.length > 0) throw coverageUnknown(unknown);
    const plan = assemblePlan(url, this.#plans, [...failed, ...this.#failed], overrides);
    const narrow = scope.organization.length > 0 && requireCoverage !== true;
    return {
      plan: uncovered === null || narrow ? plan : { ...plan, uncovered },
      problems: [...problems, ...this.#problems].sort(compareProblems),
      access: this.#access.sort((a, b) => compareOrganizations(a.organization, b.organization)),
      roles: this.#roles,
      caller,
      already: [],
      drift: [],
    };
  }

  #found(emails: readonly (string | null)[]): void {
    if (this.#notFound.size === 0) return;
    for (const email of emails) {
      if (email === null) continue;
      this.#notFound.delete(emailKey(email));
      this.#known.add(emailKey(email));
    }
  }
}
