/**
 * The guards: pure checks of a finished plan. Violations are data; `model/plan-words.ts` has their text. The rules of
 * `policy.rules` are checked in `judge-state.ts`, the guard `approved-plan` in `approved-plan.ts`.
 *
 * To add a guard, add a function here, its `GuardName` and `Violation` in `model/plan.ts`, its text in
 * `model/plan-words.ts`, and its name in `schemas/plan.schema.json`. If it needs more than the changes, add that to
 * `GuardInputs` in `model/plan.ts`; `plan-document.ts` writes these inputs and `read-saved-plan.ts` reads them.
 */
import type { CurrentState, Role } from "../model/current.ts";
import type { Limit } from "../model/desired.ts";
import { compilePatterns } from "../model/patterns.ts";
import type { Change, OrganizationPlan, GuardInputs, Violation } from "../model/plan.ts";
import { compareText, type Place } from "../model/place.ts";
import { type CurrentUsers, findCaller } from "./current-users.ts";
import { gainsAdmin, losesAdmin } from "./order.ts";
import { hasRole } from "./roles.ts";

/** Values of the command line that replace the policy's; null keeps the policy's. */
export interface Overrides {
  readonly maxRemovals: Limit | null;
  readonly maxRoleChanges: Limit | null;
  readonly minAdmins: number | null;
}

export const noOverrides: Overrides = { maxRemovals: null, maxRoleChanges: null, minAdmins: null };

/** A limit in percent allows at least this many, unless it is 0 %: in a small organization it would allow none. */
const REMOVALS_ALWAYS_ALLOWED = 1;
const ROLE_CHANGES_ALWAYS_ALLOWED = 5;

/** All violations of one organization's plan, those of changes that `--only` leaves out included. */
export function judgeGuards(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  return [
    ...judgeWithoutOverride(plan),
    ...minAdmins(plan, overrides),
    ...maxRemovals(plan, overrides),
    ...maxRoleChanges(plan, overrides),
  ];
}

/** The guards that no flag overrides. */
export function judgeWithoutOverride(plan: OrganizationPlan): readonly Violation[] {
  return [...implausibleState(plan), ...protectedUsers(plan), ...self(plan), ...brokenRules(plan)];
}

function brokenRules({ ruleFindings }: OrganizationPlan): readonly Violation[] {
  return ruleFindings
    .filter(({ level }) => level === "error")
    .map((finding) => ({ guard: "rule", place: finding.place, finding }));
}

function implausibleState({ guardInputs }: OrganizationPlan): readonly Violation[] {
  return guardInputs.implausible.map((why) => ({ guard: "implausible-state", place: null, why }));
}

function protectedUsers(plan: OrganizationPlan): readonly Violation[] {
  const isProtected = compilePatterns(plan.guardInputs.policy.protected);
  const leftOut = new Set(plan.leftOut);
  const hasUnknownRoles = unknownRoles(plan);
  return everyChange(plan)
    .filter((change) => isProtected(change.email) && (takesAway(change) || hasUnknownRoles(change)))
    .map((change) => ({
      guard: "protected",
      place: change.source,
      email: change.email,
      loses:
        change.after === null
          ? null
          : hasUnknownRoles(change)
            ? "unknown"
            : lostRoles(change).map(({ name }) => name),
      leftOut: leftOut.has(change),
    }));
}

function self(plan: OrganizationPlan): readonly Violation[] {
  const { callerId, adminRole } = plan.guardInputs;
  if (callerId === null) return [];
  const hasUnknownRoles = unknownRoles(plan);
  return everyChange(plan)
    .filter(({ userId }) => userId === callerId)
    .filter((change) =>
      hasUnknownRoles(change)
        ? !hasRole(change.after, adminRole)
        : change.after === null || losesAdmin(change, adminRole),
    )
    .map((change) => ({
      guard: "self",
      place: change.source,
      email: change.email,
      loses: change.after === null ? null : hasUnknownRoles(change) ? "unknown" : [adminRole.name],
      leftOut: plan.leftOut.includes(change),
    }));
}

/**
 * The number of admins never falls below the minimum, after the whole plan and after the part that `--only`
 * selects. It cannot fall below in between either: an apply first makes all grants of the admin role, then takes
 * it away (plan/order.ts).
 */
function minAdmins(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const { policy, adminRole, admins } = plan.guardInputs;
  const minimum = overrides.minAdmins ?? policy.minAdmins;
  const ends =
    plan.leftOut.length === 0
      ? [{ changes: plan.changes, scope: "plan" as const }]
      : [
          { changes: everyChange(plan), scope: "whole" as const },
          { changes: plan.changes, scope: "only" as const },
        ];
  return ends
    .filter(({ changes }) => changes.length > 0)
    .map(({ changes, scope }) => ({ scope, left: adminsAfter(plan, changes) }))
    .filter(({ left }) => left < minimum)
    .map(({ scope, left }) => ({
      guard: "min-admins",
      place: policy.limitPlaces.minAdmins,
      scope,
      adminRole: adminRole.name,
      now: admins.length,
      left,
      minimum,
    }));
}

function adminsAfter(plan: OrganizationPlan, changes: readonly Change[]): number {
  const { admins, adminRole } = plan.guardInputs;
  const gained = changes.filter((change) => gainsAdmin(change, adminRole)).length;
  const lost = changes.filter((change) => losesAdmin(change, adminRole)).length;
  return admins.length + gained - lost;
}

function maxRemovals(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const { policy } = plan.guardInputs;
  return overLimit(plan, {
    guard: "max-removals",
    action: "remove",
    limit: overrides.maxRemovals ?? policy.maxRemovals,
    always: REMOVALS_ALWAYS_ALLOWED,
    place: policy.limitPlaces.maxRemovals,
  });
}

function maxRoleChanges(plan: OrganizationPlan, overrides: Overrides): readonly Violation[] {
  const { policy } = plan.guardInputs;
  return overLimit(plan, {
    guard: "max-role-changes",
    action: "update",
    limit: overrides.maxRoleChanges ?? policy.maxRoleChanges,
    always: ROLE_CHANGES_ALWAYS_ALLOWED,
    place: policy.limitPlaces.maxRoleChanges,
  });
}

interface CountLimit {
  readonly guard: "max-removals" | "max-role-changes";
  readonly action: Change["action"];
  readonly limit: Limit;
  readonly always: number;
  readonly place: Place | null;
}

function overLimit(
  plan: OrganizationPlan,
  { guard, action, limit, always, place }: CountLimit,
): readonly Violation[] {
  const of = (changes: readonly Change[]): number =>
    changes.filter((change) => change.action === action).length;
  const { users } = plan.guardInputs;
  const leftOut = of(plan.leftOut);
  const count = of(plan.changes) + leftOut;
  const most = allowed(limit, users, always);
  if (count <= most) return [];
  return [{ guard, place, count, leftOut, users, limit, allowed: most }];
}

/** How many a limit allows of `users`: a share is rounded down, and is never less than `always`. */
export function allowed(limit: Limit, users: number, always: number): number {
  if (limit.kind === "count") return limit.count;
  if (limit.percent === 0) return 0;
  return Math.max(always, Math.floor((users * limit.percent) / 100));
}

function everyChange(plan: OrganizationPlan): readonly Change[] {
  return [...plan.changes, ...plan.leftOut];
}

/** Users whose roles Polytomic does not show: a change of theirs may take any role away. */
function unknownRoles({ notices }: OrganizationPlan): (change: Change) => boolean {
  const emails = new Set(
    notices.flatMap((notice) => (notice.code === "roles-unknown" ? notice.emails : [])),
  );
  return ({ email }) => emails.has(email);
}

function takesAway(change: Change): boolean {
  return change.action === "remove" || lostRoles(change).length > 0;
}

function lostRoles(change: Change): readonly Role[] {
  const kept = new Set((change.after ?? []).map(({ id }) => id));
  return (change.before ?? []).filter(({ id }) => !kept.has(id));
}

export function collectGuardInputs(
  current: CurrentState,
  currentUsers: CurrentUsers,
  policy: GuardInputs["policy"],
  adminRole: Role,
): GuardInputs {
  const all = [...currentUsers.byEmail.values()];
  const ignored = compilePatterns(policy.ignore);
  return {
    adminRole,
    policy: {
      ignore: policy.ignore,
      protected: policy.protected,
      maxRemovals: policy.maxRemovals,
      maxRoleChanges: policy.maxRoleChanges,
      minAdmins: policy.minAdmins,
      limitPlaces: policy.limitPlaces,
    },
    users: all.filter(({ email }) => !ignored(email)).length,
    admins: all
      .filter(({ email, roles }) => hasRole(roles, adminRole) && !ignored(email))
      .map(({ email }) => email)
      .sort(compareText),
    callerId: findCaller(current)?.id ?? null,
    implausible: currentUsers.implausible,
  };
}
