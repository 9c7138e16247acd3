/** History of access from git: which user was granted which role since when, by which commit, and every change. */
import type { Day } from "./days.ts";

/** The pull request that a commit's message names. */
export interface PullRequest {
  readonly number: number;
  /** As the service writes it: `#12`, or `!12` for GitLab's merge requests. */
  readonly label: string;
}

export interface Commit {
  readonly id: string;
  /** When it was committed, milliseconds since the epoch: for what came by a merge, when it was merged. */
  readonly time: number;
  /** `Name <address>` */
  readonly author: string;
  readonly subject: string;
  readonly pullRequest: PullRequest | null;
}

/** From when on the files have granted a role to a user without a gap. */
export type Since =
  | { readonly kind: "commit"; readonly commit: Commit }
  /** Granted at the oldest commit of a shallow clone: since then or earlier. */
  | { readonly kind: "shallow"; readonly commit: Commit }
  | { readonly kind: "uncommitted" }
  /** A note of the history says why. */
  | { readonly kind: "unknown" };

/** A role as the files mean it; its id where the files or Polytomic tell it. */
export interface ChangedRole {
  readonly id: string | null;
  readonly name: string;
}

/** Since when changes are listed: a day (UTC), or the commit after which. */
export type Start =
  | { readonly kind: "day"; readonly day: Day }
  | { readonly kind: "commit"; readonly name: string };

/** A change of what the files grant to one user. */
export interface AccessChange {
  readonly email: string;
  /** The commit that brought it; for what ended by itself, the one that set the last day. */
  readonly commit: Commit;
  /** When it took effect, milliseconds since the epoch. */
  readonly time: number;
  /** The last day of access that ended by itself; null where the commit itself changed it. */
  readonly ended: Day | null;
  /** Sorted by name. */
  readonly gained: readonly ChangedRole[];
  readonly lost: readonly ChangedRole[];
  /** The address that the user had before, or has from then on. */
  readonly renamedFrom: string | null;
  readonly renamedTo: string | null;
}

/** A commit that set, changed or removed `reviewed` of one user. */
export interface ReviewMark {
  readonly email: string;
  readonly commit: Commit;
  /** When the commit was made, milliseconds since the epoch. */
  readonly time: number;
  /** Null: removed. */
  readonly reviewed: Day | null;
  /** What it was before; null where it was not set. */
  readonly before: Day | null;
  /** What the files granted the user once the commit was made, sorted by name. */
  readonly roles: readonly ChangedRole[];
}

/** Why git cannot be asked. */
export type NoGit =
  | { readonly code: "no-repository"; readonly folder: string }
  | { readonly code: "git-not-installed" }
  | { readonly code: "untrusted-repository"; readonly folder: string }
  | { readonly code: "no-commits"; readonly folder: string }
  | { readonly code: "git-failed"; readonly folder: string; readonly detail: string };

/** Why the files of a commit cannot be read. */
export type Trouble =
  | { readonly code: "invalid"; readonly problem: string }
  | { readonly code: "missing-file"; readonly path: string }
  | { readonly code: "outside-repository"; readonly path: string }
  /** The clone has no such object: it is a partial one, or damaged. */
  | { readonly code: "missing-object"; readonly path: string };

/** What limits a history. */
export type HistoryNote =
  | NoGit
  | { readonly code: "standard-input" }
  /** Of the result of `apply --plan`. */
  | { readonly code: "saved-plan" }
  | { readonly code: "untracked"; readonly source: string }
  | { readonly code: "uncommitted"; readonly source: string; readonly paths: readonly string[] }
  | { readonly code: "outside-repository"; readonly source: string; readonly path: string }
  | { readonly code: "shallow"; readonly commit: Commit }
  /** Commits whose files could not be read: they count neither as a grant nor as a gap. */
  | {
      readonly code: "unreadable-commits";
      readonly source: string;
      /** Newest first. */
      readonly commits: readonly Commit[];
      /** Of the newest. */
      readonly trouble: Trouble;
    };
