/** Files and Polytomic → the plan of a run. Reads, never writes: there is nothing here to write with. */
import { loadFiles } from "../config/load.ts";
import type { AccessTable } from "../model/access.ts";
import type { CurrentState, Identity, ListedUser, Role } from "../model/current.ts";
import { type Day, emailKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import type { FailedOrganization, OrganizationPlan, Plan } from "../model/plan.ts";
import { compareProblems, type Problem } from "../model/problem.ts";
import { counted } from "../model/words.ts";
import { assemblePlan } from "../plan/assemble.ts";
import { dayOf } from "../plan/days.ts";
import type { Overrides } from "../plan/guards.ts";
import { planOrganization } from "../plan/organization.ts";
import { ApiError } from "../polytomic/errors.ts";
import type { Connection } from "../commands/connection.ts";
import type { FileFlags, ScopeFlags } from "../commands/flags.ts";
import { type Io, readAll } from "../commands/io.ts";
import { findTargets, type Target, type Targets } from "./targets.ts";

export interface PlanRequest {
  readonly paths: readonly string[];
  readonly flags: FileFlags & ScopeFlags;
  readonly overrides: Overrides;
  /** Organizations read at once. */
  readonly concurrency: number;
  /** Whether to make the access tables; they hold everybody. */
  readonly withAccess: boolean;
}

export interface PlannedRun {
  readonly plan: Plan;
  /** Where files do not fit their organization; that organization is among `plan.failed`. */
  readonly problems: readonly Problem[];
  readonly access: readonly AccessTable[];
  /** The roles by organization id, for organizations with changes. */
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly caller: Identity | null;
}

export async function readPlan(
  io: Io,
  connection: Connection,
  request: PlanRequest,
): Promise<PlannedRun> {
  const { waiting, own, failed, caller } = await begin(io, connection, request);
  const collected = new Collected(request, asOfDay(request.flags.asOf, io));
  await eachOf(waiting, request.concurrency, io.interrupt, async (target) =>
    collected.add(target, await attempt(readState(target, { caller }, connection, own))),
  );
  return collected.finish(connection.url, { failed, caller }, io.interrupt.aborted);
}

interface Beginning extends Pick<Targets, "failed" | "caller"> {
  /** Emptied on the way. */
  readonly waiting: Target[];
  readonly own: Promise<Listing> | null;
}

/** A function of its own, so that nothing but `waiting` holds what the files say. */
async function begin(
  io: Io,
  connection: Connection,
  { paths, flags }: PlanRequest,
): Promise<Beginning> {
  const { cwd } = io;
  const context = { cwd, root: flags.root, readStdin: () => readAll(io.stdin) };
  const desired = await loadFiles(paths, context);
  const own = prefetch(connection);
  const { targets, failed, caller } = await findTargets(desired, connection, flags);
  return { waiting: [...targets], own, failed, caller };
}

/**
 * So many at once. What is done is let go of: a run over thousands of organizations does not hold all of
 * their files to its end. After a failure or an interruption nothing new is begun.
 */
async function eachOf<T>(
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

export function asOfDay(asOf: Day | null, io: Io): Day {
  return asOf ?? dayOf(io.clock.now());
}

type Listing = readonly [users: readonly ListedUser[], roles: readonly Role[]];

/** The caller's own users and roles, asked for together with who the caller is. */
function prefetch(connection: Connection): Promise<Listing> | null {
  if (connection.addressOf("") !== null) return null;
  const listing = list(connection, null);
  listing.catch(() => {}); // whoever awaits it is told
  return listing;
}

function list({ reader }: Connection, address: string | null): Promise<Listing> {
  return Promise.all([reader.users(address), reader.roles(address)]);
}

export async function readState(
  { organization }: Pick<Target, "organization">,
  { caller }: Pick<Targets, "caller">,
  connection: Connection,
  own: Promise<Listing> | null = null,
): Promise<CurrentState> {
  const [users, roles] = await (own ?? list(connection, connection.addressOf(organization.id)));
  return { organization, users, roles, caller };
}

/** One organization's failure is its own; a refused key is everybody's. */
async function attempt(reading: Promise<CurrentState>): Promise<CurrentState | Failure> {
  try {
    return await reading;
  } catch (error) {
    const everybodys = error instanceof ApiError && error.status === 401;
    if (error instanceof Failure && !everybodys) return error;
    throw error;
  }
}

/** What the run's organizations add up to, as they come in. */
class Collected {
  readonly #request: PlanRequest;
  readonly #asOf: Day;
  readonly #plans: OrganizationPlan[] = [];
  readonly #failed: FailedOrganization[] = [];
  readonly #problems: Problem[] = [];
  readonly #access: AccessTable[] = [];
  readonly #roles = new Map<string, readonly Role[]>();
  readonly #nowhere: Set<string>;

  constructor(request: PlanRequest, asOf: Day) {
    this.#request = request;
    this.#asOf = asOf;
    this.#nowhere = new Set(request.flags.only.map(emailKey));
  }

  add({ desired, organization }: Target, state: CurrentState | Failure): void {
    const fail = (message: string): void => {
      this.#failed.push({ source: desired.source, organization: organization.name, message });
    };
    if (state instanceof Failure) return fail([state.message, state.hint ?? []].flat().join("; "));
    this.#meet(desired.users.flatMap(({ email, previously }) => [email, previously]));
    this.#meet(state.users.map(({ email }) => email));
    const { only } = this.#request.flags;
    const planned = planOrganization(desired, state, {
      asOf: this.#asOf,
      only: only.length === 0 ? null : new Set(only.map(emailKey)),
    });
    if (planned.kind === "problems") {
      this.#problems.push(...planned.problems);
      const found = counted(planned.problems.length, "problem");
      return fail(`the file does not fit the organization: ${found}`);
    }
    this.#plans.push(planned.plan);
    if (this.#request.withAccess) this.#access.push(planned.access());
    if (planned.plan.changes.length > 0) this.#roles.set(organization.id, state.roles);
  }

  finish(
    url: string,
    { failed, caller }: Pick<Targets, "failed" | "caller">,
    interrupted: boolean,
  ): PlannedRun {
    if (!interrupted && this.#nowhere.size > 0 && this.#failed.length + failed.length === 0) {
      throw new Failure(
        `--only ${[...this.#nowhere].join(", ")}: nobody of that address, in the files or in Polytomic`,
        { hint: "check the spelling; polytomic-users report lists everybody" },
      );
    }
    return {
      plan: assemblePlan(url, this.#plans, [...failed, ...this.#failed], this.#request.overrides),
      problems: this.#problems.sort(compareProblems),
      access: this.#access.sort((a, b) => (a.organization.id < b.organization.id ? -1 : 1)),
      roles: this.#roles,
      caller,
    };
  }

  #meet(emails: readonly (string | null)[]): void {
    if (this.#nowhere.size === 0) return;
    for (const email of emails) if (email !== null) this.#nowhere.delete(emailKey(email));
  }
}
