/** What reading a text gives, whoever reads it: a plain value, and where each part of it stands. */
import type { Place } from "../model/problem.ts";

/** Keys and indexes from the top, e.g. `["users", 3, "email"]`. */
export type Path = readonly (string | number)[];

export interface Reading {
  /** Objects, arrays, strings, numbers, booleans and null. Parts that an alias repeats are the same object. */
  readonly value: unknown;
  /** Where the value at this path stands; where there is none, what is nearest above it. */
  locate(path: Path): Place;
  /** Where the last key of this path stands; the value where there is no key. */
  locateKey(path: Path): Place;
  /** A scalar's text as it was written, without quotes; null where there is no scalar. */
  written(path: Path): string | null;
}
