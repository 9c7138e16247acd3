/** The current state: Polytomic's responses, decoded. */
import { compareText } from "./place.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
}

/** The order of organizations everywhere: by name without regard to case, then by id. */
export function compareOrganizations(a: Organization, b: Organization): number {
  return compareText(a.name.toLowerCase(), b.name.toLowerCase()) || compareText(a.id, b.id);
}

export interface Role {
  readonly id: string;
  readonly name: string;
}

/**
 * A user as List Users gave it. Every field but the roles can be missing in an answer
 * (the SDKs' types make all optional); the guard `implausible-state` judges that.
 */
export interface ListedUser {
  readonly id: string | null;
  readonly email: string | null;
  readonly organizationId: string | null;
  /** Null when the answer names no role ids; then `legacyRole` may name the one role. */
  readonly roleIds: readonly string[] | null;
  readonly legacyRole: string | null;
}

export type IdentityKind = "user" | "organization" | "partner" | "system";

/** Who the key belongs to (Get Identity). `userId` and `email` are null for keys that are not a user's. */
export interface Identity {
  readonly userId: string | null;
  readonly email: string | null;
  readonly organizationId: string | null;
  readonly organizationName: string | null;
  /** What Get Identity calls the key; left out where it does not say. */
  readonly kind?: IdentityKind;
  /** Get Identity was refused: the owner of the key is unknown. */
  readonly refused?: true;
}

/** One organization as it is now. */
export interface CurrentState {
  readonly organization: Organization;
  readonly users: readonly ListedUser[];
  /** Null where the key may not list them: roles go by id then, and names come from the files. */
  readonly roles: readonly Role[] | null;
  /** The caller, when the key belongs to a user of this organization. */
  readonly caller: Identity | null;
}

export interface RoleList {
  readonly organization: Organization;
  /** False where the key may not list roles: names are missing, and roles that no user has. */
  readonly listed: boolean;
  /** By name, or, without names, the most used first. */
  readonly roles: readonly CountedRole[];
  /** How many users the organization has. */
  readonly users: number;
}

export interface CountedRole {
  readonly id: string;
  /** Null where it is not known. */
  readonly name: string | null;
  readonly users: number;
  /** The name that `export` writes where the real one is not known; null for an id that a file cannot name. */
  readonly placeholder: string | null;
  /** What Polytomic's deprecated `role` field calls the users who have this role alone; null where it does not tell. */
  readonly legacyName: string | null;
}
