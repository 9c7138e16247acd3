/** Names of roles → roles of the organization. An unknown or ambiguous name is a problem, never a guess. */
import leven from "leven";
import type { CurrentState, Role } from "../model/current.ts";
import { type DesiredOrganization, nameKey, type RoleAlias } from "../model/desired.ts";
import { compareText, type Place, type Problem } from "../model/problem.ts";

export interface RoleBook {
  /** The role that is meant, or null, and then a problem has been noted. */
  readonly resolve: (written: string, place: Place) => Role | null;
  /** As `resolve`, for what need not exist: null notes no problem. */
  readonly find: (written: string) => Role | null;
  /** By id; a role that List Roles does not know keeps its id as its name. */
  readonly byId: (id: string) => Role;
  /** The role of the deprecated `role` field, which holds a name in lower case. */
  readonly byLegacyName: (name: string) => Role | null;
  readonly problems: readonly Problem[];
}

/** Sorted by name without regard to case, then id; none twice. */
export function sortedRoles(roles: Iterable<Role>): readonly Role[] {
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
 * The roles as far as they are known. Where the key may not list them, these are the ids that the files name and
 * that users have, by the files' names or by the id itself.
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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `listed`: the roles are all that the organization has, rather than the ones that are known. */
export function roleBook(
  desired: Pick<DesiredOrganization, "aliases">,
  roles: readonly Role[],
  listed = true,
): RoleBook {
  const byId = new Map(roles.map((role) => [role.id, role]));
  const byName = groupByName(byId.values());
  const aliases = new Map(desired.aliases.map((alias) => [nameKey(alias.name), alias]));
  const problems: Problem[] = [];
  const note = (place: Place, code: string, message: string): null => {
    problems.push({ place, code, message });
    return null;
  };

  const aliased = (alias: RoleAlias): Role | null => {
    const role = byId.get(alias.id);
    if (role === undefined) {
      return note(
        alias.place,
        "unknown-role-id",
        `the organization has no role with the id ${alias.id} (named "${alias.name}" here): correct the id${available(roles)}`,
      );
    }
    const namesakes = meantBy(alias.name);
    if (namesakes.length > 0 && !namesakes.includes(role)) {
      return note(
        alias.place,
        "misleading-role-name",
        `"${alias.name}" is the name of another role in the organization, but this id is the role "${role.name}": choose a name that cannot be mistaken`,
      );
    }
    return role;
  };

  /** All that go by this name or id: a role may be called what another's id is. */
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
      return note(
        place,
        "ambiguous-role",
        `${found.length} roles go by "${written}" (${ids.join(", ")}): give the one that is meant a name under roles:, with its id`,
      );
    }
    if (only === undefined && !listed) return unlisted(written, place);
    return only ?? unknown(written, place);
  };

  /** Nobody has it, and no file names it: an id may still be a role's, a name tells nothing. */
  const unlisted = (written: string, place: Place): Role | null => {
    if (UUID.test(written)) return { id: written, name: written };
    return note(
      place,
      "role-without-id",
      `"${written}" has no id here, and this key may not list roles: write it under roles:, as ${written}: ID (polytomic-users roles --output yaml, with an API key of this organization, prints the ids)`,
    );
  };

  const unknown = (written: string, place: Place): null =>
    note(
      place,
      "unknown-role",
      `the organization has no role "${written}"${nearest(written, [...aliases.values(), ...roles])}`,
    );

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

function groupByName(roles: Iterable<Role>): Map<string, Role[]> {
  const groups = new Map<string, Role[]>();
  for (const role of roles) {
    const group = groups.get(nameKey(role.name));
    if (group === undefined) groups.set(nameKey(role.name), [role]);
    else group.push(role);
  }
  return groups;
}

function nearest(written: string, candidates: readonly { name: string }[]): string {
  // Never the whole of a short name: "QA" is not nearly "CS".
  const limit = Math.min(written.length - 1, Math.max(2, Math.floor(written.length / 3)));
  const near = [...new Set(candidates.map(({ name }) => name))]
    .map((name) => ({ name, distance: leven(nameKey(written), nameKey(name)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || compareText(a.name, b.name))[0];
  return near === undefined ? available(candidates) : `; did you mean "${near.name}"?`;
}

const NAMED_AT_MOST = 12;

function available(roles: readonly { name: string }[]): string {
  const names = [...new Set(roles.map(({ name }) => name))].sort(compareText);
  if (names.length === 0) return "; it has no roles at all";
  const more = names.length - NAMED_AT_MOST;
  const shown = names.slice(0, NAMED_AT_MOST).map((name) => `"${name}"`);
  return `; it has ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
