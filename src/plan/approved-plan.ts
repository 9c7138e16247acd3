/** Compares a saved plan with the current state: changes left, changes already made, conflicts. */
import type { CurrentState, Role } from "../model/current.ts";
import { type DesiredOrganization, nameKey } from "../model/desired.ts";
import { type Day, hasEnded } from "../model/days.ts";
import type { Change, Conflict, OrganizationPlan, Violation } from "../model/plan.ts";
import type { Difference } from "../model/result.ts";
import { tabulateFiles } from "./access.ts";
import {
  findForeignChanges,
  type Comparison,
  compareWithPlan,
  type Users,
} from "./compare-with-plan.ts";
import { sortChanges } from "./order.ts";
import { indexCurrentUsers, listSeenUsers } from "./current-users.ts";
import { knownRoles, roleBook, sortRoles } from "./roles.ts";
import { collectGuardInputs } from "./guards.ts";

export interface ApprovedPlan {
  /** The changes left to do, with guard inputs from the current state. */
  readonly plan: OrganizationPlan;
  /** Changes of the saved plan that were made before this run. */
  readonly already: readonly Change[];
  /** Changes made by others since, outside the plan; not touched. */
  readonly drift: readonly Difference[];
}

/** One organization of a saved plan. A conflict with the current state is a violation of `approved-plan`. */
export function checkApproved(
  saved: OrganizationPlan,
  current: CurrentState,
  asOf: Day,
): ApprovedPlan {
  const roles = knownRoles(current, listPlannedRoles(saved));
  const book = roleBook({ aliases: [] }, roles);
  const currentUsers = indexCurrentUsers(current, book);
  const adminRole = roles.find(({ id }) => id === saved.guardInputs.adminRole.id);
  const compared = (change: Change): Comparison =>
    compareSaved(change, currentUsers.byEmail, roles, asOf);
  const comparisons = saved.changes.map((change) => ({ change, result: compared(change) }));
  const violations = [
    ...(adminRole === undefined
      ? [movedViolation(null, roleMissing(saved.guardInputs.adminRole, true))]
      : []),
    ...comparisons.flatMap(({ change, result }) =>
      result.kind === "conflict" ? [movedViolation(change.email, result.conflict)] : [],
    ),
  ];
  const changesThat = (kind: Comparison["kind"]): readonly Change[] =>
    comparisons.filter(({ result }) => result.kind === kind).map(({ change }) => change);
  const role = adminRole ?? saved.guardInputs.adminRole;
  return {
    plan: {
      ...saved,
      organization: current.organization,
      guardInputs: collectGuardInputs(current, currentUsers, saved.guardInputs.policy, role),
      changes: sortChanges(changesThat("pending"), role),
      leftOut: saved.leftOut.filter((change) => compared(change).kind === "pending"),
      seen: listSeenUsers(currentUsers),
      violations,
    },
    already: changesThat("done"),
    drift: findForeignChanges(saved, currentUsers.byEmail, roles),
  };
}

/** What a saved plan would give a user although the files, as they are now, do not grant it. */
export interface Withdrawn {
  readonly source: string;
  readonly email: string;
  readonly roles: readonly Role[];
}

/** `Polytomic is as the plan saw it` is true again after a revocation: only the files can tell that the plan is old. */
export function findWithdrawn(
  plan: OrganizationPlan,
  desired: DesiredOrganization,
  asOf: Day,
): readonly Withdrawn[] {
  const granted = new Map(
    tabulateFiles(desired, asOf).users.map(({ email, holdings }) => [
      email,
      new Set(holdings.flatMap(({ role }) => [role.id, nameKey(role.name)])),
    ]),
  );
  return plan.changes.flatMap((change) => {
    if (change.action === "remove") return [];
    if (change.action === "update" && change.insteadOfRemoval) return [];
    const held = new Set(change.before?.map(({ id }) => id));
    const now = granted.get(change.email);
    const roles = change.after.filter(
      ({ id, name }) => !held.has(id) && !now?.has(id) && !now?.has(nameKey(name)),
    );
    return roles.length === 0 ? [] : [{ source: plan.source, email: change.email, roles }];
  });
}

/** The roles that a saved plan names. */
export function listPlannedRoles({
  guardInputs,
  changes,
  leftOut,
}: OrganizationPlan): readonly Role[] {
  const named = [...changes, ...leftOut].flatMap(({ before, after }) => [
    ...(before ?? []),
    ...(after ?? []),
  ]);
  return sortRoles([guardInputs.adminRole, ...named]);
}

function movedViolation(email: string | null, conflict: Conflict): Violation {
  return { guard: "approved-plan", place: null, email, conflict };
}

function roleMissing({ name }: Role, admin: boolean): Conflict {
  return { code: "role-missing", role: name, admin };
}

/** A change already made counts as done; a pending one must still be what was approved. */
function compareSaved(change: Change, users: Users, roles: readonly Role[], asOf: Day): Comparison {
  const comparison = compareWithPlan(change, users);
  if (comparison.kind === "done" || change.action === "remove") return comparison;
  const wrong = roleConflict(change.after, roles);
  if (wrong !== null) return { kind: "conflict", conflict: wrong };
  if (change.until !== null && hasEnded(change.until, asOf)) {
    return { kind: "conflict", conflict: { code: "access-expired", on: change.until } };
  }
  return comparison;
}

/** The reviewer approved role names: a role that was deleted or renamed since is a conflict. */
function roleConflict(wanted: readonly Role[], roles: readonly Role[]): Conflict | null {
  for (const role of wanted) {
    const now = roles.find(({ id }) => id === role.id);
    if (now === undefined) return roleMissing(role, false);
    if (now.name !== role.name) return { code: "role-renamed", role: role.name, now: now.name };
  }
  return null;
}
