/**
 * The order of an apply, and of a plan's changes: additions, admin gains, other role changes, admin losses, removals;
 * by address within each phase. Thus no user is removed before the additions are done, and no user loses the admin
 * role before others have gained it.
 *
 * `apply/organization.ts` (when the users are listed again) and `guards.ts` (`minAdmins`) depend on this order.
 */
import type { Role } from "../model/current.ts";
import type { Change } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import { hasRole } from "./roles.ts";

export const PHASES = ["create", "grant-admin", "change-roles", "take-admin", "remove"] as const;
export type Phase = (typeof PHASES)[number];

export function phaseOf(change: Change, adminRole: Role): Phase {
  switch (change.action) {
    case "create":
      return "create";
    case "remove":
      return "remove";
    case "update":
      if (gainsAdmin(change, adminRole)) return "grant-admin";
      return losesAdmin(change, adminRole) ? "take-admin" : "change-roles";
  }
}

export function gainsAdmin(change: Change, adminRole: Role): boolean {
  return hasRole(change.after, adminRole) && !hasRole(change.before, adminRole);
}

export function losesAdmin(change: Change, adminRole: Role): boolean {
  return hasRole(change.before, adminRole) && !hasRole(change.after, adminRole);
}

export function sortChanges(changes: readonly Change[], adminRole: Role): readonly Change[] {
  const rank = (change: Change): number => PHASES.indexOf(phaseOf(change, adminRole));
  return [...changes].sort((a, b) => rank(a) - rank(b) || compareText(a.email, b.email));
}
