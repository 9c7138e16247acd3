/** What a plan shows besides its changes: users already up to date, unmanaged, pending, expiring soon, and notices. */
import { emailKey, type Policy } from "../model/desired.ts";
import { addDays, ANNOUNCED_DAYS, type Day } from "../model/days.ts";
import type { CurrentState } from "../model/current.ts";
import type {
  UntouchedUser,
  Change,
  Expiring,
  KeptUser,
  Notice,
  PendingUser,
} from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import { type ChangeContext, managesRolesOnly } from "./changes.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Matcher } from "../model/patterns.ts";
import type { CurrentUsers, CurrentUser } from "./current-users.ts";

/** How many users are already up to date. */
export function countUnchanged(
  entitlements: readonly Entitlement[],
  currentUsers: CurrentUsers,
  changes: readonly Change[],
): number {
  const changed = new Set(changes.map(({ email }) => email));
  return entitlements.filter(({ user, roles }) => {
    const email = emailKey(user.email);
    return roles !== null && currentUsers.byEmail.has(email) && !changed.has(email);
  }).length;
}

/** Access and roles that expire within `ANNOUNCED_DAYS`, the earliest first. */
export function findExpiring(entitlements: readonly Entitlement[], asOf: Day): readonly Expiring[] {
  const horizon = addDays(asOf, ANNOUNCED_DAYS);
  const soon = (day: Day | null): day is Day => day !== null && day <= horizon;
  return entitlements
    .filter(({ roles }) => roles !== null)
    .flatMap(({ user, held }): Expiring[] => {
      const email = emailKey(user.email);
      const wholly = held.map(({ until }) => until).reduce((a, b) => (a === b ? a : null));
      if (soon(wholly)) return [{ email, role: null, on: wholly, source: user.place }];
      return held.flatMap(({ role, until }) =>
        soon(until) ? [{ email, role: role.name, on: until, source: user.place }] : [],
      );
    })
    .sort(
      (a, b) =>
        compareText(a.on, b.on) ||
        compareText(a.email, b.email) ||
        compareText(a.role ?? "", b.role ?? ""),
    );
}

/** Users without a grant in the files who stay: kept by `policy.unmanaged`, or demoted earlier. */
export function findUnmanaged(
  entitlements: readonly Entitlement[],
  currentUsers: CurrentUsers,
  changes: readonly Change[],
  { ignored, policy }: { readonly ignored: Matcher; readonly policy: Policy },
): readonly KeptUser[] {
  const listed = new Map(
    entitlements.map(({ user, roles }) => [emailKey(user.email), roles !== null]),
  );
  const changed = new Set(changes.map(({ email }) => email));
  const renamed = new Map(
    entitlements.flatMap(({ user, roles }) =>
      user.previously === null || roles === null || policy.create
        ? []
        : [[emailKey(user.previously.value), emailKey(user.email)] as const],
    ),
  );
  return listUntouched(
    [...currentUsers.byEmail.values()].filter(
      ({ email }) => listed.get(email) !== true && !changed.has(email) && !ignored(email),
    ),
  ).map((user) => {
    const renamedTo = renamed.get(user.email);
    if (renamedTo !== undefined) return { ...user, demoted: false, renamedTo };
    const demoted =
      policy.onRemoval !== "remove" && (listed.has(user.email) || policy.unmanaged === "remove");
    const expired = listed.has(user.email) && !demoted;
    return { ...user, demoted, ...(expired ? { expired } : {}) };
  });
}

export function listUntouched(currentUsers: readonly CurrentUser[]): readonly UntouchedUser[] {
  return currentUsers
    .map(({ email, roles }) => ({ email, roles }))
    .sort((a, b) => compareText(a.email, b.email));
}

/** Users in the files, not in Polytomic, whom `policy.create: false` does not create. */
export function findPending(
  entitlements: readonly Entitlement[],
  { desired, currentUsers }: Pick<ChangeContext, "desired" | "currentUsers">,
): readonly PendingUser[] {
  if (desired.policy.create) return [];
  return entitlements
    .flatMap(({ user, roles }) => {
      const email = emailKey(user.email);
      return roles === null || currentUsers.byEmail.has(email)
        ? []
        : [{ email, roles, source: user.place }];
    })
    .sort((a, b) => compareText(a.email, b.email));
}

export function collectNotices(
  current: Pick<CurrentState, "roles" | "caller">,
  entitlements: readonly Entitlement[],
  changes: readonly Change[],
  {
    desired,
    currentUsers,
    demotedTo,
  }: Pick<ChangeContext, "desired" | "currentUsers" | "demotedTo">,
): readonly Notice[] {
  const changed = new Set(changes.map(({ email }) => email));
  const kept =
    managesRolesOnly(desired) && demotedTo === null
      ? entitlements.flatMap(({ user, roles }) => {
          const email = emailKey(user.email);
          const stays = roles === null && currentUsers.byEmail.has(email) && !changed.has(email);
          return stays ? [email] : [];
        })
      : [];
  const unknown = [...currentUsers.byEmail.values()]
    .filter(({ basis }) => basis === "nothing")
    .map(({ email }) => email);
  return [
    ...(unknown.length === 0
      ? []
      : [{ code: "roles-unknown", emails: unknown.sort(compareText) } as const]),
    ...(current.roles === null ? [{ code: "roles-not-listed" } as const] : []),
    ...(current.caller?.refused === true ? [{ code: "caller-unknown" } as const] : []),
    ...(kept.length === 0
      ? []
      : [{ code: "access-kept", emails: kept.sort(compareText) } as const]),
  ];
}
