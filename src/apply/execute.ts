/** Plan × reader × writer → one outcome per change. The only place that executes a plan. */
import pLimit from "p-limit";
import type { OrganizationPlan, Plan } from "../model/plan.ts";
import type { ApplyResult } from "../model/result.ts";
import { violationText } from "../model/plan-words.ts";
import { judgeWithoutOverride } from "../plan/guards.ts";
import { compilePatterns } from "../model/patterns.ts";
import { applyOrganization } from "./organization.ts";
import { awaitAll, type ApplyContext, Run } from "./context.ts";

/**
 * Makes the changes of a judged plan, and no others. Rejects only for bugs: what the API, the network or
 * others do ends as outcomes.
 *
 * At most `concurrency` organizations run at once, which bounds memory. A failed change does not stop the others; a
 * rejected credential (401), a result that cannot be recorded, and `stop` prevent new requests.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<ApplyResult> {
  plan.organizations.forEach(assertApplicable);
  const run = new Run(context);
  const organizations = pLimit(context.concurrency);
  try {
    const work = plan.organizations.map((one) => organizations(() => applyOrganization(run, one)));
    const results = await awaitAll(run, work);
    return { plan, organizations: results, interrupted: run.interrupted, halted: run.halted };
  } finally {
    run.end();
  }
}

/** A plan that passed its guards cannot fail here: a throw is a bug, not a user error. */
function assertApplicable(plan: OrganizationPlan): void {
  const ignored = compilePatterns(plan.guardInputs.policy.ignore);
  const touched = plan.changes.find(({ email }) => ignored(email));
  const twice = new Set(plan.changes.map(({ email }) => email)).size < plan.changes.length;
  const [violation] = [...plan.violations, ...judgeWithoutOverride(plan)];
  const problem =
    violation !== undefined
      ? `was refused: ${violationText(violation)}`
      : touched !== undefined
        ? `changes ${touched.email}, which policy.ignore matches`
        : twice
          ? "changes a user twice"
          : null;
  if (problem === null) return;
  throw new Error(
    `the plan for organization ${plan.organization.id} ${problem}; nothing was written (a bug in polytomic-users)`,
  );
}
