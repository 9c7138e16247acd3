/** From a method and a path to an endpoint. Both families of user endpoints end in the same ones. */
import type { VersionRules } from "./versions.ts";

export type EndpointName =
  | "identity"
  | "list-organizations"
  | "get-organization"
  | "list-roles"
  | "list-users"
  | "create-user"
  | "get-user"
  | "update-user"
  | "remove-user"
  | "create-api-key";

export interface Target {
  /** The organization that the path names; null is the caller's own. */
  readonly organizationId: string | null;
  readonly userId: string;
  readonly query: URLSearchParams;
}

/** Methods by what they do at one path. */
type Methods = Readonly<Record<string, EndpointName>>;

export type Route =
  | { readonly kind: "endpoint"; readonly name: EndpointName; readonly target: Target }
  | { readonly kind: "wrong-method"; readonly allow: string }
  | { readonly kind: "none" };

const NO_QUERY = new URLSearchParams();

export function routeOf(method: string, path: string, version: VersionRules): Route {
  const question = path.indexOf("?");
  const query = question === -1 ? NO_QUERY : new URLSearchParams(path.slice(question + 1));
  const segments = decoded(question === -1 ? path : path.slice(0, question));
  const found = segments === null ? null : match(segments, version);
  if (found === null) return { kind: "none" };
  const name = found.methods[method];
  if (name === undefined) {
    return { kind: "wrong-method", allow: Object.keys(found.methods).join(", ") };
  }
  const { organizationId, userId } = found;
  return { kind: "endpoint", name, target: { organizationId, userId, query } };
}

interface Match {
  readonly methods: Methods;
  readonly organizationId: string | null;
  readonly userId: string;
}

function match(segments: readonly string[], version: VersionRules): Match | null {
  const [api, first = "", ...rest] = segments;
  if (api !== "api") return null;
  switch (first) {
    case "me":
      return rest.length === 0 ? at({ GET: "identity" }) : null;
    case "permissions":
      return rest.join("/") === "roles" ? at({ GET: "list-roles" }) : null;
    case "organizations":
      return matchOrganizations(rest, version);
    case "organization":
      return version.ownFamily ? matchUsers(null, rest, version) : null;
    default:
      return null;
  }
}

function matchOrganizations(rest: readonly string[], version: VersionRules): Match | null {
  const [id, ...below] = rest;
  if (id === undefined) return at({ GET: "list-organizations" });
  if (below.length === 0) return at({ GET: "get-organization" }, id);
  return matchUsers(id, below, version);
}

function matchUsers(
  organizationId: string | null,
  segments: readonly string[],
  version: VersionRules,
): Match | null {
  const [users, userId, keys, ...rest] = segments;
  if (users !== "users" || rest.length > 0) return null;
  if (userId === undefined) {
    return at({ GET: "list-users", POST: "create-user" }, organizationId);
  }
  if (keys === undefined) return at(userMethods(version), organizationId, userId);
  return keys === "keys" ? at({ POST: "create-api-key" }, organizationId, userId) : null;
}

function userMethods(version: VersionRules): Methods {
  return { GET: "get-user", [version.update]: "update-user", DELETE: "remove-user" };
}

function at(methods: Methods, organizationId: string | null = null, userId = ""): Match {
  return { methods, organizationId, userId };
}

/** The segments after the leading slash, or null where one is not valid percent-encoding. */
function decoded(path: string): readonly string[] | null {
  const segments = path.split("/").slice(1);
  if (!path.includes("%")) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return null;
  }
}
