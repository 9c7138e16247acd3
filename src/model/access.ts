/** Who has access to an organization, and why: what `report` lists and the HTML plan shows as a matrix. */
import type { Organization, Role } from "./current.ts";
import type { Day } from "./desired.ts";
import type { Basis } from "./evidence.ts";
import type { Since } from "./history.ts";
import type { Place } from "./problem.ts";

/** managed: in the files. unmanaged: not in them. ignored: matches `policy.ignore`. */
export type Standing = "managed" | "unmanaged" | "ignored";

export interface Holding {
  readonly role: Role;
  /** Polytomic has it now. */
  readonly now: boolean;
  /** Polytomic has it once the plan is applied. */
  readonly planned: boolean;
  /** Where the files grant it: `users.yaml:12`, `group data-team (users.yaml:8)`; empty when they do not. */
  readonly from: readonly string[];
  /** Its last day, the person's own included. */
  readonly expires: Day | null;
  /** From when on the files have granted it; only in reports, and only where they grant it. */
  readonly since?: Since;
}

export interface Person {
  readonly email: string;
  readonly standing: Standing;
  /** In Polytomic now. */
  readonly now: boolean;
  /** In Polytomic once the plan is applied. */
  readonly planned: boolean;
  /** Sorted by role name. */
  readonly holdings: readonly Holding[];
  readonly expires: Day | null;
  readonly reason: string | null;
  readonly source: Place | null;
  /** Where the plan renames: the old address of this one, or the new one. */
  readonly formerly: string | null;
  readonly becomes: string | null;
}

export interface AccessTable {
  /** Whose word it is; Polytomic's and the files' where it is left out. */
  readonly basis?: Basis;
  readonly organization: Organization;
  readonly source: string;
  readonly adminRole: Role;
  /** Every role that somebody holds or will hold: the admin role first, then by name. */
  readonly roles: readonly Role[];
  /** Holders of the admin role first, then by address. */
  readonly people: readonly Person[];
}
