/** The user endpoints: what they read, change and return, after the caller's access to the organization was checked. */
import { nameKey } from "../model/desired.ts";
import type { Dialects } from "./dialects.ts";
import type { LiveState } from "./live-state.ts";
import { data, empty, list, notFound, refusal, shown } from "./replies.ts";
import type { Reply } from "./replies.ts";
import type { SandboxUser } from "./state.ts";

/** refuse: a second user with an address is refused. accept: it is created, and invited, again. */
export type Duplicates = "refuse" | "accept";

/** One organization's users, as the dialects have them. */
export interface OrganizationView {
  readonly state: LiveState;
  readonly organizationId: string;
  readonly dialects: Dialects;
}

export function listUsers(view: OrganizationView): Reply {
  const users = view.state.users(view.organizationId);
  return list(
    users.map((user) => shownUser(view, user)),
    view.dialects,
  );
}

export function getUser(view: OrganizationView, userId: string): Reply {
  const user = view.state.user(view.organizationId, userId);
  return user === null ? notFound("user") : data(shownUser(view, user));
}

/** Not documented, chosen here: a create that names no role makes a Member. */
export function createUser(view: OrganizationView, body: unknown, duplicates: Duplicates): Reply {
  const { state, organizationId, dialects } = view;
  const decoded = decodeBody(view, body, true);
  if (typeof decoded === "string") return invalid(decoded);
  const { email, roleIds } = decoded;
  if (duplicates === "refuse" && state.hasAddress(organizationId, email)) {
    return existingUser(view, email);
  }
  const role_ids = roleIds ?? memberRole(view);
  const user = state.addUser(organizationId, { email, role_ids }, "request");
  const reply = { ...changed(view, user), invitationSent: true };
  return dialects.has("created-201") ? { ...reply, status: 201 } : reply;
}

function existingUser(view: OrganizationView, email: string): Reply {
  const { state, organizationId, dialects } = view;
  const user = state.userByEmail(organizationId, email);
  if (user !== null && dialects.has("existing-user-200")) return data(shownUser(view, user));
  const status = dialects.has("existing-user-409") ? 409 : 422;
  return refusal(status, "user_exists", "a user with this email exists already");
}

/**
 * The address changes nothing, even where it is another one; the caller's own organization takes an update
 * without it. Not documented, chosen here: an unknown user is 404, and an update that names no role changes
 * nothing.
 */
export function updateUser(
  view: OrganizationView,
  userId: string,
  body: unknown,
  needsEmail: boolean,
): Reply {
  const { state, organizationId, dialects } = view;
  const before = state.user(organizationId, userId);
  if (before === null) {
    return dialects.has("missing-user-422") ? invalid("no such user") : notFound("user");
  }
  const decoded = decodeBody(view, body, needsEmail);
  if (typeof decoded === "string") return invalid(decoded);
  const roleIds = decoded.roleIds ?? before.role_ids;
  const reply = changed(view, state.changeUser(organizationId, userId, roleIds, "request"));
  return dialects.has("updated-204") ? { ...reply, status: 204, body: undefined } : reply;
}

export function removeUser(view: OrganizationView, userId: string): Reply {
  const { state, organizationId, dialects } = view;
  if (state.user(organizationId, userId) === null) {
    return dialects.has("removed-again-200") ? empty(200) : notFound("user");
  }
  const reply = changed(view, state.removeUser(organizationId, userId, "request"));
  if (dialects.has("removed-204")) return { ...reply, status: 204, body: undefined };
  return dialects.has("removed-empty") ? { ...reply, body: undefined } : reply;
}

/** Not documented, chosen here: a user who has a key already is 422 without `force`. */
export function createApiKey(view: OrganizationView, userId: string, force: boolean): Reply {
  const { state, organizationId } = view;
  if (state.user(organizationId, userId) === null) return notFound("user");
  if (state.hasKey(userId) && !force) {
    return refusal(422, "api_key_exists", "this user has an API key already; force revokes it");
  }
  state.revokeKeys(userId);
  return data({ value: state.issueKey(organizationId, userId) });
}

/** The deprecated `role`: one name in lower case, `admin` where that is among the user's roles. */
export function legacyRole(
  { state, organizationId, dialects }: OrganizationView,
  user: SandboxUser,
) {
  const names = user.role_ids.map((id) => nameKey(state.role(organizationId, id)?.name ?? ""));
  if (dialects.has("legacy-role-missing")) return undefined;
  if (names.includes("admin")) return "admin";
  return dialects.has("legacy-role-user") ? "user" : (names[0] ?? "");
}

function shownUser(view: OrganizationView, user: SandboxUser): object {
  return shown(
    {
      id: user.id,
      email: user.email,
      organization_id: view.organizationId,
      role: legacyRole(view, user),
      role_ids: shownRoleIds(view, user),
    },
    view.dialects,
  );
}

function shownRoleIds(
  { state, dialects }: OrganizationView,
  { id, role_ids }: SandboxUser,
): unknown {
  if (role_ids.length !== 1 || state.wasUpdated(id)) return role_ids;
  if (dialects.has("role-ids-missing")) return undefined;
  if (dialects.has("role-ids-null")) return null;
  return dialects.has("role-ids-empty") ? [] : role_ids;
}

function changed(view: OrganizationView, user: SandboxUser): Reply {
  return { ...data(shownUser(view, user)), committed: view.state.history.at(-1) ?? null };
}

function memberRole({ state, organizationId }: OrganizationView): readonly string[] {
  const role = state.roleByName(organizationId, "Member");
  return role === null ? [] : [role.id];
}

function invalid(message: string): Reply {
  return refusal(422, "invalid_request", message);
}

interface UserBody {
  /** As sent; "" where it is not needed. */
  readonly email: string;
  /** Without repetitions; null where the body names no role at all. */
  readonly roleIds: readonly string[] | null;
}

/** The decoded body, or a sentence for the 422. */
function decodeBody(view: OrganizationView, body: unknown, needsEmail: boolean): UserBody | string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return "the body must be a JSON object";
  }
  const { email, role, role_ids: ids } = body as Readonly<Record<string, unknown>>;
  const roleIds = decodeRoles(view, role, ids);
  const withResult = (address: string) =>
    typeof roleIds === "string" ? roleIds : { email: address, roleIds };
  if (email === undefined && !needsEmail) return withResult("");
  if (typeof email !== "string" || email === "") return "email is required";
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return "email is not an e-mail address";
  return withResult(email);
}

/** `role` is the deprecated name of one role, without regard to case; `user` is the provider's word for Member. */
function decodeRoles(
  view: OrganizationView,
  role: unknown,
  ids: unknown,
): readonly string[] | string | null {
  const { state, organizationId } = view;
  const named = role !== undefined && role !== null;
  if (ids === undefined || ids === null) {
    if (!named) return null;
    const known = typeof role === "string" ? state.roleByName(organizationId, role) : null;
    if (known !== null) return [known.id];
    return role === "user" ? memberRole(view) : "role is not the name of a role";
  }
  if (named) return "role and role_ids must not be set together";
  if (!Array.isArray(ids)) return "role_ids must be a list";
  if (ids.length === 0) return "role_ids must have at least one entry";
  const known = new Set<string>();
  for (const id of ids) {
    if (typeof id !== "string" || state.role(organizationId, id) === null) {
      return `role_ids names an unknown role: ${JSON.stringify(id)}`;
    }
    known.add(id);
  }
  return [...known];
}
