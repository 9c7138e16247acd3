/** What files say that is right in itself, judged by the day and by their own rules. */
import type { DesiredOrganization } from "../model/desired.ts";
import { type Day, hasEnded } from "../model/days.ts";
import { compareProblems, type Problem, problemAt } from "../model/problem.ts";
import { judgeFiles } from "./rules.ts";

export interface Checked {
  /** Sorted, as are the warnings. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export function checkFiles(organizations: readonly DesiredOrganization[], asOf: Day): Checked {
  const problems = new Map<string, Problem>();
  const warnings = new Map<string, Problem>();
  for (const organization of organizations) {
    for (const finding of judgeFiles(organization, asOf)) {
      const list = finding.level === "error" ? problems : warnings;
      const problem = problemAt(finding.place, "rule", { finding });
      // Organizations that include one file have its problems once.
      list.set(JSON.stringify(problem), problem);
    }
    for (const { email, expires, grants, place } of organization.users) {
      const on = hasEnded(expires, asOf)
        ? expires
        : grants.every((grant) => hasEnded(grant.expires, asOf))
          ? grants
              .map((grant) => grant.expires)
              .reduce((a, b) => ((a ?? "") > (b ?? "") ? a : b), null)
          : null;
      if (on === null) continue;
      const problem = problemAt(place, "access-ended", { email, on });
      warnings.set(JSON.stringify(problem), problem);
    }
  }
  return {
    problems: [...problems.values()].sort(compareProblems),
    warnings: [...warnings.values()].sort(compareProblems),
  };
}
