/** What a plan says beside its changes: who stays as they are, who is not managed, whose access ends soon. */
import { type Day, emailKey } from "../model/desired.ts";
import type { Bystander, Change, Expiring } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import type { Wanted } from "./changes.ts";
import { addDays, ANNOUNCED_DAYS } from "./days.ts";
import type { Matcher } from "./patterns.ts";
import type { CurrentPeople, CurrentPerson } from "./current-users.ts";

/** How many people are as the files say. */
export function unchangedOf(
  wanted: readonly Wanted[],
  people: CurrentPeople,
  changes: readonly Change[],
): number {
  const changed = new Set(changes.map(({ email }) => email));
  return wanted.filter(({ user, entitlement }) => {
    const email = emailKey(user.email);
    return entitlement.roles !== null && people.byEmail.has(email) && !changed.has(email);
  }).length;
}

/** Access and roles that end within the announced days, the next first. */
export function expiringOf(wanted: readonly Wanted[], asOf: Day): readonly Expiring[] {
  const horizon = addDays(asOf, ANNOUNCED_DAYS);
  const soon = (day: Day | null): day is Day => day !== null && day <= horizon;
  return wanted
    .filter(({ entitlement }) => entitlement.roles !== null)
    .flatMap(({ user, entitlement: { held } }): Expiring[] => {
      const email = emailKey(user.email);
      const wholly = held.map(({ until }) => until).reduce((a, b) => (a === b ? a : null));
      if (soon(wholly)) return [{ email, role: null, on: wholly, source: user.place }];
      return held.flatMap(({ role, until }) =>
        soon(until) ? [{ email, role: role.name, on: until, source: user.place }] : [],
      );
    })
    .sort(
      (a, b) =>
        compareText(a.on, b.on) ||
        compareText(a.email, b.email) ||
        compareText(a.role ?? "", b.role ?? ""),
    );
}

/** People to whom the files give no access and who stay: kept by the policy, or demoted before. */
export function unmanagedOf(
  wanted: readonly Wanted[],
  people: CurrentPeople,
  changes: readonly Change[],
  ignored: Matcher,
): readonly Bystander[] {
  const named = new Set(
    wanted
      .filter(({ entitlement }) => entitlement.roles !== null)
      .map(({ user }) => emailKey(user.email)),
  );
  const changed = new Set(changes.map(({ email }) => email));
  return bystanders(
    [...people.byEmail.values()].filter(
      ({ email }) => !named.has(email) && !changed.has(email) && !ignored(email),
    ),
  );
}

export function bystanders(people: readonly CurrentPerson[]): readonly Bystander[] {
  return people
    .map(({ email, roles }) => ({ email, roles }))
    .sort((a, b) => compareText(a.email, b.email));
}
