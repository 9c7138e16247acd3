/**
 * What the sandbox's Polytomic holds while it runs. The API's endpoints change it, and so may a test
 * or a simulation, as another person would in Polytomic's own pages. Every edit of a user stands in
 * `history`, in the order in which it became true.
 */
import { emailKey, nameKey } from "../model/desired.ts";
import { derivedId, randomHex, randomId } from "./ids.ts";
import type { Random } from "./random.ts";
import { withSystemRoles } from "./state.ts";
import type { SandboxOrganization, SandboxRole, SandboxState, SandboxUser } from "./state.ts";

/** request: through the API. other: somebody else, past the API. */
export type Editor = "request" | "other";

/** One user made, changed or removed; `before` and `after` are role ids, null where there is no user. */
export interface Edit {
  readonly kind: "created" | "updated" | "removed";
  readonly by: Editor;
  readonly organizationId: string;
  readonly email: string;
  readonly userId: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

interface LiveOrganization {
  readonly id: string;
  name: string;
  readonly users: Map<string, SandboxUser>;
  /** How many users have this address: 1, unless the sandbox accepts duplicates. */
  readonly addresses: Map<string, number>;
  readonly roles: Map<string, SandboxRole>;
}

/** Whom a key belongs to. `organizationIds` null is every organization. */
export type KeyOwner =
  | { readonly kind: "api"; readonly organizationId: string; readonly userId: string | null }
  | { readonly kind: "partner"; readonly organizationIds: ReadonlySet<string> | null }
  | { readonly kind: "deployment" };

export class LiveState {
  /** Every edit of a user since the start, in order. */
  readonly history: Edit[] = [];
  readonly #organizations = new Map<string, LiveOrganization>();
  readonly #keys = new Map<string, KeyOwner>();
  readonly #random: Random;

  /** `random` gives the ids and keys of what is made later. */
  constructor(start: SandboxState, random: Random) {
    this.#random = random;
    for (const organization of start.organizations) this.addOrganization(organization);
    const { apiKeys, partnerKeys, deploymentKey } = start.credentials;
    for (const { key, ...owner } of apiKeys) this.#keys.set(key, { kind: "api", ...owner });
    for (const { key, organizationIds: ids } of partnerKeys) {
      this.#keys.set(key, { kind: "partner", organizationIds: ids === null ? null : new Set(ids) });
    }
    if (deploymentKey !== null) this.#keys.set(deploymentKey, { kind: "deployment" });
  }

  /** Id and name of every organization, in the order of the state. */
  organizations(): readonly { readonly id: string; readonly name: string }[] {
    return [...this.#organizations.values()];
  }

  organization(id: string): { readonly id: string; readonly name: string } | null {
    return this.#organizations.get(id) ?? null;
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
    return this.users(organizationId).find((user) => user.email === key) ?? null;
  }

  hasAddress(organizationId: string, email: string): boolean {
    return this.#find(organizationId).addresses.has(emailKey(email));
  }

  roles(organizationId: string): readonly SandboxRole[] {
    return [...this.#find(organizationId).roles.values()];
  }

  role(organizationId: string, roleId: string): SandboxRole | null {
    return this.#find(organizationId).roles.get(roleId) ?? null;
  }

  addOrganization(organization: SandboxOrganization): void {
    const { id, name, users, roles } = organization;
    const live: LiveOrganization = {
      id,
      name,
      users: new Map(),
      addresses: new Map(),
      roles: new Map(withSystemRoles(id, roles).map((role) => [role.id, role])),
    };
    for (const user of users) put(live, { ...user, email: emailKey(user.email) });
    this.#organizations.set(id, live);
  }

  renameOrganization(organizationId: string, name: string): void {
    this.#find(organizationId).name = name;
  }

  removeOrganization(organizationId: string): void {
    this.#organizations.delete(organizationId);
  }

  addUser(
    organizationId: string,
    user: { readonly email: string; readonly role_ids: readonly string[] },
    by: Editor = "other",
  ): SandboxUser {
    const added = {
      id: randomId(this.#random),
      email: emailKey(user.email),
      role_ids: user.role_ids,
    };
    put(this.#find(organizationId), added);
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
    this.#record("updated", by, organizationId, after, before.role_ids, roleIds);
    return after;
  }

  /** Removes a user, and with it its API keys. */
  removeUser(organizationId: string, userId: string, by: Editor = "other"): SandboxUser {
    const user = this.#findUser(organizationId, userId);
    take(this.#find(organizationId), user);
    this.revokeKeys(userId);
    this.#record("removed", by, organizationId, user, user.role_ids, null);
    return user;
  }

  addRole(organizationId: string, name: string): SandboxRole {
    const role = { id: derivedId("role", organizationId, name), name, system: false };
    this.#find(organizationId).roles.set(role.id, role);
    return role;
  }

  renameRole(organizationId: string, roleId: string, name: string): void {
    const role = this.role(organizationId, roleId);
    if (role !== null) this.#find(organizationId).roles.set(roleId, { ...role, name });
  }

  /** Takes a role away from the organization; its holders keep the dead id, as a careless server would have it. */
  removeRole(organizationId: string, roleId: string): void {
    this.#find(organizationId).roles.delete(roleId);
  }

  roleByName(organizationId: string, name: string): SandboxRole | null {
    const key = nameKey(name);
    return this.roles(organizationId).find((role) => nameKey(role.name) === key) ?? null;
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

  /** What is there now, without the keys. */
  snapshot(): readonly SandboxOrganization[] {
    return [...this.#organizations.values()].map(({ id, name, users, roles }) => {
      return { id, name, users: [...users.values()], roles: [...roles.values()] };
    });
  }

  #find(organizationId: string): LiveOrganization {
    const organization = this.#organizations.get(organizationId);
    if (organization === undefined) throw new Error(`no organization ${organizationId} here`);
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
    user: SandboxUser,
    before: readonly string[] | null,
    after: readonly string[] | null,
  ): void {
    const { email, id: userId } = user;
    this.history.push({ kind, by, organizationId, email, userId, before, after });
  }
}

function put(organization: LiveOrganization, user: SandboxUser): void {
  organization.users.set(user.id, user);
  organization.addresses.set(user.email, (organization.addresses.get(user.email) ?? 0) + 1);
}

function take(organization: LiveOrganization, user: SandboxUser): void {
  organization.users.delete(user.id);
  const left = (organization.addresses.get(user.email) ?? 1) - 1;
  if (left > 0) organization.addresses.set(user.email, left);
  else organization.addresses.delete(user.email);
}
