/** The roles of an organization and how many users have each: what `roles` prints. */
import type { Organization } from "./current.ts";

export interface RoleList {
  readonly organization: Organization;
  /** False where the key may not list roles: names are missing, and roles that nobody has. */
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
  /** A name for a file where the real one is not known, as `export` gives it; null for an id that a file cannot name. */
  readonly placeholder: string | null;
  /** What Polytomic's deprecated `role` field calls the users who have this role alone; null where it does not tell. */
  readonly legacyName: string | null;
}
