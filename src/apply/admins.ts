/**
 * How many people hold the admin role for certain, at every moment of an apply. Whoever is about to lose it
 * does not count any more, whoever is to gain it counts once the answer is there, and whose loss is in doubt
 * (no answer to the request) never counts again in this run, whatever a later list says: the request may
 * still be carried out.
 *
 * A change that takes the role away is sent only while at least `min_admins` others hold it. Where there are
 * fewer than that from the start, none is: the number never falls below the minimum by this program's hand.
 */
import type { Role } from "../model/current.ts";
import type { Change, Situation } from "../model/plan.ts";
import { losesAdmin } from "../plan/order.ts";
import { type Matcher, matcherOf } from "../plan/patterns.ts";
import { hasRole } from "../plan/roles.ts";
import type { Attempt } from "./send-change.ts";
import type { People } from "./user-listing.ts";

export class Admins {
  readonly #adminRole: Role;
  readonly #minimum: number;
  readonly #ignored: Matcher;
  readonly #certain: Set<string>;
  readonly #doubtful = new Set<string>();

  constructor(situation: Situation, minimum: number) {
    this.#adminRole = situation.adminRole;
    this.#minimum = minimum;
    this.#ignored = matcherOf(situation.policy.ignore);
    this.#certain = new Set(situation.admins);
  }

  /** Everybody was listed again while no change was under way. */
  listed(people: People): void {
    this.#certain.clear();
    for (const { email, roles } of people.values()) {
      const counts = !this.#doubtful.has(email) && !this.#ignored(email);
      if (counts && hasRole(roles, this.#adminRole)) this.#certain.add(email);
    }
  }

  /** Why this change must not be sent now; null when it may. */
  refusal(change: Change): string | null {
    if (!this.#takesAway(change)) return null;
    const left = this.#certain.size - (this.#certain.has(change.email) ? 1 : 0);
    if (left >= this.#minimum) return null;
    return `not sent: it could leave ${left} with the role ${this.#adminRole.name}, the minimum is ${this.#minimum}: somebody did not get it, or lost it; plan again`;
  }

  /** This change is about to be sent. */
  begin(change: Change): void {
    if (this.#takesAway(change)) this.#certain.delete(change.email);
  }

  end(change: Change, attempt: Attempt): void {
    const made = attempt.outcome === "applied" || attempt.outcome === "already";
    if (made && hasRole(change.after, this.#adminRole)) this.#certain.add(change.email);
    if (!this.#takesAway(change) || made) return;
    if (attempt.inDoubt) this.#doubtful.add(change.email);
    else if (attempt.asBefore) this.#certain.add(change.email);
  }

  #takesAway(change: Change): boolean {
    return losesAdmin(change, this.#adminRole);
  }
}
