/** The guards: pure passes over a finished plan. Each message has its numbers and the way out. */
import type { Role } from "../model/current.ts";
import type { Limit } from "../model/desired.ts";
import type { Place } from "../model/problem.ts";
import type { Change, GuardName, OrganizationPlan, Violation } from "../model/plan.ts";
import { gainsAdmin, losesAdmin } from "./order.ts";
import { matcherOf } from "./patterns.ts";

/** A value given on the command line takes the place of the policy's; null leaves it. */
export interface Overrides {
  readonly maxRemovals: Limit | null;
  readonly maxRoleChanges: Limit | null;
  readonly minAdmins: number | null;
}

export const noOverrides: Overrides = { maxRemovals: null, maxRoleChanges: null, minAdmins: null };

/** Small organizations: a share never allows fewer than these, unless it is 0 %. */
const REMOVALS_ALWAYS_ALLOWED = 1;
const ROLE_CHANGES_ALWAYS_ALLOWED = 5;

/** All violations of one organization's plan, those of changes that `--only` leaves out included. */
export function judge(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  return [
    ...implausibleState(plan),
    ...protectedPeople(plan),
    ...self(plan),
    ...minAdmins(plan, overrides),
    ...maxRemovals(plan, overrides),
    ...maxRoleChanges(plan, overrides),
  ];
}

function implausibleState({ situation }: OrganizationPlan): readonly Violation[] {
  return situation.implausible.map((why) =>
    violation(
      "implausible-state",
      `Polytomic's answer cannot be true: ${why}. Nothing can be planned on it: try again, and if it stays so, ask Polytomic`,
    ),
  );
}

function protectedPeople(plan: OrganizationPlan): readonly Violation[] {
  const isProtected = matcherOf(plan.situation.policy.protected);
  return everyChange(plan)
    .filter((change) => isProtected(change.email) && takesAway(change))
    .map((change) =>
      violation(
        "protected",
        `${change.email} is protected and would ${change.after === null ? "be removed" : `lose ${names(lostRoles(change))}`}${alsoLeftOut(plan, [change])}: ` +
          `if that is meant, take the address out of policy.protected`,
        change.source,
      ),
    );
}

function self(plan: OrganizationPlan): readonly Violation[] {
  const { callerId, adminRole } = plan.situation;
  if (callerId === null) return [];
  return everyChange(plan)
    .filter(({ userId }) => userId === callerId)
    .filter((change) => change.after === null || losesAdmin(change, adminRole))
    .map((change) =>
      violation(
        "self",
        `${change.email} is whose key this is, and would ${change.after === null ? "be removed" : `lose the role ${adminRole.name}`}${alsoLeftOut(plan, [change])}: ` +
          `keep that access in the files, or apply with another person's or the organization's key`,
        change.source,
      ),
    );
}

/**
 * Admins never number fewer than the minimum: at the end of the whole plan, and at the end of what
 * `--only` leaves of it. In between they cannot either, since an apply only takes the role away
 * once all its grants are done (plan/order.ts): on the way the number rises, then falls to the end.
 */
function minAdmins(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const minimum = overrides.minAdmins ?? plan.situation.policy.minAdmins;
  const ends = [
    { changes: everyChange(plan), what: plan.leftOut.length === 0 ? "the plan" : "the whole plan" },
    ...(plan.leftOut.length === 0
      ? []
      : [{ changes: plan.changes, what: "what --only leaves of the plan" }]),
  ];
  return ends
    .filter(({ changes }) => changes.length > 0)
    .map(({ changes, what }) => ({ what, left: adminsAfter(plan, changes) }))
    .filter(({ left }) => left < minimum)
    .map(({ what, left }) =>
      violation(
        "min-admins",
        `${what} would leave ${count(left, "holder")} of the role ${plan.situation.adminRole.name} (${plan.situation.admins.length} now), ` +
          `the minimum is ${minimum}: if that is meant, lower policy.min_admins or pass --min-admins ${left}`,
        plan.situation.policy.limitPlaces.minAdmins,
      ),
    );
}

function adminsAfter(plan: OrganizationPlan, changes: readonly Change[]): number {
  const { admins, adminRole } = plan.situation;
  const gained = changes.filter((change) => gainsAdmin(change, adminRole)).length;
  const lost = changes.filter((change) => losesAdmin(change, adminRole)).length;
  return admins.length + gained - lost;
}

function maxRemovals(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const removed = everyChange(plan).filter(({ action }) => action === "remove");
  const removals = removed.length;
  const limit = overrides.maxRemovals ?? plan.situation.policy.maxRemovals;
  if (removals <= allowed(limit, plan.situation.users, REMOVALS_ALWAYS_ALLOWED)) return [];
  return [
    violation(
      "max-removals",
      `${ofUsers(removals, plan.situation.users)} would be removed${alsoLeftOut(plan, removed)}, the limit is ${limitText(limit, plan.situation.users, REMOVALS_ALWAYS_ALLOWED)}: ` +
        `if that is meant, raise policy.max_removals or pass --max-removals ${removals}`,
      plan.situation.policy.limitPlaces.maxRemovals,
    ),
  ];
}

function maxRoleChanges(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const updated = everyChange(plan).filter(({ action }) => action === "update");
  const updates = updated.length;
  const limit = overrides.maxRoleChanges ?? plan.situation.policy.maxRoleChanges;
  if (updates <= allowed(limit, plan.situation.users, ROLE_CHANGES_ALWAYS_ALLOWED)) return [];
  return [
    violation(
      "max-role-changes",
      `the roles of ${ofUsers(updates, plan.situation.users)} would change${alsoLeftOut(plan, updated)}, the limit is ${limitText(limit, plan.situation.users, ROLE_CHANGES_ALWAYS_ALLOWED)}: ` +
        `if that is meant, raise policy.max_role_changes or pass --max-role-changes ${updates}`,
      plan.situation.policy.limitPlaces.maxRoleChanges,
    ),
  ];
}

/** How many a limit allows of `users`: a share is rounded down, and is never less than `always`. */
export function allowed(limit: Limit, users: number, always: number): number {
  if (limit.kind === "count") return limit.count;
  if (limit.percent === 0) return 0;
  return Math.max(always, Math.floor((users * limit.percent) / 100));
}

function limitText(limit: Limit, users: number, always: number): string {
  if (limit.kind === "count") return String(limit.count);
  return `${limit.percent} % (${allowed(limit, users, always)})`;
}

function ofUsers(part: number, users: number): string {
  const share = users === 0 ? "" : ` (${Math.round((part / users) * 100)} %)`;
  return `${part} of ${count(users, "user")}${share}`;
}

function everyChange(plan: OrganizationPlan): readonly Change[] {
  return [...plan.changes, ...plan.leftOut];
}

/** Who asked for one person must not wonder why the message is about twelve. */
function alsoLeftOut({ leftOut }: OrganizationPlan, judged: readonly Change[]): string {
  const left = new Set(leftOut);
  const out = judged.filter((change) => left.has(change)).length;
  if (out === 0) return "";
  const which = judged.length === 1 ? "it" : `${out} of them`;
  return ` (--only leaves ${which} out, but the guards see the whole plan)`;
}

function takesAway(change: Change): boolean {
  return change.action === "remove" || lostRoles(change).length > 0;
}

function lostRoles(change: Change): readonly Role[] {
  const kept = new Set((change.after ?? []).map(({ id }) => id));
  return (change.before ?? []).filter(({ id }) => !kept.has(id));
}

function names(roles: readonly Role[]): string {
  return roles.map(({ name }) => name).join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function violation(guard: GuardName, message: string, place: Place | null = null): Violation {
  return { guard, message, place };
}
