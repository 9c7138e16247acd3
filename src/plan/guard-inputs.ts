/** What the guards need to know of an organization beside the changes, and what the plan saw of its people. */
import type { CurrentState, Role } from "../model/current.ts";
import type { SeenUser, Situation } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import { matcherOf } from "../model/patterns.ts";
import { type CurrentPeople, listedCaller } from "./current-users.ts";
import { hasRole } from "./roles.ts";

/** Everybody, sorted by address. */
export function seenUsers(people: CurrentPeople): readonly SeenUser[] {
  return [...people.byEmail.values()]
    .map(({ email, id, roles }) => ({
      email,
      userId: id,
      roleIds: roles.map((role) => role.id).sort(compareText),
    }))
    .sort((a, b) => compareText(a.email, b.email));
}

export function situationOf(
  current: CurrentState,
  people: CurrentPeople,
  policy: Situation["policy"],
  adminRole: Role,
): Situation {
  const everybody = [...people.byEmail.values()];
  const ignored = matcherOf(policy.ignore);
  return {
    adminRole,
    policy: {
      ignore: policy.ignore,
      protected: policy.protected,
      maxRemovals: policy.maxRemovals,
      maxRoleChanges: policy.maxRoleChanges,
      minAdmins: policy.minAdmins,
      limitPlaces: policy.limitPlaces,
    },
    users: everybody.filter(({ email }) => !ignored(email)).length,
    admins: everybody
      .filter(({ email, roles }) => hasRole(roles, adminRole) && !ignored(email))
      .map(({ email }) => email)
      .sort(compareText),
    callerId: listedCaller(current)?.id ?? null,
    implausible: people.implausible,
  };
}
