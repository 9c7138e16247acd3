/** Who has access to an organization and why (`report`, the HTML matrix), and where a report's data comes from. */
import type { Organization, Role } from "./current.ts";
import { isUuid, nameKey } from "./desired.ts";
import type { Day } from "./days.ts";
import type { HistoryNote, Since } from "./history.ts";
import type { Place } from "./place.ts";

/** managed: in the files. unmanaged: not in them. ignored: matches `policy.ignore`. */
export type UserState = "managed" | "unmanaged" | "ignored";

export interface Holding {
  readonly role: Role;
  /** Polytomic has it now. */
  readonly now: boolean;
  /** Polytomic has it once the plan is applied. */
  readonly planned: boolean;
  /** Where the files grant it: `users.yaml:12`, `group data-team (users.yaml:8)`; empty if they do not. */
  readonly from: readonly string[];
  /** Its last day, the user's own included. */
  readonly expires: Day | null;
  /** From when on the files have granted it; only in reports, and only where they grant it. */
  readonly since?: Since;
}

export interface UserAccess {
  readonly email: string;
  readonly state: UserState;
  /** In Polytomic now. */
  readonly now: boolean;
  /** In Polytomic once the plan is applied. */
  readonly planned: boolean;
  /** Sorted by role name. */
  readonly holdings: readonly Holding[];
  readonly expires: Day | null;
  /** Whether `expires` has passed. */
  readonly expired: boolean;
  readonly reason: string | null;
  readonly source: Place | null;
  /** Where the plan renames: the old address of this one, or the new one. */
  readonly formerly: string | null;
  readonly becomes: string | null;
}

export interface AccessTable {
  /** Left out: both. */
  readonly basis?: Basis;
  readonly organization: Organization;
  readonly source: string;
  readonly adminRole: Role;
  /** Every role that a user holds or will hold: the admin role first, then by name. */
  readonly roles: readonly Role[];
  /** Holders of the admin role first, then by address. */
  readonly users: readonly UserAccess[];
}

/** Null where only the files were read, and they name the organization without its id. */
export function organizationIdOf({ basis, organization }: AccessTable): string | null {
  return basis === "files" && !isUuid(organization.id) ? null : organization.id;
}

/** Null where only the files were read, and they do not say which id the name is for: its name is the key then. */
export function roleIdOf({ basis }: AccessTable, role: Role): string | null {
  return basis === "files" && role.id === nameKey(role.name) ? null : role.id;
}

/** What the data is based on: Polytomic and the files, Polytomic alone, or the files alone. */
export type Basis = "both" | "polytomic" | "files";

export interface Origin {
  readonly basis: Basis;
  /** The day that counted as today. */
  readonly asOf: Day;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Of polytomic-users. */
  readonly version: string;
  /** The commit of the files; null where there is none or it is unknown. */
  readonly commit: string | null;
  /** When the commit was made; only of a report about an earlier commit. */
  readonly committedAt: number | null;
  /** Null where Polytomic was not asked. */
  readonly url: string | null;
  readonly credential: "api" | "partner" | "deployment" | null;
  readonly figures: Figures | null;
  /** The only role that is reported, as it was asked for; null reports all. */
  readonly role: string | null;
  readonly notes: readonly HistoryNote[];
}

/** So that completeness can be checked: listed is reported and ignored and, with `--role`, left out. */
export interface Figures {
  readonly organizations: number;
  /** Users that Polytomic listed; without Polytomic, whom the files grant access. */
  readonly listed: number;
  readonly reported: number;
  readonly ignored: number;
  /** Without the role that was asked for. */
  readonly leftOut: number;
  /** In the files, not in Polytomic yet. */
  readonly pending: number;
}
