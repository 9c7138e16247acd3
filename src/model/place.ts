/** A position in a file, with the path as the user wrote it. Lines and columns start at 1; columns are UTF-16 units. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** A value and where it stands. */
export interface Written<T> {
  readonly value: T;
  readonly place: Place;
}

/** `users.yaml:12:5` */
export function formatPlace({ path, line, column }: Place): string {
  return `${path}:${line}:${column}`;
}

/** By code unit: the same order on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of the files, then of the places in them. */
export function comparePlaces(a: Place, b: Place): number {
  return compareText(a.path, b.path) || a.line - b.line || a.column - b.column;
}
