/** Why one user has each role: the data of `explain`. */
import type { Day } from "./days.ts";
import type { AccessChange, HistoryNote, Since } from "./history.ts";
import type { FailedOrganization } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { Place } from "./place.ts";

/**
 * managed: in the files, and in Polytomic. pending: the files grant access, and Polytomic does not have the user yet.
 * unmanaged: in Polytomic, not in the files. ignored: matches `policy.ignore`. absent: neither.
 * Without Polytomic, managed is who the files grant something.
 */
export type ExplainedState = "managed" | "unmanaged" | "ignored" | "pending" | "absent";

export interface ExplainedGrant {
  readonly place: Place;
  readonly group: string | null;
  /** The last day, the user's own included. */
  readonly expires: Day | null;
  readonly reason: string | null;
}

export interface ExplainedRole {
  /** Null where only Polytomic knows it, and was not asked. */
  readonly id: string | null;
  readonly name: string;
  /** Whether Polytomic has it now; null where it was not asked. */
  readonly held: boolean | null;
  /** Of the files' grants; they all have it in common. */
  readonly since: Since;
  /** Empty where the files do not grant it. */
  readonly grants: readonly ExplainedGrant[];
}

export interface ExplainedOrganization {
  readonly id: string | null;
  readonly name: string | null;
  readonly source: string;
  readonly state: ExplainedState;
  /** The entry in the files, where all access that it grants has ended, and the last day of it. */
  readonly ended: { readonly place: Place; readonly on: Day } | null;
  /** The entry that renames this address, while Polytomic still has it. */
  readonly becomes: { readonly email: string; readonly place: Place } | null;
  /** Sorted by name. */
  readonly roles: readonly ExplainedRole[];
  /** Newest first, under former addresses too; empty unless asked for. */
  readonly history: readonly AccessChange[];
}

export interface Explanation {
  readonly email: string;
  readonly asOf: Day;
  readonly organizations: readonly ExplainedOrganization[];
  /** Whether the history was asked for. */
  readonly withHistory: boolean;
  readonly notes: readonly HistoryNote[];
  readonly failed: readonly FailedOrganization[];
  readonly problems: readonly Problem[];
  /** A user with a similar address, where neither the files nor Polytomic have this one. */
  readonly near: string | null;
}
