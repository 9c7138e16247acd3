/** What a report or a result has to say of itself before somebody signs it. */
import type { Day } from "./desired.ts";
import type { HistoryNote } from "./history.ts";

/** Whose word it is: Polytomic's and the files', Polytomic's alone, or the files' alone. */
export type Basis = "both" | "polytomic" | "files";

export interface Origin {
  readonly basis: Basis;
  /** What counted as today. */
  readonly asOf: Day;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Of polytomic-users. */
  readonly version: string;
  /** The commit that the files are of; null where they are of none, or nobody knows. */
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
