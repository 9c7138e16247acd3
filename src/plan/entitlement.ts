/** What the files entitle one person to on a given day, and what has ended. */
import type { Role } from "../model/current.ts";
import { type Day, type DesiredUser, type Grant, nameKey } from "../model/desired.ts";
import { compareText } from "../model/problem.ts";
import { earlier, hasEnded, later } from "./days.ts";
import { type RoleBook, sortedRoles } from "./roles.ts";

export interface EntitledRole {
  readonly role: Role;
  /** The grants that hold it up: at least one. */
  readonly grants: readonly Grant[];
  /** Its last day: of its longest grant, and not after the person's own. */
  readonly until: Day | null;
}

export interface Entitlement {
  /** Null when the files ask for no access (any more); `ended` says why. */
  readonly roles: readonly Role[] | null;
  readonly held: readonly EntitledRole[];
  /** The first last day among all that is held. */
  readonly until: Day | null;
  /** What was granted and is not any more, by what it says. */
  readonly ended: readonly Ended[];
}

interface Ended {
  /** Null for the whole access, and for a role that does not exist any more. */
  readonly role: Role | null;
  /** `access ended 2026-10-31`, `Billing ended 2026-12-31` */
  readonly says: string;
}

export function entitlementOf(user: DesiredUser, book: RoleBook, asOf: Day): Entitlement {
  if (hasEnded(user.expires, asOf)) {
    const ended = [{ role: null, says: `access ended ${user.expires}` }];
    return { roles: null, held: [], until: null, ended };
  }
  // What has ended counts as absent: its role need not even exist any more.
  const live = user.grants.filter(({ expires }) => !hasEnded(expires, asOf));
  const held = heldRoles(live, book, user.expires);
  return {
    roles: held.length === 0 ? null : sortedRoles(held.map(({ role }) => role)),
    held,
    until: held.map(({ until }) => until).reduce(earlier, null),
    ended: endedRoles(
      user.grants.filter(({ expires }) => hasEnded(expires, asOf)),
      held,
      book,
    ),
  };
}

/** Each role once, with the last of its days; none that another grant still holds up. */
function endedRoles(
  over: readonly Grant[],
  held: readonly EntitledRole[],
  book: RoleBook,
): readonly Ended[] {
  const byRole = new Map<string, { role: Role | null; name: string; on: Day | null }>();
  for (const { role: written, expires } of [...over].sort((a, b) => compareText(a.role, b.role))) {
    const role = book.find(written);
    if (held.some((one) => one.role.id === role?.id)) continue;
    const key = role?.id ?? nameKey(written);
    const known = byRole.get(key);
    if (known === undefined) byRole.set(key, { role, name: role?.name ?? written, on: expires });
    else known.on = later(known.on, expires);
  }
  return [...byRole.values()]
    .map(({ role, name, on }) => ({ role, says: `${name} ended ${on}` }))
    .sort((a, b) => compareText(a.says, b.says));
}

function heldRoles(
  live: readonly Grant[],
  book: RoleBook,
  personEnds: Day | null,
): readonly EntitledRole[] {
  const byRole = new Map<string, { role: Role; grants: Grant[] }>();
  for (const grant of live) {
    const role = book.resolve(grant.role, grant.place);
    if (role === null) continue; // the book has noted the problem, and there will be no plan
    const entry = byRole.get(role.id);
    if (entry === undefined) byRole.set(role.id, { role, grants: [grant] });
    else entry.grants.push(grant);
  }
  return [...byRole.values()].map(({ role, grants }) => ({
    role,
    grants,
    until: earlier(grants.map(({ expires }) => expires).reduce(later), personEnds),
  }));
}
