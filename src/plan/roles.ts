/**
 * Role names → roles of the organization (an unknown or ambiguous name is a problem), and names for roles that
 * cannot be listed.
 */
import { groupBy } from "../model/group-by.ts";
import type { CurrentState, Role } from "../model/current.ts";
import { type DesiredOrganization, isUuid, nameKey, type RoleAlias } from "../model/desired.ts";
import { nameFinder } from "../model/nearest-name.ts";
import { type Problem, problemAt } from "../model/problem.ts";
import { compareText, type Place } from "../model/place.ts";

export interface RoleBook {
  /** The role with this name, alias or id; null after a problem was reported. */
  readonly resolve: (written: string, place: Place) => Role | null;
  /** As `resolve`, without reporting a problem. */
  readonly find: (written: string) => Role | null;
  /** By id; a role that List Roles does not know keeps its id as its name. */
  readonly byId: (id: string) => Role;
  /** The role of the deprecated `role` field, which holds a name in lower case. */
  readonly byLegacyName: (name: string) => Role | null;
  readonly problems: readonly Problem[];
}

/** Sorted by name without regard to case, then id; none twice. */
export function sortRoles(roles: Iterable<Role>): readonly Role[] {
  const unique = new Map([...roles].map((role) => [role.id, role]));
  return [...unique.values()].sort(
    (a, b) =>
      compareText(nameKey(a.name), nameKey(b.name)) ||
      compareText(a.name, b.name) ||
      compareText(a.id, b.id),
  );
}

export function sameRoles(a: readonly Role[], b: readonly Role[]): boolean {
  const ids = new Set(a.map((role) => role.id));
  return ids.size === new Set(b.map((role) => role.id)).size && b.every((role) => ids.has(role.id));
}

export function hasRole(roles: readonly Role[] | null, role: Role): boolean {
  return roles !== null && roles.some(({ id }) => id === role.id);
}

/**
 * The known roles. Where the key may not list roles, these are the ids in the files and of users, named as in the
 * files, else by the id itself.
 */
export function knownRoles(
  { roles, users }: Pick<CurrentState, "roles" | "users">,
  named: readonly Role[],
): readonly Role[] {
  if (roles !== null) return roles;
  const known = new Map<string, Role>();
  for (const { id, name } of named) if (!known.has(id)) known.set(id, { id, name });
  for (const id of users.flatMap(({ roleIds }) => roleIds ?? [])) {
    if (!known.has(id)) known.set(id, { id, name: id });
  }
  return [...known.values()];
}

/** `listed`: the roles are all that the organization has, rather than the ones that are known. */
export function roleBook(
  desired: Pick<DesiredOrganization, "aliases">,
  roles: readonly Role[],
  listed = true,
): RoleBook {
  const byId = new Map(roles.map((role) => [role.id, role]));
  const byName = groupBy(byId.values(), ({ name }) => nameKey(name));
  const aliases = new Map(desired.aliases.map((alias) => [nameKey(alias.name), alias]));
  const problems: Problem[] = [];
  const known = roles.map(({ name }) => name);
  const findNear = nameFinder([...desired.aliases.map(({ name }) => name), ...known]);

  const aliased = (alias: RoleAlias): Role | null => {
    const role = byId.get(alias.id);
    if (role === undefined) {
      problems.push(
        problemAt(alias.place, "unknown-role-id", { name: alias.name, id: alias.id, known }),
      );
      return null;
    }
    const namesakes = meantBy(alias.name);
    if (namesakes.length > 0 && !namesakes.includes(role)) {
      const values = { name: alias.name, actual: role.name };
      problems.push(problemAt(alias.place, "misleading-role-name", values));
      return null;
    }
    return role;
  };

  /** All roles with this name or id: a role's name may equal another role's id. */
  const meantBy = (written: string): readonly Role[] => {
    const named = byName.get(nameKey(written)) ?? [];
    const withId = byId.get(written);
    return withId === undefined || named.includes(withId) ? named : [...named, withId];
  };

  const named = (written: string, place: Place): Role | null => {
    const found = meantBy(written);
    const [only, second] = found;
    if (second !== undefined) {
      const ids = found.map(({ id }) => id).sort(compareText);
      problems.push(problemAt(place, "ambiguous-role", { name: written, ids }));
      return null;
    }
    if (only !== undefined) return only;
    // Unknown id, held by no user: it may still exist. An unknown name cannot be resolved.
    if (!listed && isUuid(written) && written === written.toLowerCase())
      return { id: written, name: written };
    problems.push(
      listed
        ? problemAt(place, "unknown-role", { name: written, near: findNear(written), known })
        : problemAt(place, "role-without-id", { name: written }),
    );
    return null;
  };

  const resolved = new Map<string, Role | null>();
  return {
    resolve(written, place) {
      const known = resolved.get(written);
      if (known !== undefined) return known;
      const alias = aliases.get(nameKey(written));
      const role = alias === undefined ? named(written, place) : aliased(alias);
      // A wrong alias is one problem, at the alias; a wrong name is one wherever it is written.
      if (role !== null || alias !== undefined) resolved.set(written, role);
      return role;
    },
    find(written) {
      const alias = aliases.get(nameKey(written));
      if (alias !== undefined) return byId.get(alias.id) ?? null;
      const [only, second] = meantBy(written);
      return second === undefined ? (only ?? null) : null;
    },
    byId: (id) => byId.get(id) ?? { id, name: id },
    byLegacyName: (name) => {
      const found = byName.get(nameKey(name)) ?? [];
      return found.length === 1 ? (found[0] ?? null) : null;
    },
    problems,
  };
}

export interface NamedState extends CurrentState {
  readonly roles: readonly Role[];
  /** True where the names come from Polytomic; otherwise the file must give each role its id. */
  readonly listed: boolean;
}

/** Where the roles cannot be listed: the file's own names, and placeholders (`role-1`) for the others. */
export function nameRoles(state: CurrentState, aliases: readonly RoleAlias[]): NamedState {
  if (state.roles !== null) return { ...state, roles: state.roles, listed: true };
  const roles = knownRoles(state, aliases);
  const named = new Set(aliases.map(({ id }) => id));
  const taken = new Set(aliases.map(({ name }) => nameKey(name)));
  const admin = taken.has("admin") ? null : findAdminId(state);
  // The schema takes no other ids under `roles:`.
  const nameless = roles
    .filter(({ id }) => !named.has(id) && id !== admin && isUuid(id))
    .sort((a, b) => holders(b, state) - holders(a, state) || compareText(a.id, b.id));
  const placeholders = new Map<string, string>(admin === null ? [] : [[admin, "Admin"]]);
  let number = 0;
  for (const { id } of nameless) {
    do number += 1;
    while (taken.has(`role-${number}`));
    placeholders.set(id, `role-${number}`);
  }
  return {
    ...state,
    listed: false,
    roles: roles.map(({ id, name }) => ({ id, name: placeholders.get(id) ?? name })),
  };
}

function holders({ id }: Role, { users }: CurrentState): number {
  return users.filter(({ roleIds }) => roleIds?.includes(id)).length;
}

/** The one role that all users with the legacy role `admin` have; null where that is not exactly one. */
function findAdminId({ users }: CurrentState): string | null {
  const admins = users.filter(({ legacyRole }) => nameKey(legacyRole ?? "") === "admin");
  const [first, ...others] = admins.map(({ roleIds }) => roleIds ?? []);
  const common = (first ?? []).filter((id) => others.every((ids) => ids.includes(id)));
  const [only, second] = common;
  return only !== undefined && second === undefined && isUuid(only) ? only : null;
}
