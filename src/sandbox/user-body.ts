/** The body of Create User and Update User, decoded: from `unknown` to an address and role ids. */
import type { LiveState } from "./live-state.ts";

export interface UserBody {
  /** As sent. */
  readonly email: string;
  /** Without repetitions; null where the body names no role at all. */
  readonly roleIds: readonly string[] | null;
}

/** The decoded body, or a sentence for the 422. */
export function decodeUserBody(
  body: unknown,
  organizationId: string,
  state: LiveState,
): UserBody | string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return "the body must be a JSON object";
  }
  const { email, role, role_ids: ids } = body as Readonly<Record<string, unknown>>;
  if (typeof email !== "string" || email === "") return "email is required";
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return "email is not an e-mail address";
  const roleIds = decodeRoles(role, ids, organizationId, state);
  return typeof roleIds === "string" ? roleIds : { email, roleIds };
}

/** `role` is the deprecated name of one role, known without regard to case. */
function decodeRoles(
  role: unknown,
  ids: unknown,
  organizationId: string,
  state: LiveState,
): readonly string[] | string | null {
  const named = role !== undefined && role !== null;
  if (ids === undefined || ids === null) {
    if (!named) return null;
    const known = typeof role === "string" ? state.roleByName(organizationId, role) : null;
    return known === null ? "role is not the name of a role" : [known.id];
  }
  if (named) return "role and role_ids may not be set together";
  return decodeRoleIds(ids, organizationId, state);
}

function decodeRoleIds(
  ids: unknown,
  organizationId: string,
  state: LiveState,
): readonly string[] | string {
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
