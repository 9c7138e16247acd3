/**
 * The state of the sandbox while it runs. The API's endpoints change it. A test or the simulation can change it too, as
 * another user would on Polytomic's web pages. `history` has every edit of a user, in the order in which the edits took
 * effect.
 */
import { emailKey, nameKey } from "../model/desired.ts";
import { derivedId, randomHex, randomId } from "./ids.ts";
import type { Random } from "./ids.ts";
import { withSystemRoles } from "./state.ts";
import type { PolicyAction, SandboxOrganization, SandboxPolicy, SandboxRole } from "./state.ts";
import type { SandboxState, SandboxUser, SignOn } from "./state.ts";

/** request: through the API. other: in Polytomic itself, past the API. */
export type Editor = "request" | "other";

/** One user created, updated or removed; `before` and `after` are role ids, null where there is no user. */
export interface Edit {
  readonly kind: "created" | "updated" | "removed";
  readonly by: Editor;
  readonly organizationId: string;
  /** In lower case. */
  readonly email: string;
  readonly userId: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

interface LiveOrganization {
  readonly id: string;
  name: string;
  signOn: SignOn;
  readonly users: Map<string, SandboxUser>;
  /** How many users have this address: 1, unless the sandbox accepts duplicates. */
  readonly addresses: Map<string, number>;
  readonly roles: Map<string, SandboxRole>;
  readonly policies: Map<string, SandboxPolicy>;
}

/** What an organization says of itself. */
export type OrganizationDetails = Readonly<Pick<LiveOrganization, "id" | "name" | "signOn">>;

/** Whom a key belongs to. `organizationIds` null is every organization. */
export type KeyOwner =
  | { readonly kind: "api"; readonly organizationId: string; readonly userId: string | null }
  | { readonly kind: "partner"; readonly organizationIds: Set<string> | null }
  | { readonly kind: "deployment" };

export class LiveState {
  /** Every edit of a user since the start, in order. */
  readonly history: Edit[] = [];
  readonly #organizations = new Map<string, LiveOrganization>();
  readonly #keys = new Map<string, KeyOwner>();
  readonly #updated = new Set<string>();
  readonly #random: Random;
  readonly #keepsCase: boolean;

  /** `random` gives the ids and keys of what is created later. */
  constructor(start: SandboxState, random: Random, keepsCase = false) {
    this.#random = random;
    this.#keepsCase = keepsCase;
    for (const organization of start.organizations) this.addOrganization(organization);
    const { apiKeys, partnerKeys, deploymentKey } = start.credentials;
    for (const { key, ...owner } of apiKeys) this.#keys.set(key, { kind: "api", ...owner });
    for (const { key, organizationIds: ids } of partnerKeys) {
      this.#keys.set(key, { kind: "partner", organizationIds: ids === null ? null : new Set(ids) });
    }
    if (deploymentKey !== null) this.#keys.set(deploymentKey, { kind: "deployment" });
  }

  /** In the order of the state. */
  organizations(): readonly OrganizationDetails[] {
    return [...this.#organizations.values()];
  }

  organization(id: string): OrganizationDetails | null {
    return this.#organizations.get(id) ?? null;
  }

  addOrganization(organization: SandboxOrganization): void {
    const { id, name, users, roles } = organization;
    const live: LiveOrganization = {
      id,
      name,
      signOn: organization.signOn ?? {},
      users: new Map(),
      addresses: new Map(),
      roles: new Map(withSystemRoles(id, roles).map((role) => [role.id, role])),
      policies: new Map(),
    };
    for (const user of users) put(live, { ...user, email: this.#address(user.email) });
    this.#organizations.set(id, live);
  }

  createOrganization(name: string, signOn: SignOn): OrganizationDetails {
    const id = randomId(this.#random);
    this.addOrganization({ id, name, users: [], roles: [], signOn });
    return this.#find(id);
  }

  changeOrganization(id: string, name: string, signOn: SignOn): OrganizationDetails {
    return Object.assign(this.#find(id), { name, signOn });
  }

  renameOrganization(organizationId: string, name: string): void {
    this.#find(organizationId).name = name;
  }

  removeOrganization(organizationId: string): void {
    this.#organizations.delete(organizationId);
  }

  users(organizationId: string): readonly SandboxUser[] {
    return [...this.#find(organizationId).users.values()];
  }

  user(organizationId: string, userId: string): SandboxUser | null {
    return this.#organizations.get(organizationId)?.users.get(userId) ?? null;
  }

  /** The first user with this address, without regard to case. */
  userByEmail(organizationId: string, email: string): SandboxUser | null {
    if (!this.hasAddress(organizationId, email)) return null;
    const key = emailKey(email);
    return this.users(organizationId).find((user) => emailKey(user.email) === key) ?? null;
  }

  hasAddress(organizationId: string, email: string): boolean {
    return this.#find(organizationId).addresses.has(emailKey(email));
  }

  /** Whether the API has set this user's roles since the start. */
  wasUpdated(userId: string): boolean {
    return this.#updated.has(userId);
  }

  addUser(
    organizationId: string,
    user: { readonly email: string; readonly role_ids: readonly string[] },
    by: Editor = "other",
  ): SandboxUser {
    const added = {
      id: randomId(this.#random),
      email: this.#address(user.email),
      role_ids: user.role_ids,
    };
    put(this.#find(organizationId), added);
    if (by === "request") this.#updated.add(added.id);
    this.#record("created", by, organizationId, added, null, added.role_ids);
    return added;
  }

  changeUser(
    organizationId: string,
    userId: string,
    roleIds: readonly string[],
    by: Editor = "other",
  ): SandboxUser {
    const before = this.#findUser(organizationId, userId);
    const after = { ...before, role_ids: roleIds };
    this.#find(organizationId).users.set(userId, after);
    if (by === "request") this.#updated.add(userId);
    this.#record("updated", by, organizationId, after, before.role_ids, roleIds);
    return after;
  }

  removeUser(organizationId: string, userId: string, by: Editor = "other"): SandboxUser {
    const user = this.#findUser(organizationId, userId);
    take(this.#find(organizationId), user);
    this.revokeKeys(userId);
    this.#record("removed", by, organizationId, user, user.role_ids, null);
    return user;
  }

  roles(organizationId: string): readonly SandboxRole[] {
    return [...this.#find(organizationId).roles.values()];
  }

  role(organizationId: string, roleId: string): SandboxRole | null {
    return this.#find(organizationId).roles.get(roleId) ?? null;
  }

  roleByName(organizationId: string, name: string): SandboxRole | null {
    const key = nameKey(name);
    return this.roles(organizationId).find((role) => nameKey(role.name) === key) ?? null;
  }

  addRole(organizationId: string, name: string): SandboxRole {
    const role = { id: derivedId("role", organizationId, name), name, system: false };
    this.#find(organizationId).roles.set(role.id, role);
    return role;
  }

  createRole(organizationId: string, name: string): SandboxRole {
    const role = { id: randomId(this.#random), name, system: false };
    this.#find(organizationId).roles.set(role.id, role);
    return role;
  }

  renameRole(organizationId: string, roleId: string, name: string): void {
    const role = this.role(organizationId, roleId);
    if (role !== null) this.#find(organizationId).roles.set(roleId, { ...role, name });
  }

  /** Its holders, and the policies that name it, keep the dead id. */
  removeRole(organizationId: string, roleId: string): void {
    this.#find(organizationId).roles.delete(roleId);
  }

  policies(organizationId: string): readonly SandboxPolicy[] {
    return [...this.#find(organizationId).policies.values()];
  }

  policy(organizationId: string, policyId: string): SandboxPolicy | null {
    return this.#find(organizationId).policies.get(policyId) ?? null;
  }

  /** Creates the policy, or replaces the one with this id. */
  setPolicy(
    organizationId: string,
    name: string,
    policy_actions: readonly PolicyAction[],
    id: string = randomId(this.#random),
  ): SandboxPolicy {
    const policy = { id, name, policy_actions };
    this.#find(organizationId).policies.set(id, policy);
    return policy;
  }

  removePolicy(organizationId: string, policyId: string): void {
    this.#find(organizationId).policies.delete(policyId);
  }

  ownerOf(key: string): KeyOwner | null {
    return this.#keys.get(key) ?? null;
  }

  hasKey(userId: string): boolean {
    return [...this.#keys.values()].some(
      (owner) => owner.kind === "api" && owner.userId === userId,
    );
  }

  revokeKeys(userId: string): void {
    for (const [key, owner] of this.#keys) {
      if (owner.kind === "api" && owner.userId === userId) this.#keys.delete(key);
    }
  }

  /** A new key of this user. Its value is obviously a sandbox's. */
  issueKey(organizationId: string, userId: string): string {
    const key = `sandbox-key-${randomHex(this.#random)}${randomHex(this.#random)}`;
    this.#keys.set(key, { kind: "api", organizationId, userId });
    return key;
  }

  /** The state now, without the keys. */
  snapshot(): readonly SandboxOrganization[] {
    return [...this.#organizations.values()].map(({ id, name, users, roles }) => {
      return { id, name, users: [...users.values()], roles: [...roles.values()] };
    });
  }

  #address(email: string): string {
    return this.#keepsCase ? email : emailKey(email);
  }

  #find(organizationId: string): LiveOrganization {
    const organization = this.#organizations.get(organizationId);
    if (organization === undefined) throw new Error(`no organization ${organizationId}`);
    return organization;
  }

  #findUser(organizationId: string, userId: string): SandboxUser {
    const user = this.user(organizationId, userId);
    if (user === null) throw new Error(`no user ${userId} in organization ${organizationId}`);
    return user;
  }

  #record(
    kind: Edit["kind"],
    by: Editor,
    organizationId: string,
    { email, id: userId }: SandboxUser,
    before: readonly string[] | null,
    after: readonly string[] | null,
  ): void {
    this.history.push({ kind, by, organizationId, email: emailKey(email), userId, before, after });
  }
}

function put(organization: LiveOrganization, user: SandboxUser): void {
  const key = emailKey(user.email);
  organization.users.set(user.id, user);
  organization.addresses.set(key, (organization.addresses.get(key) ?? 0) + 1);
}

function take(organization: LiveOrganization, user: SandboxUser): void {
  const key = emailKey(user.email);
  organization.users.delete(user.id);
  const left = (organization.addresses.get(key) ?? 1) - 1;
  if (left > 0) organization.addresses.set(key, left);
  else organization.addresses.delete(key);
}
