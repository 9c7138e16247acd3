/** The words for git history, the same for every format. Not escaped yet. */
import { dayOf } from "../model/days.ts";
import type { Commit, HistoryNote, Since, Trouble } from "../model/history.ts";
import { counted, firstOf } from "../model/text.ts";

/** `2026-01-05T10:00:00Z` */
export function timestamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** `a1b2c3d4e5f6`: long enough to be unique in any repository. */
function shortId({ id }: Commit): string {
  return id.slice(0, 12);
}

/** `a1b2c3d4e5f6 (#12)` */
export function commitText(commit: Commit): string {
  const { pullRequest } = commit;
  return pullRequest === null ? shortId(commit) : `${shortId(commit)} (${pullRequest.label})`;
}

/** `since 2026-01-05, a1b2c3d4e5f6 (#12)`; null where it is unknown. */
export function sinceText(since: Since): string | null {
  switch (since.kind) {
    case "commit":
      return `since ${dayOf(since.commit.time)}, ${commitText(since.commit)}`;
    case "shallow":
      return `since ${dayOf(since.commit.time)} or earlier (shallow clone)`;
    case "uncommitted":
      return "not committed yet";
    case "unknown":
      return null;
  }
}

/** What limits the history, and what to do about it. */
export function noteText(note: HistoryNote): string {
  switch (note.code) {
    case "no-repository":
      return `${note.folder} is not in a git repository: the start date of grants is unknown`;
    case "git-not-installed":
      return "git is not installed, or not in PATH: the start date of grants is unknown";
    case "untrusted-repository":
      return `git does not read ${note.folder}, which belongs to another user of this machine: the start date of grants is unknown; if you trust it: git config --global --add safe.directory ${note.folder}`;
    case "no-commits":
      return `the repository ${note.folder} has no commits yet: the start date of grants is unknown`;
    case "git-failed":
      return `git failed in ${note.folder}: ${note.detail}; the start date of grants is unknown`;
    case "standard-input":
      return "standard input has no history: the start date of grants is unknown";
    case "untracked":
      return `${note.source} is not committed: the start date of grants is unknown`;
    case "uncommitted":
      return `${firstOf(note.paths)} ${note.paths.length === 1 ? "has" : "have"} uncommitted changes: grants in these changes have no commit yet`;
    case "saved-plan":
      return "a saved plan does not record the commit that it was made from";
    case "outside-repository":
      return `${note.source} includes ${note.path}, which is outside its repository: the start date of grants is unknown`;
    case "shallow":
      return `the clone is shallow and begins on ${dayOf(note.commit.time)} with ${shortId(note.commit)}: grants that it already contains may be older; fetch the whole history with git fetch --unshallow, in CI with a fetch depth of 0`;
    case "unreadable-commits": {
      const [newest] = note.commits;
      const which =
        newest === undefined
          ? ""
          : ` (${newest === note.commits.at(-1) ? "" : "the last is "}${shortId(newest)} of ${dayOf(newest.time)}: ${troubleText(note.trouble)})`;
      return `${note.source} cannot be read at ${counted(note.commits.length, "commit")}${which}: ${note.commits.length === 1 ? "this commit is" : "these commits are"} not considered when the start of a grant is determined`;
    }
  }
}

/** Which changes since the start are missing; null where none is. */
export function missingHistory(notes: readonly HistoryNote[], startTime: number): string | null {
  const missing = notes.flatMap((note): readonly string[] => {
    switch (note.code) {
      case "uncommitted":
      case "unreadable-commits":
      case "saved-plan":
        return [];
      case "shallow":
        return startTime >= note.commit.time
          ? []
          : [`changes up to ${dayOf(note.commit.time)} are missing, because the clone is shallow`];
      case "no-repository":
      case "git-not-installed":
      case "untrusted-repository":
      case "no-commits":
      case "git-failed":
      case "standard-input":
      case "untracked":
      case "outside-repository":
        return [`changes are missing, because ${noteText(note)}`];
    }
  });
  return missing.length === 0 ? null : missing.join("; ");
}

function troubleText(trouble: Trouble): string {
  switch (trouble.code) {
    case "invalid":
      return trouble.problem;
    case "missing-file":
      return `${trouble.path} is missing`;
    case "outside-repository":
      return `${trouble.path} leads out of the repository`;
    case "missing-object":
      return `this clone lacks the content of ${trouble.path}; clone again without --filter`;
  }
}
