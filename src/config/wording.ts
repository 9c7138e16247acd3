/** The small parts of problems' sentences. */
import leven from "leven";
import { compareText, type Place } from "../model/problem.ts";

const LONGEST_QUOTE = 80;

/** Text from a file inside a message: in quotes, on one line, not endless. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE - 1)}…`,
  );
}

/** `users.yaml:12:5` */
export function at(place: Place): string {
  return `${place.path}:${place.line}:${place.column}`;
}

/** Beyond these, looking for the nearest name costs more than it helps. */
const MOST_CANDIDATES = 2_000;
const LONGEST_WORD = 100;

/** The nearest of the candidates without regard to case, or null when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (candidates.length > MOST_CANDIDATES || word.length > LONGEST_WORD) return null;
  const farthest = Math.max(2, Math.floor(word.length / 3));
  const near = candidates
    .filter((name) => Math.abs(name.length - word.length) <= farthest)
    .map((name) => ({ name, distance: leven(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= farthest && distance < name.length)
    .sort((a, b) => a.distance - b.distance || compareText(a.name, b.name));
  return near[0]?.name ?? null;
}

/** `did you mean "x"?`, or else what there is to choose from. */
export function suggestion(word: string, candidates: readonly string[], otherwise: string): string {
  const name = nearest(word, candidates);
  return name === null ? otherwise : `did you mean ${quote(name)}?`;
}

const LISTED_AT_MOST = 12;

/** `"a", "b" and 3 more`, sorted. */
export function listed(names: readonly string[]): string {
  const sorted = names.toSorted(compareText);
  const more = sorted.length - LISTED_AT_MOST;
  const shown = sorted.slice(0, LISTED_AT_MOST).map(quote).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
