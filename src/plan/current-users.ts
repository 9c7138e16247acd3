/** Users from List Users → users by address, and why the list is implausible. */
import type { CurrentState, ListedUser, Role } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import type { Implausible, SeenUser } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import { type RoleBook, sortRoles } from "./roles.ts";

/** A user whom Polytomic has. */
export interface CurrentUser {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly roles: readonly Role[];
  /**
   * What tells the roles. ids: they are known by their ids. name: the one role is known by its legacy name alone, and
   * no role that is known has this name. nothing: the response has neither, and `roles` is empty.
   */
  readonly basis: "ids" | "name" | "nothing";
}

export interface CurrentUsers {
  readonly byEmail: ReadonlyMap<string, CurrentUser>;
  /** For the guard `implausible-state`; empty if the list is plausible. */
  readonly implausible: readonly Implausible[];
}

export function indexCurrentUsers(current: CurrentState, book: RoleBook): CurrentUsers {
  const byEmail = new Map<string, CurrentUser>();
  const incomplete: number[] = [];
  const ids = new Set<string>();
  const twice = new Set<string>();
  let foreign = 0;
  for (const [index, listed] of current.users.entries()) {
    if (isForeign(listed, current)) foreign += 1;
    const user = resolveUser(listed, book);
    if (user === null) {
      incomplete.push(index + 1);
      continue;
    }
    if (byEmail.has(user.email)) twice.add(user.email);
    else byEmail.set(user.email, user);
    // Two addresses with one id: removing one would remove the other.
    if (ids.has(user.id)) twice.add(user.id);
    ids.add(user.id);
  }
  const of = current.users.length;
  const [first] = incomplete;
  const implausible: Implausible[] = [];
  if (first !== undefined) {
    implausible.push({ code: "incomplete", count: incomplete.length, of, first });
  }
  if (twice.size > 0) implausible.push({ code: "listed-twice", who: [...twice].sort() });
  if (foreign > 0) implausible.push({ code: "other-organization", count: foreign, of });
  const who = current.caller?.email ?? current.caller?.userId ?? null;
  if (who !== null && findCaller(current) === null) {
    implausible.push({ code: "caller-missing", caller: who, of });
  }
  return { byEmail, implausible };
}

/** The roles of a listed user: the role ids, or, where there are none, the one role that the deprecated field names. */
function resolveRoles(
  { roleIds, legacyRole }: ListedUser,
  book: RoleBook,
): Pick<CurrentUser, "roles" | "basis"> {
  if (roleIds !== null && roleIds.length > 0) {
    return { roles: sortRoles(roleIds.map(book.byId)), basis: "ids" };
  }
  if (legacyRole === null) return { roles: [], basis: roleIds === null ? "nothing" : "ids" };
  const role = book.byLegacyName(legacyRole);
  return role === null
    ? { roles: [{ id: legacyRole, name: legacyRole }], basis: "name" }
    : { roles: [role], basis: "ids" };
}

function resolveUser(user: ListedUser, book: RoleBook): CurrentUser | null {
  if (user.id === null || user.email === null) return null;
  return { id: user.id, email: emailKey(user.email), ...resolveRoles(user, book) };
}

function isForeign(user: ListedUser, current: CurrentState): boolean {
  return user.organizationId !== null && user.organizationId !== current.organization.id;
}

/**
 * The caller among the users, by id, else by address; null for a key that is not a user's, or a user who is not
 * listed.
 */
export function findCaller({ caller, users }: CurrentState): ListedUser | null {
  if (caller === null) return null;
  const { userId, email } = caller;
  return (
    users.find((user) => userId !== null && user.id === userId) ??
    users.find(
      (user) => email !== null && user.email !== null && emailKey(user.email) === emailKey(email),
    ) ??
    null
  );
}

/** All users, sorted by address, as the saved plan records them. */
export function listSeenUsers(currentUsers: CurrentUsers): readonly SeenUser[] {
  return [...currentUsers.byEmail.values()]
    .map(({ email, id, roles }) => ({
      email,
      userId: id,
      roleIds: roles.map((role) => role.id).sort(compareText),
    }))
    .sort((a, b) => compareText(a.email, b.email));
}
