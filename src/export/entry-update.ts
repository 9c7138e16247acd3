/** `export --into`: updates the entry of one user so that it grants what the user holds. Pure. */
import { pathAndLine } from "../model/text.ts";
import type { Role } from "../model/current.ts";
import {
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  liveGrants,
  nameKey,
} from "../model/desired.ts";
import { type Day, hasEnded, later } from "../model/days.ts";
import type { Problem } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import type { CurrentUser } from "../plan/current-users.ts";
import { hasRole, type RoleBook, sameRoles, sortRoles } from "../plan/roles.ts";
import type { GroupEntry, RoleEntry, UserEntry } from "../config/raw-file.ts";
import { groupOf, patchUser, roleEntry, roleOf } from "../edit/users-file.ts";

export interface Context {
  readonly desired: DesiredOrganization;
  readonly book: RoleBook;
  readonly asOf: Day;
  /** Those that the file speaks about, by address. */
  readonly users: ReadonlyMap<string, CurrentUser>;
  readonly entries: ReadonlyMap<string, UserEntry>;
  readonly demotedTo: Role | null;
  /** What the file calls a role. */
  readonly write: (role: Role) => string;
  /** `roles:` with the names that had to be added; null without any. */
  readonly newAliases: () => Readonly<Record<string, string>> | null;
  readonly problems: Problem[];
  readonly notes: string[];
}

/** What becomes of the entry of a user. */
export type Outcome =
  | { readonly kind: "same"; readonly spokenFor: readonly string[] }
  | { readonly kind: "gone"; readonly spokenFor: readonly string[]; readonly where: string }
  | {
      readonly kind: "changed";
      readonly spokenFor: readonly string[];
      readonly where: string;
      readonly entry: UserEntry;
    };

export function updateEntry(user: DesiredUser, context: Context): Outcome {
  const email = emailKey(user.email);
  const formerKey = user.previously === null ? null : emailKey(user.previously.value);
  const current = context.users.get(email);
  const former = formerKey === null ? undefined : context.users.get(formerKey);
  const where = `${user.email} (${pathAndLine(user.place)})`;
  const entry = context.entries.get(email) ?? { email: user.email };
  if (liveGrants(user, context.asOf).length === 0) {
    if (former !== undefined) reportEndedAccess(user, former, null, user.place, context);
    if (current !== undefined && !isDemoted(current, context)) {
      reportEndedAccess(user, current, null, user.place, context);
    }
    return { kind: "same", spokenFor: [email] };
  }
  if (current !== undefined) {
    const roles = updateRoles(user, entry, current, context);
    const after = former === undefined ? roles : patchUser(roles, { previously: undefined });
    if (former !== undefined) {
      context.notes.push(
        `${user.email} and ${former.email} both exist in Polytomic: the previously: key was removed from the entry`,
      );
    }
    return after === entry
      ? { kind: "same", spokenFor: [email] }
      : {
          kind: "changed",
          spokenFor: [email],
          entry: after,
          where: `${where} has ${current.roles.map(({ name }) => name).join(", ")}`,
        };
  }
  if (former === undefined) {
    return { kind: "gone", spokenFor: [email], where: `${where} is not in Polytomic` };
  }
  context.notes.push(
    `Polytomic still has ${former.email} instead of ${user.email}: the rename was removed from the file`,
  );
  return {
    kind: "changed",
    spokenFor: [email, former.email],
    entry: patchUser(updateRoles(user, entry, former, context), {
      email: former.email,
      previously: undefined,
    }),
    where: `${where}: Polytomic still has ${former.email}`,
  };
}

/** Access that expired in the file but is still held: an owner must decide whether to end or extend it. */
function reportEndedAccess(
  user: DesiredUser,
  current: CurrentUser,
  role: Role | null,
  place: Place,
  { problems }: Context,
): void {
  const values = { holder: current.email, email: user.email, role: role?.name ?? null };
  problems.push({ place, code: "held-after-expiry", values });
}

export function isDemoted(current: CurrentUser, { demotedTo }: Context): boolean {
  return demotedTo !== null && sameRoles(current.roles, [demotedTo]);
}

/**
 * The entry with `roles` and `groups` that give what the user holds, each role as long as the file gave it. A group
 * stays where it gives nothing else, and so does a role; grants that have ended give nothing and stay too.
 */
function updateRoles(
  user: DesiredUser,
  entry: UserEntry,
  current: CurrentUser,
  context: Context,
): UserEntry {
  const { book, asOf } = context;
  const until = new Map<string, Day | null>();
  const unknown = [];
  for (const grant of user.grants.filter(({ expires }) => !hasEnded(expires, asOf))) {
    const id = book.find(grant.role)?.id;
    if (id === undefined) unknown.push(grant);
    else until.set(id, until.has(id) ? later(until.get(id) ?? null, grant.expires) : grant.expires);
  }
  for (const grant of user.grants) {
    const role = hasEnded(grant.expires, asOf) ? book.find(grant.role) : null;
    if (role === null || until.has(role.id) || !hasRole(current.roles, role)) continue;
    reportEndedAccess(user, current, role, grant.place, context);
  }
  const gained = current.roles.filter(({ id }) => !until.has(id));
  const lapsing = unknown.find(({ expires }) => expires !== null);
  if (lapsing !== undefined && gained.length > 0) {
    const { role, expires, place } = lapsing;
    const held = gained.map(({ name }) => name);
    const values = { role, expires, email: current.email, held };
    context.problems.push({ place, code: "unknown-expiring-role", values });
  }
  if (gained.length === 0 && unknown.length === 0 && until.size === current.roles.length) {
    return entry;
  }

  const holds = new Set(current.roles.map(({ id }) => id));
  const given = new Map<string, Day | null>();
  const give = (id: string, day: Day | null): void =>
    void given.set(id, given.has(id) ? later(given.get(id) ?? null, day) : day);
  const groups = (entry.groups ?? []).filter((one) => {
    const grants = user.grants.filter(
      ({ group, expires }) =>
        group !== null &&
        nameKey(group) === nameKey(groupOf(one).group) &&
        !hasEnded(expires, asOf),
    );
    const ids = grants.map(({ role }) => book.find(role)?.id);
    if (!ids.every((id) => id !== undefined && holds.has(id))) return false;
    grants.forEach(({ expires }, index) => give(ids[index] ?? "", expires));
    return true;
  });
  const idOf = (one: RoleEntry): string | undefined => book.find(roleOf(one).role)?.id;
  const isLive = (one: RoleEntry): boolean => !hasEnded(roleOf(one).expires, asOf);
  let roles = (entry.roles ?? []).filter((one) => !isLive(one) || holds.has(idOf(one) ?? ""));
  for (const one of roles) if (isLive(one)) give(idOf(one) ?? "", roleOf(one).expires);
  for (const role of sortRoles(current.roles)) {
    const day = until.get(role.id) ?? null;
    if (given.has(role.id) && later(given.get(role.id) ?? null, day) === given.get(role.id))
      continue;
    const at = roles.findIndex((one) => idOf(one) === role.id);
    const written = roles[at];
    if (written === undefined) roles = [...roles, roleEntry(context.write(role), day)];
    else roles = roles.with(at, roleEntry(roleOf(written).role, day));
  }
  return patchUser(entry, { groups: orNothing<GroupEntry>(groups), roles: orNothing(roles) });
}

function orNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
