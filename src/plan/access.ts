/**
 * Makes the access table: each user and role, with the source and end of each grant. It can also be made from Polytomic
 * alone or from the files alone.
 */
import { grantPlace } from "../model/text.ts";
import type { AccessTable, Holding, UserAccess, UserState } from "../model/access.ts";
import type { CurrentState, Organization, Role } from "../model/current.ts";
import { type Day, earlier, hasEnded, later } from "../model/days.ts";
import { type DesiredOrganization, type DesiredUser, emailKey, nameKey } from "../model/desired.ts";
import type { Change } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import { findPending } from "./announcements.ts";
import type { ChangeContext } from "./changes.ts";
import { indexCurrentUsers } from "./current-users.ts";
import type { EntitledRole, Entitlement } from "./entitlement.ts";
import { hasRole, knownRoles, roleBook, sortRoles } from "./roles.ts";

interface AccessInput extends ChangeContext {
  readonly organization: Organization;
  readonly entitlements: readonly Entitlement[];
  readonly changes: readonly Change[];
  readonly adminRole: Role;
}

export function accessTable(input: AccessInput): AccessTable {
  const { organization, desired, adminRole } = input;
  return sortTable({ organization, source: desired.source, adminRole }, tabulateUsers(input));
}

/** Holders of the admin role first, then by address; the admin role first, then by name. */
function sortTable(
  about: Omit<AccessTable, "roles" | "users">,
  unsorted: readonly UserAccess[],
): AccessTable {
  const { adminRole } = about;
  const users = unsorted.toSorted(
    (a, b) =>
      Number(isAdmin(b, adminRole)) - Number(isAdmin(a, adminRole)) ||
      compareText(a.email, b.email),
  );
  const roles = sortRoles(users.flatMap(({ holdings }) => holdings.map(({ role }) => role)));
  return {
    ...about,
    roles: [
      ...roles.filter((role) => role.id === adminRole.id),
      ...roles.filter((role) => role.id !== adminRole.id),
    ],
    users,
  };
}

/** All users in Polytomic, and the users that the plan adds. */
function tabulateUsers(input: AccessInput): UserAccess[] {
  const entitlements = new Map(input.entitlements.map((one) => [emailKey(one.user.email), one]));
  const changes = new Map(input.changes.map((change) => [change.email, change]));
  const added = [
    ...input.changes.filter(({ action }) => action === "create").map(({ email }) => email),
    ...findPending(input.entitlements, input).map(({ email }) => email),
  ];
  return [...input.currentUsers.byEmail.keys(), ...added].map((email) =>
    tabulateUser(email, entitlements.get(email) ?? null, changes.get(email) ?? null, input),
  );
}

function tabulateUser(
  email: string,
  entitlement: Entitlement | null,
  change: Change | null,
  { currentUsers, ignored }: AccessInput,
): UserAccess {
  const current = currentUsers.byEmail.get(email) ?? null;
  const now = current?.roles ?? [];
  const awaited = current === null && change === null ? entitlement?.roles : null;
  const planned = awaited ?? (change === null ? now : (change.after ?? []));
  const held = entitlement?.held ?? [];
  return {
    email,
    state: userState(email, entitlement, ignored),
    now: current !== null,
    planned: change === null ? current !== null : change.after !== null,
    holdings: sortRoles([...now, ...planned]).map((role) => makeHolding(role, now, planned, held)),
    expires: entitlement?.user.expires ?? null,
    expired: entitlement?.ended.some(({ reason }) => reason.code === "access-expired") ?? false,
    reason: entitlement?.user.reason ?? null,
    source: entitlement?.user.place ?? null,
    formerly: change?.action === "create" ? change.renamedFrom : null,
    becomes: change?.action === "remove" ? change.renamedTo : null,
  };
}

function makeHolding(
  role: Role,
  now: readonly Role[],
  planned: readonly Role[],
  held: readonly EntitledRole[],
): Holding {
  const entitled = held.find((one) => one.role.id === role.id);
  return {
    role,
    now: hasRole(now, role),
    planned: hasRole(planned, role),
    from: (entitled?.grants ?? []).map(grantPlace),
    expires: entitled?.until ?? null,
  };
}

function userState(
  email: string,
  entitlement: Entitlement | null,
  ignored: AccessInput["ignored"],
): UserState {
  if (ignored(email)) return "ignored";
  return entitlement === null ? "unmanaged" : "managed";
}

function isAdmin(user: UserAccess, adminRole: Role): boolean {
  return user.holdings.some(({ role }) => role.id === adminRole.id);
}

const ADMIN = "Admin";

export function tabulatePolytomic(state: CurrentState): AccessTable {
  const { organization } = state;
  const roles = knownRoles(state, []);
  const currentUsers = indexCurrentUsers(state, roleBook({ aliases: [] }, roles));
  const adminRole = roles.find(({ name }) => nameKey(name) === nameKey(ADMIN));
  return sortTable(
    {
      basis: "polytomic",
      organization,
      source: "no files",
      adminRole: adminRole ?? { id: ADMIN, name: ADMIN },
    },
    [...currentUsers.byEmail.values()].map(({ email, roles }): UserAccess => {
      const holdings = roles.map((role): Holding => {
        return { role, now: true, planned: true, from: [], expires: null };
      });
      return { ...NO_DETAILS, email, state: "unmanaged", holdings };
    }),
  );
}

/** Without Polytomic an organization, and a role that the file gives no id, are known by their names. */
export function tabulateFiles(desired: DesiredOrganization, asOf: Day): AccessTable {
  const { organization, source, policy, users } = desired;
  const name = organization ?? "the API key's own organization";
  return sortTable(
    {
      basis: "files",
      organization: { id: organization ?? "", name },
      source,
      adminRole: withId(roleOffline(policy.adminRole, desired)),
    },
    users.flatMap((user): UserAccess[] => {
      const holdings = grantedHoldings(user, desired, asOf);
      if (holdings.length === 0) return [];
      const { expires, reason, place } = user;
      const email = emailKey(user.email);
      return [{ ...NO_DETAILS, email, state: "managed", holdings, expires, reason, source: place }];
    }),
  );
}

const NO_DETAILS = {
  now: true,
  planned: true,
  expires: null,
  expired: false,
  reason: null,
  source: null,
  formerly: null,
  becomes: null,
} as const;

function grantedHoldings(
  user: DesiredUser,
  desired: DesiredOrganization,
  asOf: Day,
): readonly Holding[] {
  const granted = new Map<string, Holding>();
  for (const grant of user.grants) {
    const expires = earlier(grant.expires, user.expires);
    if (hasEnded(expires, asOf)) continue;
    const role = withId(roleOffline(grant.role, desired));
    const known = granted.get(role.id);
    granted.set(role.id, {
      role,
      now: true,
      planned: true,
      from: [...(known?.from ?? []), grantPlace(grant)],
      expires: known === undefined ? expires : later(known.expires, expires),
    });
  }
  const order = sortRoles([...granted.values()].map(({ role }) => role));
  return order.flatMap(({ id }) => granted.get(id) ?? []);
}

/** What the file says about a role. */
export function roleOffline(
  written: string,
  { aliases }: Pick<DesiredOrganization, "aliases">,
): { readonly id: string | null; readonly name: string } {
  const alias =
    aliases.find(({ name }) => nameKey(name) === nameKey(written)) ??
    aliases.find(({ id }) => id === written);
  return alias === undefined ? { id: null, name: written } : { id: alias.id, name: alias.name };
}

function withId({ id, name }: ReturnType<typeof roleOffline>): Role {
  return { id: id ?? nameKey(name), name };
}
