/** `revoke`: the new entry of one user. Pure. */
import { type Grant, nameKey } from "../model/desired.ts";
import { addDays, type Day, hasEnded, later } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import type { GroupEntry, RoleEntry } from "../config/raw-file.ts";
import {
  groupOf,
  type Outcome,
  patchUser,
  roleEntry,
  roleKeys,
  roleOf,
  type Site,
  untilText,
} from "./users-file.ts";
import { pathAndLine } from "../model/text.ts";

/** All access, or some roles. */
export function revoke(
  site: Site,
  roles: readonly string[],
  asOf: Day,
  keepsUnmanaged: boolean,
): Outcome {
  const { user, entry } = site;
  const { email } = user;
  if (roles.length === 0)
    return entryless(site, asOf, keepsUnmanaged, [`${email}: all access revoked`]);
  const keyOf = roleKeys(site.organization);
  const revoked = new Set(roles.map(keyOf));
  const live = user.grants.filter(({ expires }) => !hasEnded(expires, asOf));
  const missing = roles.filter(
    (role) =>
      !live.some((one) => keyOf(one.role) === keyOf(role)) &&
      !(entry.roles ?? []).some((one) => keyOf(roleOf(one).role) === keyOf(role)),
  );
  if (missing.length > 0) {
    const has = [...new Set(live.map((one) => one.role))].join(", ");
    throw new Failure(`${email} does not have ${missing.join(", ")} (${pathAndLine(user.place)})`, {
      hint: has === "" ? "all access of this user has expired" : `the files grant ${has}`,
    });
  }
  const notes = roles.map((role) => `${email}: ${role} revoked`);
  const grantsOf = (group: string): readonly Grant[] =>
    live.filter((one) => one.group !== null && nameKey(one.group) === nameKey(group));
  const gives = (one: GroupEntry): boolean =>
    grantsOf(groupOf(one).group).some(({ role }) => revoked.has(keyOf(role)));
  const kept = (entry.groups ?? []).filter((one) => !gives(one));
  const given = kept.flatMap((one) => grantsOf(groupOf(one).group));
  let direct: readonly RoleEntry[] = (entry.roles ?? []).filter(
    (one) => !revoked.has(keyOf(roleOf(one).role)),
  );
  for (const membership of (entry.groups ?? []).filter(gives)) {
    const { group } = groupOf(membership);
    const others = grantsOf(group).filter(({ role }) => !revoked.has(keyOf(role)));
    for (const { role, expires } of others) {
      const isGiven = given.some(
        (one) => keyOf(one.role) === keyOf(role) && later(one.expires, expires) === one.expires,
      );
      if (!isGiven) direct = withRoleUntil(direct, role, expires, keyOf);
    }
    const names = others.map(({ role, expires }) => `${role}${untilText(expires)}`);
    const rest =
      names.length === 0 ? "" : ` and is replaced by its other roles: ${names.join(", ")}`;
    const which = roles.filter((role) =>
      grantsOf(group).some((one) => keyOf(one.role) === keyOf(role)),
    );
    notes.push(
      `${which.join(", ")} came from the group ${group}: the membership of ${email} is removed${rest}`,
    );
  }
  if (kept.length + direct.length === 0) return entryless(site, asOf, keepsUnmanaged, notes);
  const patch = {
    groups: kept.length === 0 ? undefined : kept,
    roles: direct.length === 0 ? undefined : direct,
  };
  return { entry: patchUser(entry, patch), notes };
}

function withRoleUntil(
  roles: readonly RoleEntry[],
  role: string,
  expires: Day | null,
  keyOf: (role: string) => string,
): readonly RoleEntry[] {
  const at = roles.findIndex((one) => keyOf(roleOf(one).role) === keyOf(role));
  const written = roles[at];
  if (written === undefined) return [...roles, roleEntry(role, expires)];
  const before = roleOf(written);
  if (later(before.expires, expires) === before.expires) return roles;
  return roles.with(at, roleEntry(before.role, expires));
}

/** Under `unmanaged: keep` the entry must stay, expired: without it the user would keep the access. */
function entryless(
  { entry, user }: Site,
  asOf: Day,
  keepsUnmanaged: boolean,
  notes: readonly string[],
): Outcome {
  if (!keepsUnmanaged) return { entry: null, notes };
  if (hasEnded(user.expires, asOf)) {
    return { entry, notes: [`the access of ${user.email} has already expired (${user.expires})`] };
  }
  const yesterday = addDays(asOf, -1);
  return {
    entry: patchUser(entry, { expires: yesterday }),
    notes: [
      ...notes,
      `${user.email} keeps an entry that expired on ${yesterday}, because policy.unmanaged is keep and a user without an entry keeps all access; delete the entry after the apply`,
    ],
  };
}
