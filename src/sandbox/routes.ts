/** The API's versions, and the endpoint for a method and a path. */
import type { Method } from "../polytomic/transport.ts";
import type { Dialects } from "./dialects.ts";

export interface VersionRules {
  readonly version: string;
  /** The one method that updates a user; the other is 405. */
  readonly update: Extract<Method, "PATCH" | "PUT">;
  /** Whether `/api/organization` and `/api/organization/users` exist. */
  readonly ownOrganization: boolean;
}

/** The newest: it serves requests that name no version. */
export const LATEST: VersionRules = { version: "2025-09-18", update: "PUT", ownOrganization: true };

const VERSIONS: readonly VersionRules[] = [
  LATEST,
  { version: "2024-02-08", update: "PUT", ownOrganization: false },
  { version: "2023-04-25", update: "PATCH", ownOrganization: false },
  { version: "2022-12-12", update: "PATCH", ownOrganization: false },
];

/** Supported by Polytomic, with another envelope (`{result, error}`) that the sandbox does not speak. */
const REFUSED = "2021-05-23";

/** The rules of the version that the request names, or why there are none. */
export function chooseVersionRules(
  header: string | undefined,
  dialects: Dialects,
): VersionRules | string {
  const wanted = dialects.has("newest-version-only") ? LATEST.version : header || LATEST.version;
  const rules = VERSIONS.find((rules) => rules.version === wanted);
  if (rules !== undefined) {
    if (!dialects.has("update-by-other-method")) return rules;
    return { ...rules, update: rules.update === "PUT" ? "PATCH" : "PUT" };
  }
  const supported = VERSIONS.map((rules) => rules.version).join(", ");
  return wanted === REFUSED
    ? `version ${REFUSED} has another response format, which this sandbox does not support; use one of ${supported}`
    : `unsupported X-Polytomic-Version; use one of ${supported}`;
}

export type EndpointName =
  | "identity"
  | "current-organization"
  | "list-organizations"
  | "create-organization"
  | "get-organization"
  | "update-organization"
  | "remove-organization"
  | "list-roles"
  | "create-role"
  | "get-role"
  | "update-role"
  | "remove-role"
  | "list-policies"
  | "create-policy"
  | "get-policy"
  | "update-policy"
  | "remove-policy"
  | "list-users"
  | "create-user"
  | "get-user"
  | "update-user"
  | "remove-user"
  | "create-api-key";

export interface Target {
  /** The organization that the path names; null is the caller's own. */
  readonly organizationId: string | null;
  /** The user, role or policy that the path names, or "". */
  readonly id: string;
  readonly query: URLSearchParams;
}

export type Route =
  | { readonly kind: "endpoint"; readonly name: EndpointName; readonly target: Target }
  | { readonly kind: "wrong-method"; readonly allow: string }
  | { readonly kind: "none" };

interface Match {
  /** The endpoint of each method of this path. */
  readonly methods: Readonly<Record<string, EndpointName>>;
  readonly organizationId: string | null;
  readonly id: string;
}

const NO_QUERY = new URLSearchParams();

export function matchRoute(
  method: string,
  path: string,
  version: VersionRules,
  dialects: Dialects,
): Route {
  const question = path.indexOf("?");
  const query = question === -1 ? NO_QUERY : new URLSearchParams(path.slice(question + 1));
  const segments = decoded(question === -1 ? path : path.slice(0, question));
  const found = segments === null ? null : match(segments, version, dialects);
  if (found === null) return { kind: "none" };
  const name = found.methods[method];
  if (name === undefined) {
    return { kind: "wrong-method", allow: Object.keys(found.methods).join(", ") };
  }
  const { organizationId, id } = found;
  return { kind: "endpoint", name, target: { organizationId, id, query } };
}

function match(
  [api, first = "", ...rest]: readonly string[],
  version: VersionRules,
  dialects: Dialects,
): Match | null {
  if (api !== "api") return null;
  switch (first) {
    case "me":
      return rest.length === 0 ? at({ GET: "identity" }) : null;
    case "permissions":
      return matchPermissions(rest);
    case "organizations":
      return matchOrganizations(rest, version);
    case "organization":
      if (!version.ownOrganization) return null;
      if (rest.length > 0) return matchUsers(null, rest, version);
      return dialects.has("no-current-organization") ? null : at({ GET: "current-organization" });
    default:
      return null;
  }
}

function matchPermissions([kind = "", id, ...rest]: readonly string[]): Match | null {
  if (rest.length > 0 || id === "") return null;
  switch (kind) {
    case "roles":
      return id === undefined
        ? at({ GET: "list-roles", POST: "create-role" })
        : at({ GET: "get-role", PUT: "update-role", DELETE: "remove-role" }, null, id);
    case "policies":
      return id === undefined
        ? at({ GET: "list-policies", POST: "create-policy" })
        : at({ GET: "get-policy", PUT: "update-policy", DELETE: "remove-policy" }, null, id);
    default:
      return null;
  }
}

function matchOrganizations(
  [id, ...below]: readonly string[],
  version: VersionRules,
): Match | null {
  if (id === undefined) return at({ GET: "list-organizations", POST: "create-organization" });
  if (below.length > 0) return matchUsers(id, below, version);
  const methods = {
    GET: "get-organization",
    PUT: "update-organization",
    DELETE: "remove-organization",
  } as const;
  return at(methods, id);
}

/** Create API Key is only where the path names the organization, as in both SDKs. */
function matchUsers(
  organizationId: string | null,
  [users, userId, keys, ...rest]: readonly string[],
  version: VersionRules,
): Match | null {
  if (users !== "users" || rest.length > 0) return null;
  if (userId === undefined) return at({ GET: "list-users", POST: "create-user" }, organizationId);
  if (keys === undefined) {
    const methods = {
      GET: "get-user",
      [version.update]: "update-user",
      DELETE: "remove-user",
    } as const;
    return at(methods, organizationId, userId);
  }
  if (keys !== "keys" || organizationId === null) return null;
  return at({ POST: "create-api-key" }, organizationId, userId);
}

function at(methods: Match["methods"], organizationId: string | null = null, id = ""): Match {
  return { methods, organizationId, id };
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
