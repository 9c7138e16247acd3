/** The roles that the files grant one user on a given day, and the grants that have expired. */
import type { Role } from "../model/current.ts";
import { type DesiredUser, type Grant, liveGrants, nameKey } from "../model/desired.ts";
import { type Day, earlier, hasEnded, later } from "../model/days.ts";
import type { Reason } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import { type RoleBook, sortRoles } from "./roles.ts";

export interface EntitledRole {
  readonly role: Role;
  /** The grants of this role: at least one. */
  readonly grants: readonly Grant[];
  /** Its last day: that of its longest grant, and not after the user's own. */
  readonly until: Day | null;
}

/** A user of the files with what they grant on that day. */
export interface Entitlement {
  readonly user: DesiredUser;
  /** Null when the files ask for no access (any more); `ended` says why. */
  readonly roles: readonly Role[] | null;
  readonly held: readonly EntitledRole[];
  /** The earliest last day of the held roles. */
  readonly until: Day | null;
  /** What was granted and has expired, sorted. */
  readonly ended: readonly Ended[];
}

interface Ended {
  /** Null for the whole access, and for a role that does not exist any more. */
  readonly role: Role | null;
  readonly reason: Extract<Reason, { code: "access-expired" | "role-expired" }>;
}

export function resolveEntitlement(user: DesiredUser, book: RoleBook, asOf: Day): Entitlement {
  if (user.expires !== null && hasEnded(user.expires, asOf)) {
    const reason = { code: "access-expired", on: user.expires } as const;
    return { user, roles: null, held: [], until: null, ended: [{ role: null, reason }] };
  }
  // An expired grant counts as absent: its role need not exist any more.
  const held = heldRoles(liveGrants(user, asOf), book, user.expires);
  return {
    user,
    roles: held.length === 0 ? null : sortRoles(held.map(({ role }) => role)),
    held,
    until: held.map(({ until }) => until).reduce(earlier, null),
    ended: endedRoles(
      user.grants.filter(({ expires }) => hasEnded(expires, asOf)),
      held,
      book,
    ),
  };
}

/** Expired roles, each once with its latest day, except those that another grant still gives. */
function endedRoles(
  over: readonly Grant[],
  held: readonly EntitledRole[],
  book: RoleBook,
): readonly Ended[] {
  const byRole = new Map<string, { role: Role | null; name: string; on: Day }>();
  for (const { role: written, expires } of [...over].sort((a, b) => compareText(a.role, b.role))) {
    const role = book.find(written);
    if (expires === null) continue;
    if (held.some((one) => one.role.id === role?.id)) continue;
    const key = role?.id ?? nameKey(written);
    const known = byRole.get(key);
    if (known === undefined) byRole.set(key, { role, name: role?.name ?? written, on: expires });
    else known.on = later(known.on, expires) ?? expires;
  }
  return [...byRole.values()]
    .map(({ role, name, on }) => ({
      role,
      reason: { code: "role-expired", role: name, on } as const,
    }))
    .sort((a, b) => compareText(a.reason.role, b.reason.role));
}

function heldRoles(
  live: readonly Grant[],
  book: RoleBook,
  userExpires: Day | null,
): readonly EntitledRole[] {
  const byRole = new Map<string, { role: Role; grants: Grant[] }>();
  for (const grant of live) {
    const role = book.resolve(grant.role, grant.place);
    if (role === null) continue; // the problem was reported, so there is no plan
    const entry = byRole.get(role.id);
    if (entry === undefined) byRole.set(role.id, { role, grants: [grant] });
    else entry.grants.push(grant);
  }
  return [...byRole.values()].map(({ role, grants }) => ({
    role,
    grants,
    until: earlier(grants.map(({ expires }) => expires).reduce(later), userExpires),
  }));
}
