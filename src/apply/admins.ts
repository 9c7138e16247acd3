/**
 * Counts the users who certainly hold the admin role during an apply: those in the latest list of users, and those
 * who gained it from this run since. A user who is about to lose it, or whose request had no response, does not
 * count, whatever a later list shows: the request may still be carried out.
 *
 * A change that takes the role away is sent only while at least `min_admins` others hold it. If there are fewer from
 * the start, none is sent.
 */
import type { Role } from "../model/current.ts";
import type { Change, GuardInputs } from "../model/plan.ts";
import type { Users } from "../plan/compare-with-plan.ts";
import { losesAdmin } from "../plan/order.ts";
import { type Matcher, compilePatterns } from "../model/patterns.ts";
import { counted } from "../model/text.ts";
import { hasRole } from "../plan/roles.ts";
import type { Sent } from "./send-change.ts";

export class Admins {
  readonly #adminRole: Role;
  readonly #minimum: number;
  readonly #ignored: Matcher;
  #holders: Set<string>;
  /** Users whose role this run takes or may have taken. */
  readonly #losing = new Set<string>();

  constructor(guardInputs: GuardInputs, minimum: number) {
    this.#adminRole = guardInputs.adminRole;
    this.#minimum = minimum;
    this.#ignored = compilePatterns(guardInputs.policy.ignore);
    this.#holders = new Set(guardInputs.admins);
  }

  /** A grant whose response came after the listing began is counted again with the next list. */
  observe(users: Users): void {
    this.#holders = new Set();
    for (const { email, roles } of users.values()) {
      if (hasRole(roles, this.#adminRole) && !this.#ignored(email)) this.#holders.add(email);
    }
  }

  /** Why this change must not be sent now; null when it may. */
  refusal(change: Change): string | null {
    if (!this.#takesAway(change)) return null;
    const others = [...this.#holders].filter(
      (email) => email !== change.email && !this.#losing.has(email),
    );
    if (others.length >= this.#minimum) return null;
    return `not sent: ${this.#adminRole.name} could be left with ${counted(others.length, "holder")} (the minimum is ${this.#minimum}), because another user has lost ${this.#adminRole.name} or has not gained it; make a new plan`;
  }

  /** This change is about to be sent. */
  begin(change: Change): void {
    if (this.#takesAway(change)) this.#losing.add(change.email);
  }

  end(change: Change, sent: Sent): void {
    const made = sent.outcome === "applied" || sent.outcome === "already";
    if (made && hasRole(change.after, this.#adminRole)) this.#holders.add(change.email);
    if (sent.asBefore && !sent.inDoubt) this.#losing.delete(change.email);
  }

  #takesAway(change: Change): boolean {
    return losesAdmin(change, this.#adminRole);
  }
}
