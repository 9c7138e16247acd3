/** Which role `policy.admin_role` names: every plan needs one that exists, and the default is called Admin. */
import type { Role } from "../model/current.ts";
import { nameKey } from "../model/desired.ts";
import type { CurrentPerson } from "../plan/current-users.ts";
import { hasRole, sortedRoles } from "../plan/roles.ts";

export interface AdminRole {
  readonly role: Role;
  /** Whether the file must name it, and then why; null where the default does. */
  readonly why: string | null;
}

/** Null where the organization has no roles at all. */
export function adminRoleOf(
  roles: readonly Role[],
  people: readonly CurrentPerson[],
): AdminRole | null {
  const named = roles.filter(({ name }) => nameKey(name) === "admin");
  const [only, second] = named;
  if (only !== undefined && second === undefined) return { role: only, why: null };
  if (only !== undefined) {
    const role = mostHeld(named, people);
    return role === null
      ? null
      : { role, why: `${named.length} roles are named Admin: is this the one that counts?` };
  }
  const alike = roles.filter(({ name }) => nameKey(name).includes("admin"));
  const role = mostHeld(alike.length > 0 ? alike : roles, people);
  return role === null
    ? null
    : {
        role,
        why: "a guess, as no role is named Admin: name the one that counts as the admin role",
      };
}

/** The first by name among equals. */
function mostHeld(roles: readonly Role[], people: readonly CurrentPerson[]): Role | null {
  const holders = (role: Role): number => people.filter((one) => hasRole(one.roles, role)).length;
  const counted = sortedRoles(roles).map((role) => ({ role, count: holders(role) }));
  return (
    counted.reduce<(typeof counted)[number] | null>(
      (best, one) => (best === null || one.count > best.count ? one : best),
      null,
    )?.role ?? null
  );
}
