/** The plans of all organizations → the plan of the run: judged, sorted, with its digest. */
import { compareOrganizations } from "../model/current.ts";
import type { FailedOrganization, OrganizationPlan, Plan, Violation } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import { digestOf } from "./digest.ts";
import { judge, type Overrides } from "./guards.ts";

export function assemblePlan(
  url: string,
  organizations: readonly OrganizationPlan[],
  failed: readonly FailedOrganization[],
  overrides: Overrides,
): Plan {
  const judged = organizations
    .map((plan) => ({ ...plan, violations: [...plan.violations, ...judge(plan, overrides)] }))
    .sort((a, b) => compareOrganizations(a.organization, b.organization));
  return {
    url,
    organizations: judged,
    failed: [...failed].sort((a, b) => compareText(a.source, b.source)),
    digest: digestOf(url, judged, failed),
  };
}

export function violationsOf(plan: Plan): readonly Violation[] {
  return plan.organizations.flatMap(({ violations }) => violations);
}

export function changeCount(plan: Plan): number {
  return plan.organizations.reduce((sum, { changes }) => sum + changes.length, 0);
}
