/** The worksheet of an access review: one row for each role of each user. */
import type { DesiredUser, Grant } from "./desired.ts";
import type { Day } from "./days.ts";

/** The columns of the worksheet, as `review` writes it and reads it again. */
export const WORKSHEET_COLUMNS = [
  "organization",
  "email",
  "role",
  "source",
  "since",
  "expires",
  "reason",
  "reviewed",
  "decision",
  "reviewer",
  "note",
] as const;

export type WorksheetColumn = (typeof WORKSHEET_COLUMNS)[number];

export interface WorksheetRow {
  /** Its name, with the id where several have it. */
  readonly organization: string;
  readonly email: string;
  /** Its name, with the id where several have it. */
  readonly role: string;
  /** Whether this is the admin role. */
  readonly admin: boolean;
  /** Where the files grant it, or that only Polytomic has it. */
  readonly source: string;
  /** The day from which on the files have granted it, and the pull request; empty where that is not known. */
  readonly since: string;
  readonly expires: Day | null;
  readonly reason: string | null;
  readonly reviewed: Day | null;
  /** The path of the file of the organization. */
  readonly file: string;
  /** What the files call the role; the role's own name where they do not grant it. */
  readonly written: string;
  /** The user's entry; null where there is none. */
  readonly user: DesiredUser | null;
  /** What grants it now; empty where only Polytomic has it. */
  readonly grants: readonly Grant[];
  /** Polytomic has it now. */
  readonly held: boolean;
}
