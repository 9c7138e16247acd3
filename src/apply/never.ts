/**
 * What no plan that passed its guards can contain, checked once more before the first write of a run.
 * A throw from here is a bug in this program, never a mistake of its user.
 */
import type { Change, OrganizationPlan, Plan } from "../model/plan.ts";
import { losesAdmin } from "../plan/order.ts";
import { matcherOf } from "../plan/patterns.ts";
import { hasRole } from "../plan/roles.ts";

export function assertHarmless(plan: Plan): void {
  for (const organization of plan.organizations) {
    const [first] = harmIn(organization);
    if (first === undefined) continue;
    const { id } = organization.organization;
    throw new Error(`the plan for organization ${id} ${first}; nothing was written`);
  }
}

function harmIn({ situation, changes, violations }: OrganizationPlan): readonly string[] {
  const ignored = matcherOf(situation.policy.ignore);
  const kept = matcherOf(situation.policy.protected);
  const people = new Set(changes.map(({ email }) => email));
  return [
    ...violations.map(({ guard }) => `was refused by the guard ${guard}`),
    ...(people.size < changes.length ? ["changes somebody twice"] : []),
    ...changes.flatMap((change) => {
      const { email } = change;
      if (ignored(email)) return [`touches ${email}, who is ignored`];
      if (kept(email) && takesRole(change)) return [`takes from ${email}, who is protected`];
      const isCaller = change.userId !== null && change.userId === situation.callerId;
      const locksOut = change.after === null || losesAdmin(change, situation.adminRole);
      return isCaller && locksOut ? [`takes from ${email}, whose key this is`] : [];
    }),
  ];
}

function takesRole(change: Change): boolean {
  const { before, after } = change;
  return before !== null && before.some((role) => !hasRole(after, role));
}
