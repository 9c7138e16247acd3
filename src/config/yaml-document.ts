/** A YAML text after reading, by either reader: a plain value, and the position of each of its parts. */
import type { Place } from "../model/place.ts";

/** Keys and indexes from the top, e.g. `["users", 3, "email"]`. */
export type Path = readonly (string | number)[];

export interface YamlDocument {
  /** Objects, arrays, strings, numbers, booleans and null. Parts that an alias repeats are the same object. */
  readonly value: unknown;
  /** The place of the value at this path, or of the nearest value above it. */
  locate(path: Path): Place;
  /** The place of the last key of this path, or of the value where there is no key. */
  locateKey(path: Path): Place;
  /** A scalar's text as written, without quotes; null where there is no scalar. */
  written(path: Path): string | null;
  /**
   * The places of values that are not what the text means, because it uses YAML that is not allowed: problems that were
   * reported. Another problem at one of them is a consequence; and the rest of the text may be what others refer to.
   */
  readonly refused: readonly Place[];
}

/** The place of an offset in a text. */
export type PlaceOf = (offset: number) => Place;

export function placesIn(path: string, text: string): PlaceOf {
  let starts: readonly number[] | null = null;
  return (offset) => {
    starts ??= lineStarts(text);
    const line = lastAtMost(starts, offset);
    return { path, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}

/** The index of the last number that is not greater; the numbers ascend and the first is 0. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
