/** Plan × reader × writer → one truthful outcome a change. The only place that makes a plan happen. */
import pLimit from "p-limit";
import type { Plan } from "../model/plan.ts";
import type { ApplyResult } from "../model/result.ts";
import { assertHarmless } from "./never.ts";
import { applyOrganization } from "./organization.ts";
import { allOf, type ApplyContext, Run } from "./run.ts";

export type { ApplyContext } from "./run.ts";

/**
 * Makes the changes of a judged plan, and no others. Rejects only for bugs: what the API, the network or
 * other people do ends as outcomes.
 *
 * Organizations run side by side, at most `concurrency` of them, so what is held in memory beside the plan
 * does not grow with their number. One failed change stops no other; a refused credential (401), a result
 * that cannot be recorded, and `stop` let nothing new begin.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<ApplyResult> {
  assertHarmless(plan);
  const run = new Run(context);
  const organizations = pLimit(context.concurrency);
  try {
    const work = plan.organizations.map((one) => organizations(() => applyOrganization(run, one)));
    const results = await allOf(run, work);
    return { plan, organizations: results, interrupted: run.interrupted, halted: run.halted };
  } finally {
    run.end();
  }
}
