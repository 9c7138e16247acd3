/** After the writes: is what is there what was planned, and what did somebody else change meanwhile? */
import type { Change } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import type { Difference } from "../model/result.ts";
import { sameRoles } from "../plan/roles.ts";
import { type People, roleNames } from "./people.ts";
import { standingOf } from "./standing.ts";

/** Sorted by address. Foreign differences are those of people whom the plan does not change. */
export function differencesOf(
  changes: readonly Change[],
  before: People,
  now: People,
): readonly Difference[] {
  const planned = new Set(changes.map(({ email }) => email));
  const others = new Set([...before.keys(), ...now.keys()].filter((email) => !planned.has(email)));
  return [
    ...changes.flatMap((change) => ownDifference(change, now)),
    ...[...others].flatMap((email) => foreignDifference(email, before, now)),
  ].sort((a, b) => compareText(a.email, b.email));
}

function ownDifference(change: Change, now: People): readonly Difference[] {
  const standing = standingOf(change, now);
  if (standing.kind === "as-planned") return [];
  const planned = change.after === null ? "no access" : roleNames(change.after);
  const person = now.get(change.email);
  const there = person === undefined ? "is not there" : `has ${roleNames(person.roles)}`;
  return [{ email: change.email, message: `planned: ${planned}; ${there}`, foreign: false }];
}

function foreignDifference(email: string, before: People, now: People): readonly Difference[] {
  const was = before.get(email);
  const is = now.get(email);
  const message = foreignMessage(was?.roles ?? null, is?.roles ?? null);
  return message === null ? [] : [{ email, message, foreign: true }];
}

type Roles = Parameters<typeof roleNames>[0] | null;

function foreignMessage(was: Roles, is: Roles): string | null {
  if (was === null) return is === null ? null : `was added with ${roleNames(is)}`;
  if (is === null) return `was removed, had ${roleNames(was)}`;
  return sameRoles(was, is) ? null : `had ${roleNames(was)}, has ${roleNames(is)}`;
}
