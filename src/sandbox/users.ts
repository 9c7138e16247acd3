/** The user endpoints: what they read, change and answer, once the caller is known to reach the organization. */
import { decodeUserBody } from "./user-body.ts";
import type { Edit, LiveState } from "./live-state.ts";
import { data, list, refusal } from "./replies.ts";
import type { Reply } from "./replies.ts";
import { SYSTEM_ROLES } from "./state.ts";
import type { SandboxUser } from "./state.ts";

/** refuse: a second user with an address is 422. accept: it is made, and invited, again. */
export type Duplicates = "refuse" | "accept";

export function listUsers(state: LiveState, organizationId: string): Reply {
  const users = state.users(organizationId);
  return list(users.map((user) => shown(state, organizationId, user)));
}

export function getUser(state: LiveState, organizationId: string, userId: string): Reply {
  const user = state.user(organizationId, userId);
  return user === null ? noSuchUser() : data(shown(state, organizationId, user));
}

/** Not documented, chosen here: a create that names no role makes a Member. */
export function createUser(
  state: LiveState,
  organizationId: string,
  body: unknown,
  duplicates: Duplicates,
): Reply {
  const decoded = decodeUserBody(body, organizationId, state);
  if (typeof decoded === "string") return invalid(decoded);
  const { email, roleIds } = decoded;
  if (duplicates === "refuse" && state.hasAddress(organizationId, email)) {
    return refusal(422, "user_exists", "a user with this email exists already");
  }
  const role_ids = roleIds ?? memberRole(state, organizationId);
  const user = state.addUser(organizationId, { email, role_ids }, "request");
  return data(shown(state, organizationId, user), lastEdit(state), true);
}

/**
 * The address must be given and changes nothing, even where it is another one. Not documented, chosen
 * here: an unknown user is 404, and an update that names no role changes nothing.
 */
export function updateUser(
  state: LiveState,
  organizationId: string,
  userId: string,
  body: unknown,
): Reply {
  const before = state.user(organizationId, userId);
  if (before === null) return noSuchUser();
  const decoded = decodeUserBody(body, organizationId, state);
  if (typeof decoded === "string") return invalid(decoded);
  const roleIds = decoded.roleIds ?? before.role_ids;
  const user = state.changeUser(organizationId, userId, roleIds, "request");
  return data(shown(state, organizationId, user), lastEdit(state));
}

export function removeUser(state: LiveState, organizationId: string, userId: string): Reply {
  if (state.user(organizationId, userId) === null) return noSuchUser();
  const user = state.removeUser(organizationId, userId, "request");
  return data(shown(state, organizationId, user), lastEdit(state));
}

/** Not documented, chosen here: a user who has a key already is 422 without `force`. */
export function createApiKey(
  state: LiveState,
  organizationId: string,
  userId: string,
  force: boolean,
): Reply {
  if (state.user(organizationId, userId) === null) return noSuchUser();
  if (state.hasKey(userId) && !force) {
    return refusal(422, "api_key_exists", "this user has an API key already; force revokes it");
  }
  state.revokeKeys(userId);
  return data({ value: state.issueKey(organizationId, userId) });
}

/** The deprecated `role`: one name in lower case, `admin` where that is among the user's roles. */
export function legacyRole(state: LiveState, organizationId: string, user: SandboxUser): string {
  const names = user.role_ids.map((id) => state.role(organizationId, id)?.name.toLowerCase() ?? "");
  return names.includes("admin") ? "admin" : (names[0] ?? "");
}

function shown(state: LiveState, organizationId: string, user: SandboxUser) {
  return {
    id: user.id,
    email: user.email,
    organization_id: organizationId,
    role: legacyRole(state, organizationId, user),
    role_ids: user.role_ids,
  };
}

function memberRole(state: LiveState, organizationId: string): readonly string[] {
  const role = state.roleByName(organizationId, SYSTEM_ROLES[1] ?? "");
  return role === null ? [] : [role.id];
}

function lastEdit(state: LiveState): Edit | null {
  return state.history.at(-1) ?? null;
}

function invalid(message: string): Reply {
  return refusal(422, "invalid_request", message);
}

function noSuchUser(): Reply {
  return refusal(404, "not_found", "no such user");
}
