/** Checks valid files: access that has expired by the as-of day, and the files' own rules. */
import {
  type DesiredOrganization,
  emailKey,
  liveGrants,
  nameKey,
  writtenRoleKey,
} from "../model/desired.ts";
import { type Day, hasEnded } from "../model/days.ts";
import { compareProblems, type Problem, problemAt } from "../model/problem.ts";
import type { RuleFinding } from "../model/rule.ts";
import { judgeRules, type RuleSubject, type SubjectGrant, subjectGrant } from "./rules.ts";

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
      const problem = problemAt(place, "access-expired", { email, on });
      warnings.set(JSON.stringify(problem), problem);
    }
  }
  return {
    problems: [...problems.values()].sort(compareProblems),
    warnings: [...warnings.values()].sort(compareProblems),
  };
}

/** The rules of one organization judged on what its files say alone; roles by the names that are written. */
export function judgeFiles(organization: DesiredOrganization, asOf: Day): readonly RuleFinding[] {
  const { rules } = organization.policy;
  if (rules.length === 0) return [];
  const aliases = new Map(organization.aliases.map((alias) => [nameKey(alias.name), alias]));
  const subjects = organization.users.flatMap((user): RuleSubject[] => {
    const grants = liveGrants(user, asOf);
    if (grants.length === 0) return [];
    const roles = new Map<string, { key: string; name: string; grants: SubjectGrant[] }>();
    for (const grant of grants) {
      const key = writtenRoleKey(grant.role, aliases);
      const role = roles.get(key) ?? { key, name: grant.role, grants: [] };
      role.grants.push(subjectGrant(user, grant));
      roles.set(key, role);
    }
    return [
      {
        email: emailKey(user.email),
        place: user.place,
        reason: user.reason,
        reviewed: user.reviewed?.value ?? null,
        roles: [...roles.values()],
      },
    ];
  });
  return judgeRules(rules, subjects, {
    asOf,
    keyOf: ({ name }) => writtenRoleKey(name, aliases),
  });
}
