/** The roles of one organization and how many users hold each; only the ids held if the key may not list roles. */
import { hasRole, nameRoles, roleBook } from "../plan/roles.ts";
import type { CountedRole, CurrentState, Role, RoleList } from "../model/current.ts";
import { nameKey } from "../model/desired.ts";
import { compareText } from "../model/place.ts";
import { indexCurrentUsers } from "../plan/current-users.ts";

export function countRoles(state: CurrentState): RoleList {
  const { roles, listed } = nameRoles(state, []);
  const users = [...indexCurrentUsers(state, roleBook({ aliases: [] }, roles)).byEmail.values()];
  const counted = roles.map((role): CountedRole => {
    return {
      id: role.id,
      name: listed ? role.name : null,
      placeholder: listed || role.name === role.id ? null : role.name,
      users: users.filter((user) => hasRole(user.roles, role)).length,
      legacyName: legacyNameOf(role, state),
    };
  });
  return {
    organization: state.organization,
    listed,
    roles: counted.sort(listed ? byName : byUse),
    users: state.users.length,
  };
}

function legacyNameOf({ id }: Role, { users }: CurrentState): string | null {
  const names = users
    .filter(({ roleIds }) => roleIds?.length === 1 && roleIds[0] === id)
    .map(({ legacyRole }) => legacyRole);
  const [first = null, ...others] = [...new Set(names)];
  return others.length === 0 ? first : null;
}

function byName(a: CountedRole, b: CountedRole): number {
  const [left, right] = [a.name ?? "", b.name ?? ""];
  return compareText(nameKey(left), nameKey(right)) || compareText(a.id, b.id);
}

function byUse(a: CountedRole, b: CountedRole): number {
  return b.users - a.users || compareText(a.id, b.id);
}
