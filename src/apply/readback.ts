/** After the writes: is what is there what was planned, and what did somebody else change meanwhile? */
import type { Role } from "../model/current.ts";
import type { Change, OrganizationPlan } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import type { Difference } from "../model/result.ts";
import { roleBook, sameRoles, sortedRoles } from "../plan/roles.ts";
import type { People } from "./user-listing.ts";
import { standingOf } from "./standing.ts";

/**
 * Sorted by address. Foreign differences are those of people whom the plan does not change. `roles` are the
 * organization's, for their names.
 */
export function differencesOf(
  { changes, seen }: Pick<OrganizationPlan, "changes" | "seen">,
  now: People,
  roles: readonly Role[],
): readonly Difference[] {
  const planned = new Set(changes.map(({ email }) => email));
  const before = new Map(seen.map((user) => [user.email, user]));
  const others = new Set([...before.keys(), ...now.keys()].filter((email) => !planned.has(email)));
  const { byId } = roleBook({ aliases: [] }, roles);
  const rolesBefore = (email: string) => {
    const user = before.get(email);
    return user === undefined ? null : sortedRoles(user.roleIds.map(byId));
  };
  return [
    ...changes.flatMap((change) => ownDifference(change, now)),
    ...[...others].flatMap((email) =>
      foreignDifference(email, rolesBefore(email), now.get(email)?.roles ?? null),
    ),
  ].sort((a, b) => compareText(a.email, b.email));
}

function ownDifference(change: Change, now: People): readonly Difference[] {
  if (standingOf(change, now).kind === "as-planned") return [];
  const found = now.get(change.email)?.roles ?? null;
  return [{ email: change.email, expected: change.after, found, foreign: false }];
}

type Held = readonly Role[] | null;

function foreignDifference(email: string, was: Held, is: Held): readonly Difference[] {
  const same = was === null || is === null ? was === is : sameRoles(was, is);
  return same ? [] : [{ email, expected: was, found: is, foreign: true }];
}
