/** Problems are data: a place, a stable code and a sentence that says what is wrong and what to do. */

/** A position in a file as the user named it. Lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  readonly place: Place;
  /** Stable, kebab-case, e.g. `unknown-group`. Tests assert it. */
  readonly code: string;
  /** What is wrong, and what to do. One line, no control characters needed to read it. */
  readonly message: string;
}

/** Order of the files, then of the places in them, then of the codes. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    compareText(a.place.path, b.place.path) ||
    a.place.line - b.place.line ||
    a.place.column - b.place.column ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

/** By code unit: the same order on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
