/**
 * One request that was let in: which endpoint, whether the caller may, and its answer. Order of the
 * refusals: 404 (no such path), 405, then 401/403/404 for the organization, then the endpoint's own.
 */
import { reaches } from "./credentials.ts";
import type { Caller } from "./credentials.ts";
import type { LiveState } from "./live-state.ts";
import { data, list, refusal } from "./replies.ts";
import type { Reply } from "./replies.ts";
import { routeOf } from "./routes.ts";
import type { EndpointName, Target } from "./routes.ts";
import { createApiKey, createUser, getUser, legacyRole, listUsers } from "./users.ts";
import { removeUser, updateUser } from "./users.ts";
import type { Duplicates } from "./users.ts";
import type { VersionRules } from "./versions.ts";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly caller: Caller;
  readonly version: VersionRules;
}

export function answer(call: Call, state: LiveState, duplicates: Duplicates): Reply {
  const route = routeOf(call.method, call.path, call.version);
  switch (route.kind) {
    case "none":
      return refusal(404, "not_found", `no such endpoint in version ${call.version.version}`);
    case "wrong-method":
      return refusal(405, "method_not_allowed", `use ${route.allow}`, { allow: route.allow });
    case "endpoint":
      return answerEndpoint(route.name, route.target, call, state, duplicates);
  }
}

function answerEndpoint(
  name: EndpointName,
  target: Target,
  call: Call,
  state: LiveState,
  duplicates: Duplicates,
): Reply {
  if (name === "identity") return identity(call.caller, state);
  if (name === "list-organizations") return listOrganizations(call.caller, state);
  const id = organizationFor(name, target, call.caller, state);
  if (typeof id !== "string") return id;
  switch (name) {
    case "get-organization":
      return data(organizationShown(state, id));
    case "list-roles":
      return list(state.roles(id).map((role) => ({ ...role, organization_id: id })));
    case "list-users":
      return listUsers(state, id);
    case "create-user":
      return createUser(state, id, call.body, duplicates);
    case "get-user":
      return getUser(state, id, target.userId);
    case "update-user":
      return updateUser(state, id, target.userId, call.body);
    case "remove-user":
      return removeUser(state, id, target.userId);
    case "create-api-key":
      return createApiKey(state, id, target.userId, target.query.get("force") === "true");
  }
}

/**
 * The organization that is meant, or the refusal. Not documented, chosen here: an organization that
 * exists and is out of reach is 403, an unknown one 404; an API key may use the endpoints that name an
 * organization for its own one (the reference says they need a partner key, but no other way leads an
 * API key to its users before 2025-09-18); roles asked for without an organization are 401, the only
 * refusal that List Roles documents.
 */
function organizationFor(
  name: EndpointName,
  target: Target,
  caller: Caller,
  state: LiveState,
): string | Reply {
  const id = target.organizationId ?? caller.organizationId;
  if (id === null) {
    const message = "this key names no organization: authenticate by Basic base64(ORG_ID:KEY)";
    return name === "list-roles"
      ? refusal(401, "unauthorized", message)
      : refusal(403, "forbidden", message);
  }
  if (state.organization(id) === null) return refusal(404, "not_found", "no such organization");
  if (!reaches(caller, id)) {
    return refusal(403, "forbidden", "this key does not reach this organization");
  }
  return id;
}

function identity(caller: Caller, state: LiveState): Reply {
  const { owner, organizationId } = caller;
  const organization = organizationId === null ? null : state.organization(organizationId);
  const userId = owner.kind === "api" ? owner.userId : null;
  const user =
    userId === null || organization === null ? null : state.user(organization.id, userId);
  return data({
    ...(organization !== null && {
      organization_id: organization.id,
      organization_name: organization.name,
    }),
    ...(user !== null &&
      organization !== null && {
        id: user.id,
        email: user.email,
        role: legacyRole(state, organization.id, user),
      }),
    is_user: user !== null,
    is_organization: owner.kind === "api" && user === null,
    is_partner: owner.kind === "partner",
    is_system: owner.kind === "deployment",
  });
}

function listOrganizations(caller: Caller, state: LiveState): Reply {
  if (caller.owner.kind === "api") {
    return refusal(403, "forbidden", "listing organizations needs a partner or deployment key");
  }
  // Basic names one organization, but this endpoint is about all: the key's whole scope is listed.
  const everywhere = { ...caller, organizationId: null };
  const reached = state.organizations().filter((one) => reaches(everywhere, one.id));
  return list(reached.map((one) => organizationShown(state, one.id)));
}

function organizationShown(state: LiveState, id: string) {
  const name = state.organization(id)?.name ?? "";
  return { id, name, sso_domain: "", sso_org_id: "", issuer: "" };
}
