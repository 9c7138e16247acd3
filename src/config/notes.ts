/** Collects the problems of all files: none twice, sorted at the end, and not without end. */
import { compareProblems, type Place, type Problem } from "../model/problem.ts";

/** Notes one problem. */
export type Note = (place: Place, code: string, message: string) => void;

/** More than this in one file is one mistake repeated: the rest is counted. */
const MOST_OF_ONE_FILE = 1_000;

export interface Notes {
  readonly note: Note;
  /** Sorted; at most a thousand of each file, and then one that says how many more there are. */
  readonly problems: () => readonly Problem[];
}

export function notes(): Notes {
  // A file that many organizations include has its problems once.
  const noted = new Map<string, Problem>();
  return {
    note(place, code, message) {
      noted.set(JSON.stringify([place.path, place.line, place.column, code, message]), {
        place,
        code,
        message,
      });
    },
    problems: () => capped([...noted.values()].sort(compareProblems)),
  };
}

function capped(sorted: readonly Problem[]): readonly Problem[] {
  const count = new Map<string, number>();
  const kept: Problem[] = [];
  for (const problem of sorted) {
    const seen = (count.get(problem.place.path) ?? 0) + 1;
    count.set(problem.place.path, seen);
    if (seen <= MOST_OF_ONE_FILE) kept.push(problem);
  }
  for (const [path, total] of count) {
    const last = kept.findLast(({ place }) => place.path === path);
    if (total <= MOST_OF_ONE_FILE || last === undefined) continue;
    kept.push({
      place: last.place,
      code: "too-many-problems",
      message: `${total - MOST_OF_ONE_FILE} more problems in this file are not shown: mend these first`,
    });
  }
  return kept.length === sorted.length ? kept : keptInOrder(kept);
}

/** The closing problem stands after the last that is shown, whatever its code. */
function keptInOrder(kept: readonly Problem[]): readonly Problem[] {
  const closing = (problem: Problem): number => (problem.code === "too-many-problems" ? 1 : 0);
  return kept.toSorted((a, b) => {
    const sameFile = a.place.path === b.place.path;
    return (sameFile ? closing(a) - closing(b) : 0) || compareProblems(a, b);
  });
}
