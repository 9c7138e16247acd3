/** Grants, revokes and renames: the new entry of one user. Pure. */
import {
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  type Grant,
  nameKey,
} from "../model/desired.ts";
import { addDays, type Day, hasEnded, later } from "../model/days.ts";
import { nearestName } from "../model/nearest-name.ts";
import { Failure } from "../model/failure.ts";
import { matcherOf } from "../model/patterns.ts";
import {
  type GroupEntry,
  groupEntry,
  groupOf,
  patchUser,
  roleEntry,
  type RoleEntry,
  roleOf,
  type UserEntry,
} from "./users-file.ts";

/** An entry as it stands in the files of an organization. */
export interface Site {
  readonly organization: DesiredOrganization;
  readonly user: DesiredUser;
  readonly entry: UserEntry;
}

export interface Outcome {
  /** Null where the entry is removed. */
  readonly entry: UserEntry | null;
  /** What was done, or why nothing was, a sentence each. */
  readonly notes: readonly string[];
}

export interface Granting {
  readonly email: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** The last day; null is for ever, undefined leaves it as it is. */
  readonly expires: Day | null | undefined;
  readonly reason: string | null;
}

const none: readonly never[] = [];

/** With a site: what is there already stays as it is. */
export function grant(wanted: Granting, site: Site | null, asOf: Day): Outcome {
  if (site === null) return newEntry(wanted);
  const { user, entry } = site;
  const { email, roles, groups, expires, reason } = wanted;
  const notes: string[] = [];
  const grantsNothing = roles.length === 0 && groups.length === 0;
  if (!grantsNothing && hasEnded(user.expires, asOf)) {
    throw new Failure(
      `all access of ${email} expired on ${user.expires} (${placeOf(user)}), so a grant would have no effect`,
      { hint: `set a later expiry first: polytomic-users grant ${email} --expires DATE` },
    );
  }
  let newRoles = entry.roles ?? none;
  for (const role of roles) newRoles = withRole(role, newRoles, wanted, site, asOf, notes);
  let newGroups = entry.groups ?? none;
  for (const group of groups) newGroups = withGroup(group, newGroups, wanted, asOf, notes);
  const patch = {
    ...(newRoles === (entry.roles ?? none) ? {} : { roles: newRoles }),
    ...(newGroups === (entry.groups ?? none) ? {} : { groups: newGroups }),
    ...(grantsNothing && expires !== undefined ? { expires: expires ?? undefined } : {}),
    ...(reason === null ? {} : { reason }),
  };
  if (grantsNothing && expires !== undefined) {
    const already = (entry.expires ?? null) === expires;
    notes.push(`${email}: all access ${already ? "already " : ""}expires ${dayText(expires)}`);
  } else if (
    user.expires !== null &&
    (newRoles !== (entry.roles ?? none) || newGroups !== (entry.groups ?? none)) &&
    later(user.expires, expires ?? null) !== user.expires
  ) {
    notes.push(
      `all access of ${email} expires on ${user.expires} (${placeOf(user)}); to change that: polytomic-users grant ${email} --expires DATE`,
    );
  }
  if (reason !== null && reason === entry.reason) notes.push(`${email} already has this reason`);
  return { entry: patchUser(entry, patch), notes };
}

function newEntry({ email, roles, groups, expires, reason }: Granting): Outcome {
  if (roles.length === 0 && groups.length === 0) {
    throw new Failure(`${email} is not in the files yet`, { hint: "pass --role or --group" });
  }
  const day = expires ?? null;
  return {
    entry: {
      email,
      ...(groups.length === 0 ? {} : { groups: groups.map((one) => groupEntry(one, day)) }),
      ...(roles.length === 0 ? {} : { roles: roles.map((one) => roleEntry(one, day)) }),
      ...(reason === null ? {} : { reason }),
    },
    notes: [
      `${email}: new user with ${[...groups.map((one) => `group ${one}`), ...roles].join(", ")}${untilText(day)}`,
    ],
  };
}

function withRole(
  role: string,
  roles: readonly RoleEntry[],
  { email, expires }: Granting,
  { user, organization }: Site,
  asOf: Day,
  notes: string[],
): readonly RoleEntry[] {
  const keyOf = roleKeys(organization);
  const at = roles.findIndex((one) => keyOf(roleOf(one).role) === keyOf(role));
  const written = roles[at];
  if (written !== undefined) {
    const { role: name, expires: before } = roleOf(written);
    const wanted = wantedDay(before, expires, asOf);
    if (wanted === before) {
      notes.push(`${email} already has ${name}${untilText(before)}`);
      return roles;
    }
    notes.push(`${email}: ${name}${untilText(wanted) || ", no expiry"}`);
    return roles.with(at, roleEntry(name, wanted));
  }
  const wanted = expires ?? null;
  const through = user.grants.filter(
    (one) => one.group !== null && keyOf(one.role) === keyOf(role) && !hasEnded(one.expires, asOf),
  );
  const best = through.find(
    (one) => expires === undefined || later(one.expires, wanted) === one.expires,
  );
  if (best !== undefined) {
    notes.push(
      `${email} already has ${best.role} through the group ${best.group}${untilText(best.expires)}`,
    );
    return roles;
  }
  notes.push(`${email}: ${role}${untilText(wanted)}`);
  return [...roles, roleEntry(role, wanted)];
}

function withGroup(
  group: string,
  groups: readonly GroupEntry[],
  { email, expires }: Granting,
  asOf: Day,
  notes: string[],
): readonly GroupEntry[] {
  const at = groups.findIndex((one) => nameKey(groupOf(one).group) === nameKey(group));
  const written = groups[at];
  if (written === undefined) {
    notes.push(`${email}: group ${group}${untilText(expires ?? null)}`);
    return [...groups, groupEntry(group, expires ?? null)];
  }
  const { group: name, expires: before } = groupOf(written);
  const wanted = wantedDay(before, expires, asOf);
  if (wanted === before) {
    notes.push(`${email} is already in the group ${name}${untilText(before)}`);
    return groups;
  }
  notes.push(`${email}: group ${name}${untilText(wanted) || ", no expiry"}`);
  return groups.with(at, groupEntry(name, wanted));
}

/** A day that is not given stays as it is, unless it has passed. */
function wantedDay(before: Day | null, expires: Day | null | undefined, asOf: Day): Day | null {
  if (expires !== undefined) return expires;
  return hasEnded(before, asOf) ? null : before;
}

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
    throw new Failure(`${email} does not have ${missing.join(", ")} (${placeOf(user)})`, {
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

/** Where users who are not in the files keep their access, an entry without access has to stay. */
function entryless(
  { entry, user }: Site,
  asOf: Day,
  keepsUnmanaged: boolean,
  notes: readonly string[],
): Outcome {
  if (!keepsUnmanaged) return { entry: null, notes };
  if (hasEnded(user.expires, asOf)) {
    return { entry, notes: [`the access of ${user.email} already expired on ${user.expires}`] };
  }
  const yesterday = addDays(asOf, -1);
  return {
    entry: patchUser(entry, { expires: yesterday }),
    notes: [
      ...notes,
      `policy.unmanaged is keep, so without an entry ${user.email} would keep all access: the entry stays and expires on ${yesterday}; remove it after the apply`,
    ],
  };
}

export function rename(site: Site, address: string): Outcome {
  const { entry, organization } = site;
  if (emailKey(entry.email) === emailKey(address)) {
    const same = entry.email === address;
    return {
      entry: patchUser(entry, { email: address }),
      notes: [
        same ? `${address} already has this address` : `${entry.email} is now written ${address}`,
      ],
    };
  }
  const { previously } = entry;
  if (previously !== undefined && emailKey(previously) !== emailKey(address)) {
    throw new Failure(
      `${entry.email} was renamed from ${previously} (${placeOf(site.user)}), and an entry can have only one former address`,
      { hint: "apply that rename first, then remove previously from the entry" },
    );
  }
  return {
    entry: patchUser(entry, { email: address, previously: entry.email }),
    notes: [
      `${entry.email} renamed to ${address}`,
      ...(matcherOf(organization.policy.protected)(entry.email)
        ? [
            `policy.protected matches ${entry.email}: apply refuses to remove it until that pattern is changed`,
          ]
        : []),
    ],
  };
}

/** The name of a role or group as the files spell it already, with what to say about one that they do not have. */
export function spelled(
  name: string,
  kind: "role" | "group",
  organizations: readonly DesiredOrganization[],
): { readonly name: string; readonly notes: readonly string[] } {
  const known = new Set(
    organizations.flatMap(({ aliases, policy, users }) => [
      ...users.flatMap(({ grants }) =>
        grants.map((one) => (kind === "role" ? one.role : (one.group ?? ""))),
      ),
      ...(kind === "role" ? [policy.adminRole, ...aliases.map((one) => one.name)] : []),
    ]),
  );
  const same = [...known].find((one) => nameKey(one) === nameKey(name));
  if (same !== undefined || kind === "group") return { name: same ?? name, notes: [] };
  const near = nearestName(name, known);
  const notes = [
    `no other entry has the role ${name}; did you mean ${near}? (plan checks role names)`,
  ];
  return { name, notes: near === null ? [] : notes };
}

/** Roles compare by the id that the files give a name, else by the name. */
function roleKeys({ aliases }: DesiredOrganization): (role: string) => string {
  const ids = new Map(aliases.map(({ name, id }) => [nameKey(name), nameKey(id)]));
  return (role) => ids.get(nameKey(role)) ?? nameKey(role);
}

function placeOf({ place }: DesiredUser): string {
  return `${place.path}:${place.line}`;
}

function untilText(day: Day | null): string {
  return day === null ? "" : ` until ${day}`;
}

function dayText(day: Day | null): string {
  return day === null ? "never" : `on ${day}`;
}
