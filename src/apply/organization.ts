/**
 * One organization's changes, phase after phase (`plan/order.ts`), those of a phase at once.
 *
 * ```
 *   newcomers │ admin grants │ other roles │ list again, admin losses │ list again, removals │ read back
 * ```
 * Before each phase that takes access away the users are listed again: Polytomic has no conditional write, so
 * that is as close as a check comes. Somebody else's edit between that list and the write still slips through.
 */
import type { Role } from "../model/current.ts";
import type { Change, OrganizationPlan } from "../model/plan.ts";
import type { ChangeResult, Difference, OrganizationResult } from "../model/result.ts";
import { type Phase, phaseOf, PHASES } from "../plan/order.ts";
import { Admins } from "./admins.ts";
import { attempt, type Desk } from "./send-change.ts";
import { Listing, type People } from "./user-listing.ts";
import { differencesOf } from "./readback.ts";
import { allOf, type Run } from "./run.ts";
import { standingOf } from "./standing.ts";

const TAKES_ACCESS_AWAY: ReadonlySet<Phase> = new Set(["take-admin", "remove"]);

type Ending = Omit<ChangeResult, "change">;

export async function applyOrganization(
  run: Run,
  plan: OrganizationPlan,
): Promise<OrganizationResult> {
  if (plan.changes.length > 0) return new OrganizationRun(run, plan).apply();
  const { organization, source } = plan;
  return { organization, source, results: [], verified: null, differences: [] };
}

class OrganizationRun {
  readonly #run: Run;
  readonly #plan: OrganizationPlan;
  readonly #roles: readonly Role[];
  readonly #listing: Listing;
  readonly #desk: Desk;
  readonly #admins: Admins;
  /** By address: a plan changes nobody twice. */
  readonly #results = new Map<string, ChangeResult>();
  /** As last listed before a phase that takes access away. */
  #people: People | null = null;
  #wrote = false;

  constructor(run: Run, plan: OrganizationPlan) {
    const { reader, writer, newKey, addressOf, rolesOf, minAdmins } = run.context;
    this.#run = run;
    this.#plan = plan;
    this.#roles = rolesOf(plan.organization.id);
    const address = addressOf(plan.organization.id);
    this.#listing = new Listing(() => reader.users(address), plan, this.#roles);
    this.#admins = new Admins(plan.situation, minAdmins ?? plan.situation.policy.minAdmins);
    this.#desk = {
      writer,
      address,
      newKey,
      look: () => this.#listing.now(),
      pause: (ms) => run.pause(ms),
      refusal: () => run.refusal(),
    };
  }

  async apply(): Promise<OrganizationResult> {
    for (const phase of PHASES) {
      const { adminRole } = this.#plan.situation;
      const changes = this.#plan.changes.filter((one) => phaseOf(one, adminRole) === phase);
      if (changes.length > 0) await this.#applyPhase(phase, changes);
    }
    const { organization, source, changes } = this.#plan;
    const results = changes.flatMap(({ email }) => this.#results.get(email) ?? []);
    return { organization, source, results, ...(await this.#readBack()) };
  }

  async #applyPhase(phase: Phase, changes: readonly Change[]): Promise<void> {
    const barred = TAKES_ACCESS_AWAY.has(phase) ? await this.#recheck() : nothingBarred;
    const work = changes.map((change) =>
      this.#run.changes(async () => {
        const ending = this.#refusal(change) ?? barred(change) ?? (await this.#send(change));
        await this.#report({ change, ...ending });
      }),
    );
    await allOf(this.#run, work);
  }

  /** Who is not as the plan saw any more is left alone. */
  async #recheck(): Promise<(change: Change) => Ending | null> {
    if (this.#run.refusal() !== null) return nothingBarred;
    let people: People;
    try {
      people = await this.#listing.now();
    } catch (error) {
      const why = `not sent: the users could not be listed again before access is taken away: ${messageOf(error)}`;
      return () => notAttempted(why);
    }
    this.#people = people;
    this.#admins.listed(people);
    return (change) => movedOn(change, people);
  }

  /** Judged at the last moment, in the same step that begins the change. */
  #refusal(change: Change): Ending | null {
    const why = this.#run.refusal() ?? this.#renameRefusal(change);
    return why === null ? null : notAttempted(why);
  }

  #renameRefusal(change: Change): string | null {
    if (change.action !== "remove" || change.renamedTo === null) return null;
    return this.#isIn(change.renamedTo)
      ? null
      : `not sent: ${change.renamedTo}, who takes over, is not in`;
  }

  /** By this run's own result, or, where an approved plan's create was done before, by the last list. */
  #isIn(email: string): boolean {
    const result = this.#results.get(email);
    if (result === undefined) return this.#people?.has(email) ?? false;
    return result.outcome === "applied" || result.outcome === "already";
  }

  async #send(change: Change): Promise<Ending> {
    const why = this.#admins.refusal(change);
    if (why !== null) return notAttempted(why);
    this.#admins.begin(change);
    this.#wrote = true;
    const made = await attempt(this.#desk, change);
    this.#admins.end(change, made);
    if (made.unauthorized) this.#run.halt(`the credential was refused: ${made.error}`);
    if (made.outcome === "not-attempted") return notAttempted(this.#run.refusal() ?? made.error);
    return { outcome: made.outcome, error: made.error };
  }

  async #report(result: ChangeResult): Promise<void> {
    this.#results.set(result.change.email, result);
    try {
      await this.#run.context.onResult(this.#plan, result);
    } catch (error) {
      this.#run.halt(`a result could not be recorded: ${messageOf(error)}`);
    }
  }

  async #readBack(): Promise<{ verified: boolean | null; differences: readonly Difference[] }> {
    const unread = { verified: null, differences: [] };
    if (!this.#wrote || this.#run.refusal() !== null) return unread;
    try {
      const now = await this.#listing.now();
      const differences = differencesOf(this.#plan, now, this.#roles);
      return { verified: differences.every(({ foreign }) => foreign), differences };
    } catch {
      return unread;
    }
  }
}

function nothingBarred(): null {
  return null;
}

function movedOn(change: Change, people: People): Ending | null {
  const standing = standingOf(change, people);
  switch (standing.kind) {
    case "as-before":
      return null;
    case "as-planned":
      return { outcome: "already", error: null };
    case "other":
      return notAttempted(`not sent: changed since the plan: ${standing.message}; plan again`);
  }
}

function notAttempted(error: string | null): Ending {
  return { outcome: "not-attempted", error };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
