/** Roles and policies of an organization. System roles can be neither changed nor removed. */
import { nameKey } from "../model/desired.ts";
import { data, empty, list, notFound, refusal, shown } from "./replies.ts";
import type { Reply } from "./replies.ts";
import type { EndpointName } from "./routes.ts";
import type { PolicyAction, SandboxPolicy, SandboxRole } from "./state.ts";
import type { OrganizationView } from "./users.ts";

export type PermissionEndpoint = Extract<
  EndpointName,
  `${string}-role` | `${string}-policy` | "list-roles" | "list-policies"
>;

export function answerPermissions(
  name: PermissionEndpoint,
  view: OrganizationView,
  id: string,
  body: unknown,
): Reply {
  const { state, organizationId, dialects } = view;
  switch (name) {
    case "list-roles":
      return list(
        state.roles(organizationId).map((role) => shownRole(view, role)),
        dialects,
      );
    case "list-policies":
      return list(
        state.policies(organizationId).map((policy) => shownPolicy(view, policy)),
        dialects,
      );
    case "create-role":
    case "get-role":
    case "update-role":
    case "remove-role":
      return answerRole(name, view, id, body);
    case "create-policy":
    case "get-policy":
    case "update-policy":
    case "remove-policy":
      return answerPolicy(name, view, id, body);
  }
}

function answerRole(
  name: "create-role" | "get-role" | "update-role" | "remove-role",
  view: OrganizationView,
  id: string,
  body: unknown,
): Reply {
  const { state, organizationId } = view;
  if (name === "create-role") {
    const wanted = nameIn(body);
    if (wanted === null) return badRequest("name is required");
    if (state.roleByName(organizationId, wanted) !== null) {
      return badRequest("a role with this name exists already");
    }
    return data(shownRole(view, state.createRole(organizationId, wanted)));
  }
  const role = state.role(organizationId, id);
  if (role === null) return notFound("role");
  if (name === "get-role") return data(shownRole(view, role));
  if (role.system) return refusal(403, "forbidden", "system roles cannot be changed");
  if (name === "remove-role") {
    state.removeRole(organizationId, id);
    return empty(204);
  }
  const wanted = nameIn(body);
  if (wanted === null) return badRequest("name is required");
  const other = state.roles(organizationId).find((one) => nameKey(one.name) === nameKey(wanted));
  if (other !== undefined && other.id !== id) {
    return badRequest("a role with this name exists already");
  }
  state.renameRole(organizationId, id, wanted);
  return data(shownRole(view, { ...role, name: wanted }));
}

function answerPolicy(
  name: "create-policy" | "get-policy" | "update-policy" | "remove-policy",
  view: OrganizationView,
  id: string,
  body: unknown,
): Reply {
  const { state, organizationId } = view;
  const policy = name === "create-policy" ? null : state.policy(organizationId, id);
  if (policy === null && name !== "create-policy") return notFound("policy");
  if (policy !== null && name === "get-policy") return data(shownPolicy(view, policy));
  if (name === "remove-policy") {
    state.removePolicy(organizationId, id);
    return empty(204);
  }
  const wanted = nameIn(body);
  if (wanted === null) return badRequest("name is required");
  const actions = actionsIn(body, view);
  if (typeof actions === "string") return badRequest(actions);
  return data(shownPolicy(view, state.setPolicy(organizationId, wanted, actions, policy?.id)));
}

function shownRole({ organizationId, dialects }: OrganizationView, role: SandboxRole): object {
  return shown({ ...role, organization_id: organizationId }, dialects);
}

function shownPolicy(
  { organizationId, dialects }: OrganizationView,
  policy: SandboxPolicy,
): object {
  return shown({ ...policy, organization_id: organizationId, system: false }, dialects);
}

function nameIn(body: unknown): string | null {
  const name = fieldOf(body, "name");
  return typeof name === "string" && name !== "" ? name : null;
}

function actionsIn(body: unknown, view: OrganizationView): readonly PolicyAction[] | string {
  const given = fieldOf(body, "policy_actions") ?? [];
  if (!Array.isArray(given)) return "policy_actions must be a list";
  const actions: PolicyAction[] = [];
  for (const entry of given) {
    const action = fieldOf(entry, "action");
    const ids: unknown = fieldOf(entry, "role_ids") ?? [];
    if (typeof action !== "string" || !Array.isArray(ids)) {
      return "a policy action has an action and role_ids";
    }
    const known = ids.filter(
      (id): id is string =>
        typeof id === "string" && view.state.role(view.organizationId, id) !== null,
    );
    if (known.length < ids.length) return "role_ids names an unknown role";
    actions.push({ action, role_ids: known });
  }
  return actions;
}

function fieldOf(body: unknown, name: string): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return (body as Readonly<Record<string, unknown>>)[name];
}

function badRequest(message: string): Reply {
  return refusal(400, "bad_request", message);
}
