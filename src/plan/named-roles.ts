/** The roles of an organization by names that a file can have, also where the key may not list them. */
import type { CurrentState, Role } from "../model/current.ts";
import { nameKey, type RoleAlias } from "../model/desired.ts";
import { compareText } from "../model/problem.ts";
import { knownRoles } from "./roles.ts";

export interface NamedState extends CurrentState {
  readonly roles: readonly Role[];
  /** Whether the names are Polytomic's; else each role needs its id in the file. */
  readonly listed: boolean;
}

/** Where the roles cannot be listed: the file's own names, and placeholders (`role-1`) for the others. */
export function namedState(state: CurrentState, aliases: readonly RoleAlias[]): NamedState {
  if (state.roles !== null) return { ...state, roles: state.roles, listed: true };
  const roles = knownRoles(state, aliases);
  const named = new Set(aliases.map(({ id }) => id));
  const taken = new Set(aliases.map(({ name }) => nameKey(name)));
  const admin = taken.has("admin") ? null : adminIdOf(state);
  const nameless = roles
    .filter(({ id }) => !named.has(id) && id !== admin && isAliasId(id))
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

/** The schema takes no other ids under `roles:`. */
export function isAliasId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function holders({ id }: Role, { users }: CurrentState): number {
  return users.filter(({ roleIds }) => roleIds?.includes(id)).length;
}

/** The one role that all users with the legacy role `admin` have; null where that is not exactly one. */
function adminIdOf({ users }: CurrentState): string | null {
  const admins = users.filter(({ legacyRole }) => nameKey(legacyRole ?? "") === "admin");
  const [first, ...others] = admins.map(({ roleIds }) => roleIds ?? []);
  const common = (first ?? []).filter((id) => others.every((ids) => ids.includes(id)));
  const [only, second] = common;
  return only !== undefined && second === undefined && isAliasId(only) ? only : null;
}
