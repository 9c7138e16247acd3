/** The changes of each user: additions, role changes, removals. */
import type { Role } from "../model/current.ts";
import { type DesiredOrganization, type DesiredUser, emailKey } from "../model/desired.ts";
import type { Change, Create, Reason, Remove, Update } from "../model/plan.ts";
import { compareText, type Place } from "../model/place.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Matcher } from "../model/patterns.ts";
import type { CurrentUsers, CurrentUser } from "./current-users.ts";
import { hasRole, sameRoles } from "./roles.ts";

export interface ChangeContext {
  readonly desired: DesiredOrganization;
  readonly currentUsers: CurrentUsers;
  /** The role of `policy.on_removal: demote_to`; null where users are removed. */
  readonly demotedTo: Role | null;
  readonly ignored: Matcher;
}

/** With `create: false` and `unmanaged: keep` the files manage roles only: no user is created or removed. */
export function managesRolesOnly({ policy }: DesiredOrganization): boolean {
  return !policy.create && policy.unmanaged === "keep";
}

/** Changes of the users in the files, and removals of their former addresses (`previously`). */
export function planListedUsers(
  entitlements: readonly Entitlement[],
  context: ChangeContext,
): readonly Change[] {
  return entitlements.flatMap((entitlement) => [
    ...ownChange(entitlement, context),
    ...formerRemoval(entitlement, context),
  ]);
}

function ownChange(entitlement: Entitlement, context: ChangeContext): readonly Change[] {
  const { user } = entitlement;
  const current = context.currentUsers.byEmail.get(emailKey(user.email));
  if (entitlement.roles === null) {
    const reasons = entitlement.ended.map(({ reason }) => reason);
    return current === undefined ? [] : endAccess(current, reasons, user.place, context);
  }
  if (current === undefined) {
    return context.desired.policy.create
      ? [createUser(entitlement, entitlement.roles, context)]
      : [];
  }
  return sameRoles(current.roles, entitlement.roles)
    ? []
    : [roleChange(entitlement, entitlement.roles, current)];
}

/**
 * The user at a `previously` address is removed regardless of `unmanaged` and `on_removal`, but only once the new
 * address exists, unless the access of the new address has ended too.
 */
function formerRemoval(
  { user, roles, ended }: Entitlement,
  context: ChangeContext,
): readonly Remove[] {
  const former = formerUser(user, context);
  if (former === null || managesRolesOnly(context.desired)) return [];
  const { policy } = context.desired;
  const isPending = roles !== null && !context.currentUsers.byEmail.has(emailKey(user.email));
  if (isPending && !policy.create) return [];
  return [
    {
      action: "remove",
      email: former.email,
      userId: former.id,
      before: former.roles,
      after: null,
      reasons:
        roles === null
          ? [
              { code: "former-address", of: emailKey(user.email) },
              ...ended.map(({ reason }) => reason),
            ]
          : [],
      source: user.place,
      renamedTo: roles === null ? null : emailKey(user.email),
    },
  ];
}

/** Removals of users who are not in the files; none with `unmanaged: keep`. */
export function planUnlistedUsers(
  users: readonly DesiredUser[],
  context: ChangeContext,
): readonly Change[] {
  if (context.desired.policy.unmanaged === "keep") return [];
  const named = new Set(
    users.flatMap(({ email, previously }) => [
      emailKey(email),
      ...(previously === null ? [] : [emailKey(previously.value)]),
    ]),
  );
  return [...context.currentUsers.byEmail.values()]
    .filter(({ email }) => !named.has(email) && !context.ignored(email))
    .flatMap((current) => endAccess(current, [{ code: "not-in-files" }], null, context));
}

/** The user at the former address; null if there is none or the policy ignores them. */
function formerUser(
  { previously }: DesiredUser,
  { currentUsers, ignored }: ChangeContext,
): CurrentUser | null {
  const former =
    previously === null ? undefined : currentUsers.byEmail.get(emailKey(previously.value));
  return former === undefined || ignored(former.email) ? null : former;
}

function createUser(
  entitlement: Entitlement,
  roles: readonly Role[],
  context: ChangeContext,
): Create {
  const { user, until } = entitlement;
  return {
    action: "create",
    email: emailKey(user.email),
    userId: null,
    before: null,
    after: roles,
    until,
    reasons: reasonsFor(entitlement, []),
    source: user.place,
    renamedFrom: formerUser(user, context)?.email ?? null,
  };
}

function roleChange(
  entitlement: Entitlement,
  roles: readonly Role[],
  current: CurrentUser,
): Update {
  return {
    action: "update",
    email: current.email,
    userId: current.id,
    before: current.roles,
    after: roles,
    until: entitlement.until,
    reasons: reasonsFor(entitlement, current.roles),
    source: entitlement.user.place,
    insteadOfRemoval: false,
  };
}

/** Ends the access of a user: a removal, or the demotion that the policy asks for instead. */
function endAccess(
  current: CurrentUser,
  reasons: readonly Reason[],
  source: Place | null,
  { demotedTo, desired }: ChangeContext,
): readonly Change[] {
  if (demotedTo === null && managesRolesOnly(desired)) return [];
  const common = {
    email: current.email,
    userId: current.id,
    before: current.roles,
    reasons,
    source,
  };
  if (demotedTo === null) return [{ ...common, action: "remove", after: null, renamedTo: null }];
  if (sameRoles(current.roles, [demotedTo])) return [];
  return [{ ...common, action: "update", after: [demotedTo], until: null, insteadOfRemoval: true }];
}

/** Groups, roles lost because they expired, and the `reason` in the files. */
function reasonsFor(
  { user, held, ended }: Entitlement,
  before: readonly Role[],
): readonly Reason[] {
  const groups = new Set(held.flatMap(({ grants }) => grants.flatMap(({ group }) => group ?? [])));
  return [
    ...[...groups].sort(compareText).map((group): Reason => ({ code: "group", group })),
    ...ended.flatMap(({ role, reason }) =>
      role !== null && hasRole(before, role) ? [reason] : [],
    ),
    ...(user.reason === null ? [] : [{ code: "note", text: user.reason } as const]),
  ];
}
