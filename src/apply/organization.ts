/**
 * Applies one organization's changes, phase by phase (`plan/order.ts`), those of a phase concurrently.
 *
 * ```
 *   additions │ admin grants │ other roles │ list again, admin losses │ list again, removals │ read back
 * ```
 * Polytomic has no conditional write. So the users are listed again before each phase that takes access away, and
 * the latest list counts for every change not sent yet. An edit by others between that list and the write is not
 * detected.
 */
import { errorMessage } from "../model/failure.ts";
import type { Role } from "../model/current.ts";
import type { Change, OrganizationPlan } from "../model/plan.ts";
import type { ChangeResult, Difference, OrganizationResult } from "../model/result.ts";
import { conflictText } from "../model/plan-words.ts";
import { compareWithPlan, findDifferences, type Users } from "../plan/compare-with-plan.ts";
import { type Phase, phaseOf, PHASES } from "../plan/order.ts";
import { Admins } from "./admins.ts";
import { awaitAll, type Run } from "./context.ts";
import { sendChange, type Sender } from "./send-change.ts";
import { UserListing } from "./user-listing.ts";

const TAKES_ACCESS_AWAY: ReadonlySet<Phase> = new Set(["take-admin", "remove"]);

type ChangeEnding = Omit<ChangeResult, "change">;

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
  readonly #listing: UserListing;
  readonly #sender: Omit<Sender, "check">;
  readonly #admins: Admins;
  /** By e-mail address: a plan changes each user at most once. */
  readonly #results = new Map<string, ChangeResult>();
  /** As last listed by this run; null before the first list. */
  #users: Users | null = null;
  #wrote = false;

  constructor(run: Run, plan: OrganizationPlan) {
    const { reader, writer, newKey, addressOf, rolesOf, minAdmins } = run.context;
    this.#run = run;
    this.#plan = plan;
    this.#roles = rolesOf(plan.organization.id);
    const address = addressOf(plan.organization.id);
    this.#admins = new Admins(plan.guardInputs, minAdmins ?? plan.guardInputs.policy.minAdmins);
    this.#listing = new UserListing({
      list: () => reader.users(address),
      plan,
      roles: this.#roles,
      onListed: (users) => {
        this.#users = users;
        this.#admins.observe(users);
      },
    });
    this.#sender = {
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
      const { adminRole } = this.#plan.guardInputs;
      const changes = this.#plan.changes.filter((one) => phaseOf(one, adminRole) === phase);
      if (changes.length > 0) await this.#applyPhase(phase, changes);
    }
    const { organization, source, changes } = this.#plan;
    const results = changes.flatMap(({ email }) => this.#results.get(email) ?? []);
    return { organization, source, results, ...(await this.#readBack()) };
  }

  async #applyPhase(phase: Phase, changes: readonly Change[]): Promise<void> {
    const unlisted = TAKES_ACCESS_AWAY.has(phase) ? await this.#listAgain() : null;
    const work = changes.map((change) =>
      this.#run.changes(async () => {
        const ending = this.#stopped() ?? unlisted ?? (await this.#send(change));
        await this.#report({ change, ...ending });
      }),
    );
    await awaitAll(this.#run, work);
  }

  /** Null if the users were listed; else the outcome of the changes that need the list. */
  async #listAgain(): Promise<ChangeEnding | null> {
    if (this.#run.refusal() !== null) return null;
    try {
      await this.#listing.now();
      return null;
    } catch (error) {
      return notAttempted(
        `not sent: the users could not be listed again before taking access away: ${errorMessage(error)}`,
      );
    }
  }

  async #send(change: Change): Promise<ChangeEnding> {
    const early = this.#objection(change);
    if (early !== null) return early;
    this.#admins.begin(change);
    this.#wrote = true;
    let late: ChangeEnding | null = null;
    const check = (attempt: number): string | null => {
      const objection =
        this.#stopped() ??
        (attempt === 1 ? this.#objection(change) : this.#objectionToRepeat(change));
      if (objection === null) return null;
      late = objection;
      return objection.error ?? "not sent: already up to date";
    };
    const sent = await sendChange({ ...this.#sender, check }, change);
    this.#admins.end(change, sent);
    if (sent.unauthorized) this.#run.halt(`Polytomic rejected the credential: ${sent.error}`);
    if (sent.outcome !== "not-attempted") return { outcome: sent.outcome, error: sent.error };
    return this.#stopped() ?? late ?? notAttempted(sent.error);
  }

  #stopped(): ChangeEnding | null {
    const why = this.#run.refusal();
    return why === null ? null : notAttempted(why);
  }

  /** Why this change must not be sent; null if it may. */
  #objection(change: Change): ChangeEnding | null {
    const why = this.#renameRefusal(change);
    if (why !== null) return notAttempted(why);
    const comparison = this.#users === null ? null : compareWithPlan(change, this.#users);
    if (comparison?.kind === "done") return { outcome: "already", error: null };
    return this.#objectionToRepeat(change);
  }

  /** The same for a retry: the earlier request may have been carried out. */
  #objectionToRepeat(change: Change): ChangeEnding | null {
    const comparison = this.#users === null ? null : compareWithPlan(change, this.#users);
    if (comparison?.kind === "conflict") {
      const what = conflictText(comparison.conflict);
      return notAttempted(`not sent: the user ${what}; make a new plan`);
    }
    const why = this.#admins.refusal(change);
    return why === null ? null : notAttempted(why);
  }

  #renameRefusal(change: Change): string | null {
    if (change.action !== "remove" || change.renamedTo === null) return null;
    const { renamedTo } = change;
    const outcome = this.#results.get(renamedTo)?.outcome ?? "already";
    const failed = outcome === "failed" || outcome === "not-attempted";
    if (failed) return `skipped: the new user ${renamedTo} could not be added`;
    if (this.#users?.has(renamedTo) === true) return null;
    return `skipped: the new user ${renamedTo} is not in Polytomic yet`;
  }

  async #report(result: ChangeResult): Promise<void> {
    this.#results.set(result.change.email, result);
    try {
      await this.#run.context.onResult(this.#plan, result);
    } catch (error) {
      this.#run.halt(`a result could not be recorded: ${errorMessage(error)}`);
    }
  }

  async #readBack(): Promise<{ verified: boolean | null; differences: readonly Difference[] }> {
    const unread = { verified: null, differences: [] };
    if (!this.#wrote || this.#run.refusal() !== null) return unread;
    try {
      const now = await this.#listing.now();
      const differences = findDifferences(this.#plan, now, this.#roles);
      return { verified: differences.every(({ foreign }) => foreign), differences };
    } catch {
      return unread;
    }
  }
}

function notAttempted(error: string | null): ChangeEnding {
  return { outcome: "not-attempted", error };
}
