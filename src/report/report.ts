/**
 * The content of a plan, an apply result or an access report, as data: built once, printed by each format. Sections
 * are in order of importance; none is empty. Text from files or the API is untrusted: each format escapes it.
 */
import type { Organization } from "../model/current.ts";
import type { Place } from "../model/place.ts";
import type { Entry } from "./entries.ts";

export interface Report {
  readonly view: "plan" | "apply";
  /** What it is about. */
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly sections: readonly Section[];
  readonly totals: Totals;
  /** A row each where there are several; null where there is one. */
  readonly organizations: OrganizationTable | null;
  /** Beside the subject: the address of the API, the digest. */
  readonly facts: readonly Fact[];
}

/** One organization, or how many. */
export type Subject =
  | { readonly kind: "one"; readonly organization: Organization; readonly source: string }
  | { readonly kind: "many"; readonly count: number }
  /** None could be planned. */
  | { readonly kind: "none"; readonly failed: number };

export interface Verdict {
  /** A plan with changes that apply would make. */
  readonly ready: boolean;
  /** well: nothing is left to do or to decide. alarm: refused, failed or unfinished. */
  readonly tone: "well" | "alarm" | "plain";
  /** For a heading: `ready to apply`, `blocked by max-removals`. No untrusted text. */
  readonly short: string;
  /** Whole sentences. May contain untrusted text, not escaped yet. */
  readonly sentences: readonly string[];
  /** What to do next, or null. */
  readonly next: string | null;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Shown as code. */
  readonly code: boolean;
}

export interface Totals {
  /** `Plan: 2 to add, 3 to change, 1 to remove, 12 unchanged.`, without untrusted text. */
  readonly sentence: string;
  /** `1 user gains Admin`, or null. Untrusted, not escaped yet: it names the role. */
  readonly gains: string | null;
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly tone: "added" | "changed" | "removed" | "admin" | "alarm" | "plain";
}

export interface OrganizationTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly where: Where; readonly cells: readonly string[] }[];
}

/** An organization as a row names it: by its name, with the id where another one has the same. */
export interface Where {
  readonly id: string;
  readonly name: string;
  readonly source: string;
}

export type SectionId =
  | "failed-changes"
  | "not-attempted"
  | "not-attempted-many"
  | "different"
  | "foreign"
  | "failed"
  | "refused"
  | "admin-gains"
  | "removals"
  | "changes"
  | "already"
  | "warnings"
  | "notices"
  | "pending"
  | "left-out"
  | "uncovered"
  | "expiring"
  | "unmanaged"
  | "demoted"
  | "expired"
  | "renaming"
  | "ignored";

export interface Heading {
  readonly id: SectionId;
  /** No untrusted text. */
  readonly title: string;
  readonly tone: "alarm" | "admin" | "plain";
  /** Shown in full if possible: never folded, and shortened last. */
  readonly urgent: boolean;
  /** `3`, or over several organizations `198 (1 user in 198 organizations)`. */
  readonly count: string;
}

export type Section = Heading &
  (
    | { readonly shape: "changes"; readonly rows: readonly ChangeRow[] }
    | { readonly shape: "messages"; readonly rows: readonly MessageRow[] }
    | { readonly shape: "users"; readonly rows: readonly UserRow[] }
    | { readonly shape: "expiring"; readonly rows: readonly ExpiringRow[] }
    | { readonly shape: "organizations"; readonly rows: readonly OrganizationRow[] }
  );

/** The organizations in which it is so, sorted; empty where the report is about one organization. */
interface Located {
  readonly in: readonly Where[];
}

export interface ChangeRow extends Located {
  readonly entry: Entry;
  /** planned: a plan's change. done: made, or already up to date. missing: not made, or not known to be. */
  readonly voice: "planned" | "done" | "missing";
  /** The API's message, after an apply. */
  readonly error: string | null;
}

export interface MessageRow extends Located {
  /** A guard, a user, an organization. */
  readonly label: string;
  /** A guard or a rule: where it has many rows, formats show the first. Null: shown always. */
  readonly kind: string | null;
  /** How the label is highlighted: a guard violation, a note, or not at all. */
  readonly badge: "alert" | "note" | null;
  /** The path of a file, or null. */
  readonly source: string | null;
  readonly text: string;
  /** The text is the API's, not ours: formats show it as one piece. */
  readonly verbatim: boolean;
  /** Whom it is about, where a row stands for many. */
  readonly users: readonly string[];
}

export interface UserRow extends Located {
  readonly email: string;
  readonly roles: readonly string[];
  readonly adminRole: string;
  readonly note: string | null;
}

/** An organization that the section is a list of. `in` is empty. */
export interface OrganizationRow extends Located {
  readonly id: string;
  /** With the id where another one has the same name. */
  readonly name: string;
}

export interface ExpiringRow extends Located {
  readonly email: string;
  /** Null: all access. */
  readonly role: string | null;
  readonly on: string;
  readonly source: Place;
}
