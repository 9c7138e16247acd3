/**
 * Checks the rules of `policy.rules` against the state after an apply, which includes unmanaged users but not ignored
 * ones. `rules.ts` checks each rule; the guards are in `guards.ts`.
 */
import type { Role } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { compareText } from "../model/place.ts";
import type { Change } from "../model/plan.ts";
import type { Rule, RuleFinding, RuleRole } from "../model/rule.ts";
import type { CurrentUsers } from "./current-users.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Matcher } from "../model/patterns.ts";
import type { RoleBook } from "./roles.ts";
import { judgeRules, type RuleSubject, subjectGrant } from "./rules.ts";

/** The ids of the roles that rules name; null where the organization has no such role, which `RoleBook` reports. */
export type RuleRoles = ReadonlyMap<RuleRole, string | null>;

export function resolveRuleRoles(rules: readonly Rule[], book: RoleBook): RuleRoles {
  const named = rules.flatMap(({ roles, assertion }) => [
    ...(roles ?? []),
    ...(assertion.kind === "conflict" ? assertion.roles : []),
  ]);
  return new Map(named.map((role) => [role, book.resolve(role.name, role.place)?.id ?? null]));
}

export interface StateAfter {
  readonly rules: readonly Rule[];
  readonly roles: RuleRoles;
  readonly currentUsers: CurrentUsers;
  readonly entitlements: readonly Entitlement[];
  /** What this run changes. */
  readonly changes: readonly Change[];
  /** The addresses that `--only` names; null where it selects all users. */
  readonly only: ReadonlySet<string> | null;
  readonly ignored: Matcher;
  readonly asOf: Day;
}

export function judgeRulesAfter(state: StateAfter): readonly RuleFinding[] {
  const { rules, roles, only, asOf } = state;
  if (rules.length === 0) return [];
  const findings = judgeRules(rules, subjectsAfter(state), {
    asOf,
    keyOf: (role) => roles.get(role) ?? null,
  });
  if (only === null) return findings;
  return findings.map((finding) =>
    isOfThisRun(finding, only, state.changes) ? finding : { ...finding, level: "warning" },
  );
}

/**
 * With `--only`, violations of users who are left out exist before and after the run. They are warnings, so that they
 * do not block an urgent removal of one user.
 */
function isOfThisRun(
  finding: RuleFinding,
  only: ReadonlySet<string>,
  changes: readonly Change[],
): boolean {
  if (finding.kind === "saved") return true;
  if (finding.kind !== "at_most") {
    return only.has(finding.email) || changes.some(({ email }) => email === finding.email);
  }
  return changes.some(
    ({ email, before, after }) =>
      finding.holders.includes(email) &&
      (after ?? []).some(({ id }) => (before ?? []).every((role) => role.id !== id)),
  );
}

function subjectsAfter({
  currentUsers,
  entitlements,
  changes,
  ignored,
}: StateAfter): readonly RuleSubject[] {
  const changed = new Map(changes.map((change) => [change.email, change.after]));
  const held = new Map<string, readonly Role[]>();
  for (const { email, roles } of currentUsers.byEmail.values()) {
    const after = changed.get(email);
    if (after !== null && !ignored(email)) held.set(email, after ?? roles);
  }
  for (const { action, email, after } of changes) if (action === "create") held.set(email, after);

  const subjects: RuleSubject[] = [];
  for (const { user, roles: entitled, held: entitledRoles } of entitlements) {
    const email = emailKey(user.email);
    const roles = held.get(email);
    if (roles === undefined || entitled === null) continue;
    held.delete(email);
    subjects.push({
      email,
      place: user.place,
      reason: user.reason,
      reviewed: user.reviewed?.value ?? null,
      roles: roles.map(({ id, name }) => ({
        key: id,
        name,
        grants: (entitledRoles.find(({ role }) => role.id === id)?.grants ?? []).map((grant) =>
          subjectGrant(user, grant),
        ),
      })),
    });
  }
  // Users whom the files do not grant anything: unmanaged, or demoted.
  for (const [email, roles] of [...held].sort(([a], [b]) => compareText(a, b))) {
    subjects.push({
      email,
      place: null,
      reason: null,
      reviewed: null,
      roles: roles.map(({ id, name }) => ({ key: id, name, grants: [] })),
    });
  }
  return subjects;
}
