/** Desired state × current state × day → the plan of an organization; all of these → the plan of the run. */
import {
  type Change,
  type FailedOrganization,
  type OrganizationPlan,
  pairedAddress,
  type Plan,
} from "../model/plan.ts";
import type { AccessTable } from "../model/access.ts";
import { compareOrganizations, type CurrentState, type Role } from "../model/current.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { compilePatterns } from "../model/patterns.ts";
import { compareProblems, type Problem } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { accessTable } from "./access.ts";
import {
  listUntouched,
  findExpiring,
  collectNotices,
  findPending,
  countUnchanged,
  findUnmanaged,
} from "./announcements.ts";
import { planUnlistedUsers, planListedUsers } from "./changes.ts";
import { indexCurrentUsers, listSeenUsers } from "./current-users.ts";
import { computeDigest } from "./digest.ts";
import { resolveEntitlement } from "./entitlement.ts";
import { judgeGuards, type Overrides, collectGuardInputs } from "./guards.ts";
import { sortChanges } from "./order.ts";
import { knownRoles, type RoleBook, roleBook } from "./roles.ts";
import { judgeRulesAfter, resolveRuleRoles } from "./judge-state.ts";

export interface PlanOptions {
  /** The day that counts as today. */
  readonly asOf: Day;
  /** The addresses (as keys) that `--only` names; null plans all users. */
  readonly only: ReadonlySet<string> | null;
}

/**
 * The plan, not judged yet, and the access table (built on demand); or the problems of the files with this
 * organization.
 */
export type Planned =
  | {
      readonly kind: "planned";
      readonly plan: OrganizationPlan;
      /** The known roles of the organization. */
      readonly roles: readonly Role[];
      readonly access: () => AccessTable;
    }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

export function planOrganization(
  desired: DesiredOrganization,
  current: CurrentState,
  options: PlanOptions,
): Planned {
  const roles = knownRoles(current, desired.aliases);
  const book = roleBook(desired, roles, current.roles !== null);
  const adminRole = book.resolve(desired.policy.adminRole, desired.policy.adminRolePlace);
  const demotedTo = demotionRole(desired, book);
  const currentUsers = indexCurrentUsers(current, book);
  const ignored = compilePatterns(desired.policy.ignore);
  const entitlements = desired.users
    .filter(({ email }) => !ignored(email)) // such a file was refused earlier
    .map((user) => resolveEntitlement(user, book, options.asOf));
  const { rules } = desired.policy;
  const ruleRoles = resolveRuleRoles(rules, book);
  const problems = [...book.problems, ...demotionProblems(desired, demotedTo, adminRole)];
  if (adminRole === null || problems.length > 0) {
    return { kind: "problems", problems: uniqueProblems(problems) };
  }

  const context = { desired, currentUsers, demotedTo, ignored };
  const all = [
    ...planListedUsers(entitlements, context),
    ...planUnlistedUsers(
      entitlements.map(({ user }) => user),
      context,
    ),
  ];
  const { changes, leftOut } = selectChanges(sortChanges(all, adminRole), options.only);
  const guardInputs = collectGuardInputs(current, currentUsers, desired.policy, adminRole);
  return {
    kind: "planned",
    roles,
    access: () =>
      accessTable({
        ...context,
        entitlements,
        changes,
        organization: current.organization,
        adminRole,
      }),
    plan: {
      organization: current.organization,
      source: desired.source,
      guardInputs,
      changes,
      leftOut,
      unchanged: countUnchanged(entitlements, currentUsers, all),
      expiring: findExpiring(entitlements, options.asOf),
      unmanaged: findUnmanaged(entitlements, currentUsers, all, {
        ignored,
        policy: desired.policy,
      }),
      ignored: listUntouched(
        [...currentUsers.byEmail.values()].filter(({ email }) => ignored(email)),
      ),
      pending: findPending(entitlements, context),
      notices: collectNotices(current, entitlements, all, context),
      seen: listSeenUsers(currentUsers),
      ruleFindings: judgeRulesAfter({
        rules,
        roles: ruleRoles,
        currentUsers,
        entitlements,
        changes,
        only: options.only,
        ignored,
        asOf: options.asOf,
      }),
      violations: [],
    },
  };
}

function selectChanges(
  changes: readonly Change[],
  only: ReadonlySet<string> | null,
): { changes: readonly Change[]; leftOut: readonly Change[] } {
  if (only === null) return { changes, leftOut: [] };
  const isSelected = (change: Change): boolean =>
    only.has(change.email) || only.has(pairedAddress(change) ?? "");
  return {
    changes: changes.filter(isSelected),
    leftOut: changes.filter((change) => !isSelected(change)),
  };
}

function demotionRole(desired: DesiredOrganization, book: RoleBook): Role | null {
  const { onRemoval } = desired.policy;
  return onRemoval === "remove" ? null : book.resolve(onRemoval.demoteTo, onRemoval.place);
}

function demotionProblems(
  desired: DesiredOrganization,
  demotedTo: Role | null,
  adminRole: Role | null,
): readonly Problem[] {
  const { onRemoval } = desired.policy;
  if (onRemoval === "remove" || demotedTo === null || demotedTo.id !== adminRole?.id) return [];
  return [
    {
      place: onRemoval.place,
      code: "demotion-to-admin",
      values: { name: adminRole.name },
    },
  ];
}

/** Sorted, without duplicates: a group's role is resolved once for each member. */
function uniqueProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(compareProblems).filter((problem, index, sorted) => {
    const before = sorted[index - 1];
    return before === undefined || compareProblems(before, problem) !== 0;
  });
}

/** Judged by the guards, sorted, with its digest. */
export function assemblePlan(
  url: string,
  organizations: readonly OrganizationPlan[],
  failed: readonly FailedOrganization[],
  overrides: Overrides,
): Plan {
  const judged = organizations
    .map((plan) => ({ ...plan, violations: [...plan.violations, ...judgeGuards(plan, overrides)] }))
    .sort((a, b) => compareOrganizations(a.organization, b.organization));
  return {
    url,
    organizations: judged,
    failed: [...failed].sort((a, b) => compareText(a.source, b.source)),
    digest: computeDigest(url, judged, failed),
  };
}
