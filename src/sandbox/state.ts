/** The state of the sandbox at the start: plain data, from a state file or a test. */
import { derivedId } from "./ids.ts";

export interface SandboxUser {
  readonly id: string;
  /** In lower case, except under the dialect email-case-kept. */
  readonly email: string;
  readonly role_ids: readonly string[];
}

export interface SandboxRole {
  readonly id: string;
  readonly name: string;
  /** System roles are Polytomic's own: they are in every organization. */
  readonly system: boolean;
}

export interface SandboxPolicy {
  readonly id: string;
  readonly name: string;
  readonly policy_actions: readonly PolicyAction[];
}

export interface PolicyAction {
  readonly action: string;
  readonly role_ids: readonly string[];
}

/** Single sign-on, as far as it is set. The client id and secret of OIDC are never shown. */
export interface SignOn {
  readonly sso_domain?: string;
  readonly sso_org_id?: string;
  readonly issuer?: string;
}

export interface SandboxOrganization {
  readonly id: string;
  readonly name: string;
  readonly users: readonly SandboxUser[];
  readonly roles: readonly SandboxRole[];
  readonly signOn?: SignOn;
}

/** A key of a user, or (`userId` null) of the organization itself. */
export interface SandboxApiKey {
  readonly key: string;
  readonly organizationId: string;
  readonly userId: string | null;
}

export interface SandboxPartnerKey {
  readonly key: string;
  /** The ids of the organizations in its scope; null is all of them. */
  readonly organizationIds: readonly string[] | null;
}

export interface SandboxCredentials {
  readonly apiKeys: readonly SandboxApiKey[];
  readonly partnerKeys: readonly SandboxPartnerKey[];
  /** Reaches every organization. */
  readonly deploymentKey: string | null;
}

export interface SandboxState {
  readonly organizations: readonly SandboxOrganization[];
  readonly credentials: SandboxCredentials;
}

/** The API reference says that these are in every organization. */
const SYSTEM_ROLES = ["Admin", "Member"];

/** The product's documentation names the first four as built in. */
export const BUILT_IN_ROLES = ["Admin", "Editor", "Sync Editor", "Viewer", "Member"];

/** The roles of an organization: these, and the system roles that are not among them. */
export function withSystemRoles(
  organizationId: string,
  roles: readonly SandboxRole[],
): readonly SandboxRole[] {
  const named = new Set(roles.map((role) => role.name.toLowerCase()));
  const missing = SYSTEM_ROLES.filter((name) => !named.has(name.toLowerCase()));
  if (missing.length === 0) return roles;
  const system = missing.map((name) => {
    return { id: derivedId("role", organizationId, name), name, system: true };
  });
  return [...system, ...roles];
}

const EXAMPLE_ROLES: readonly (readonly [name: string, id: string | null])[] = [
  ...BUILT_IN_ROLES.map((name) => [name, null] as const),
  ["Analyst", "d9f8e7c6-b5a4-4210-9fed-cba987654321"],
  ["Billing", null],
];

/** The users of the example organization and their roles. */
export const EXAMPLE_USERS: readonly (readonly [email: string, ...roles: string[]])[] = [
  ["cto@example.com", "Admin"],
  ["jane.doe@example.com", "Admin"],
  ["sam@example.com", "Member"],
  ["old.name@example.com", "Member"],
  ["amara.okafor@example.com", "Member", "Analyst"],
  ["ben.schulz@example.com", "Member", "Analyst"],
  ["chloe.martin@example.com", "Analyst"],
  ["diego.ramos@example.com", "Billing", "Member"],
  ["elif.kaya@example.com", "Viewer"],
  ["farid.haddad@example.com", "Viewer"],
  ["contractor@agency.example", "Member"],
  ["support@polytomic.com", "Admin"],
];

/** A company of twelve users with all three kinds of key: `examples/sandbox/acme.yaml` in code. */
export function exampleState(): SandboxState {
  const id = "248df4b7-aa70-47b8-a036-33ac447e668d";
  const roles = EXAMPLE_ROLES.map(([name, given]) => {
    const roleId = given ?? derivedId("role", id, name);
    return { id: roleId, name, system: BUILT_IN_ROLES.includes(name) };
  });
  const users = EXAMPLE_USERS.map(([email, ...names]) => {
    const held = roles.filter((role) => names.includes(role.name));
    held.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
    return { id: derivedId("user", id, email), email, role_ids: held.map((role) => role.id) };
  });
  const jane = derivedId("user", id, "jane.doe@example.com");
  return {
    organizations: [{ id, name: "Acme", users, roles }],
    credentials: {
      apiKeys: [
        { key: "sandbox-api-key", organizationId: id, userId: null },
        { key: "sandbox-api-key-of-jane", organizationId: id, userId: jane },
      ],
      partnerKeys: [{ key: "sandbox-partner-key", organizationIds: null }],
      deploymentKey: "sandbox-deployment-key",
    },
  };
}
