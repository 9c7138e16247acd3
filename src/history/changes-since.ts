/** The start of the period whose changes are listed: a day, or a commit of the branch that is checked out. */
import { Failure } from "../model/failure.ts";
import type { AccessChange, Start } from "../model/history.ts";
import { findCommitId, type Repository } from "./git.ts";
import type { Log, Position } from "./git-log.ts";

/** What is listed: nothing (null), all, or what took effect after a position in the log. */
export interface Listing {
  readonly start: Start | "all" | null;
  readonly position: Position | null;
  readonly log: Log;
}

/** Throws `Failure` where the commit is not one of the first parents of `HEAD`. */
export async function findStart(
  start: Listing["start"],
  log: Log,
  repository: Repository,
): Promise<Listing> {
  if (start === null || start === "all") return { start, position: null, log };
  if (start.kind === "day") {
    // Nothing of the day itself is left out.
    const time = Date.parse(`${start.day}T00:00:00Z`) - 1;
    return { start, position: { index: -1, time }, log };
  }
  const id = await findCommitId(repository, start.name);
  const position = id === null ? null : log.positionOf(id);
  if (position !== null) return { start, position, log };
  throw new Failure(
    id === null
      ? `there is no commit ${start.name} in ${repository.top}`
      : `the commit ${start.name} is not in the history of HEAD (its first parents)`,
    { hint: "pass a commit of the branch that is checked out, or a date such as 2026-01-31" },
  );
}

export type Listed = Pick<AccessChange, "commit" | "time"> & Partial<Pick<AccessChange, "ended">>;

export function selectListed<T extends Listed>(
  all: readonly T[],
  { start, position, log }: Listing,
): readonly T[] {
  if (start === null) return [];
  if (start === "all" || position === null) return all;
  return all.filter(({ commit, ended = null, time }) =>
    start.kind === "day" || ended !== null
      ? time > position.time
      : (log.positionOf(commit.id)?.index ?? -1) > position.index,
  );
}
