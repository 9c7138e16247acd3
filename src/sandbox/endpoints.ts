/**
 * Processes one authenticated request: finds the endpoint, checks the caller's permission, and makes the response.
 * Errors are checked in this order: 404 (no such path), 405, then 401, 403 or 404 for the organization, then those of
 * the endpoint.
 */
import { reaches } from "./credentials.ts";
import type { Caller } from "./credentials.ts";
import type { Dialects } from "./dialects.ts";
import type { LiveState, OrganizationDetails } from "./live-state.ts";
import { answerPermissions } from "./permissions.ts";
import { data, empty, list, notFound, refusal, shown } from "./replies.ts";
import type { Reply } from "./replies.ts";
import { matchRoute } from "./routes.ts";
import type { EndpointName, Target, VersionRules } from "./routes.ts";
import type { SignOn } from "./state.ts";
import { createApiKey, createUser, getUser, legacyRole, listUsers } from "./users.ts";
import { removeUser, updateUser } from "./users.ts";
import type { Duplicates } from "./users.ts";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly caller: Caller;
  readonly version: VersionRules;
  readonly dialects: Dialects;
}

export function answer(call: Call, state: LiveState, duplicates: Duplicates): Reply {
  const route = matchRoute(call.method, call.path, call.version, call.dialects);
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
  const { caller, body, dialects } = call;
  if (name === "identity") return identity(call, state);
  if (name === "list-organizations") return listOrganizations(call, state);
  if (name === "create-organization") return createOrganization(call, state);
  const organizationId = organizationFor(name, target, call, state);
  if (typeof organizationId !== "string") return organizationId;
  const view = { state, organizationId, dialects };
  const { id } = target;
  switch (name) {
    case "current-organization":
    case "get-organization":
    case "update-organization":
    case "remove-organization":
      return answerOrganization(name, organizationId, call, state);
    case "list-users":
      return listUsers(view);
    case "create-user":
      return createUser(view, body, duplicates);
    case "get-user":
      return getUser(view, id);
    case "update-user":
      return updateUser(view, id, body, target.organizationId !== null);
    case "remove-user":
      return removeUser(view, id);
    case "create-api-key":
      return createApiKey(view, id, target.query.get("force") === "true");
    case "list-roles": {
      const status = rolesRefused(caller, dialects);
      if (status !== null)
        return refusal(status, "forbidden", "this key is not allowed to list roles");
      return answerPermissions(name, view, id, body);
    }
    case "create-role":
    case "get-role":
    case "update-role":
    case "remove-role":
    case "list-policies":
    case "create-policy":
    case "get-policy":
    case "update-policy":
    case "remove-policy":
      return answerPermissions(name, view, id, body);
  }
}

function rolesRefused({ owner }: Caller, dialects: Dialects): number | null {
  if (dialects.has("roles-refused")) return 403;
  if (owner.kind === "api") return null;
  if (dialects.has("partner-roles-401")) return 401;
  if (dialects.has("partner-roles-403")) return 403;
  return dialects.has("partner-roles-404") ? 404 : null;
}

/**
 * The organization that is meant, or the refusal. Not documented, chosen here: an organization that
 * exists and is out of reach is 403, an unknown one 404; an API key may use the endpoints that name an
 * organization for its own one; roles asked for without an organization are 401, the only refusal that
 * List Roles documents.
 */
function organizationFor(
  name: EndpointName,
  target: Target,
  { caller, dialects }: Call,
  state: LiveState,
): string | Reply {
  const byPath = target.organizationId !== null;
  const id = target.organizationId ?? caller.organizationId;
  if (id === null) {
    const message = "this key names no organization: authenticate with Basic base64(ORG_ID:KEY)";
    return name === "list-roles"
      ? refusal(401, "unauthorized", message)
      : refusal(403, "forbidden", message);
  }
  if (state.organization(id) === null) return notFound("organization");
  const forbidden = dialects.has("out-of-reach-404") ? notFound("organization") : null;
  if (!reaches(caller, id)) {
    return forbidden ?? refusal(403, "forbidden", "this key does not reach this organization");
  }
  const { kind } = caller.owner;
  const users = byPath && (name.endsWith("-user") || name === "list-users");
  if (users && kind === "api" && dialects.has("api-key-organization-users-403")) {
    return refusal(403, "forbidden", "this endpoint needs a partner key");
  }
  if (users && caller.organizationId === null && dialects.has("partner-users-by-basic")) {
    return refusal(403, "forbidden", "authenticate with Basic base64(ORG_ID:KEY)");
  }
  return id;
}

function identity({ caller, dialects }: Call, state: LiveState): Reply {
  if (dialects.has("identity-refused")) {
    return refusal(403, "forbidden", "this key is not allowed to request its identity");
  }
  const { owner, organizationId } = caller;
  const organization = organizationId === null ? null : state.organization(organizationId);
  const userId = owner.kind === "api" ? owner.userId : null;
  const user =
    userId === null || organization === null ? null : state.user(organization.id, userId);
  const named = organization !== null && !dialects.has("identity-without-organization");
  return data(
    shown(
      {
        ...(named && { organization_id: organization.id, organization_name: organization.name }),
        ...(user !== null &&
          organization !== null && {
            id: user.id,
            email: user.email,
            role: legacyRole({ state, organizationId: organization.id, dialects }, user),
          }),
        is_user: user !== null,
        is_organization: owner.kind === "api" && user === null,
        is_partner: owner.kind === "partner",
        is_system: owner.kind === "deployment",
      },
      // The caller's organization is this endpoint's own dialect.
      new Set([...dialects].filter((dialect) => dialect === "extra-fields")),
    ),
  );
}

function listOrganizations({ caller, dialects }: Call, state: LiveState): Reply {
  if (caller.owner.kind === "api" && !dialects.has("api-key-lists-organizations")) {
    return refusal(403, "forbidden", "listing organizations needs a partner or deployment key");
  }
  // Basic names one organization, but this endpoint is about all of the key's scope.
  const everywhere = caller.owner.kind === "api" ? caller : { ...caller, organizationId: null };
  const reached = state.organizations().filter((one) => reaches(everywhere, one.id));
  return list(
    reached.map((one) => shownOrganization(one, dialects)),
    dialects,
  );
}

function createOrganization({ caller, body, dialects }: Call, state: LiveState): Reply {
  const { owner } = caller;
  if (owner.kind === "api") return partnerOnly();
  const decoded = decodeOrganization(body, null, state);
  if ("status" in decoded) return decoded;
  const created = state.createOrganization(decoded.name, decoded.signOn);
  if (owner.kind === "partner") owner.organizationIds?.add(created.id);
  return data(shownOrganization(created, dialects));
}

function answerOrganization(
  name: "current-organization" | "get-organization" | "update-organization" | "remove-organization",
  id: string,
  { caller, body, dialects }: Call,
  state: LiveState,
): Reply {
  const organization = state.organization(id);
  if (organization === null) return notFound("organization");
  if (name === "current-organization" || name === "get-organization") {
    return data(shownOrganization(organization, dialects));
  }
  if (caller.owner.kind === "api") return partnerOnly();
  if (name === "remove-organization") {
    state.removeOrganization(id);
    return empty(204);
  }
  const decoded = decodeOrganization(body, id, state);
  if ("status" in decoded) return decoded;
  return data(
    shownOrganization(state.changeOrganization(id, decoded.name, decoded.signOn), dialects),
  );
}

/** Names are unique; settings of single sign-on are replaced in full. */
function decodeOrganization(
  body: unknown,
  ownId: string | null,
  state: LiveState,
): { readonly name: string; readonly signOn: SignOn } | Reply {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Readonly<
    Record<string, unknown>
  >;
  const { name } = fields;
  if (typeof name !== "string" || name === "") {
    return refusal(422, "invalid_request", "name is required");
  }
  if (state.organizations().some((one) => one.name === name && one.id !== ownId)) {
    return refusal(409, "conflict", "an organization with this name exists already");
  }
  const settings = (["sso_domain", "sso_org_id", "issuer"] as const).flatMap((key) => {
    const value = fields[key];
    return typeof value === "string" && value !== "" ? [[key, value] as const] : [];
  });
  return { name, signOn: Object.fromEntries(settings) };
}

function shownOrganization({ id, name, signOn }: OrganizationDetails, dialects: Dialects): object {
  return shown({ id, name, ...signOn }, dialects);
}

function partnerOnly(): Reply {
  return refusal(403, "forbidden", "this endpoint needs a partner or deployment key");
}
