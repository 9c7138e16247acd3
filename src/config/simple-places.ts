/** What the reader of simple YAML has read, and where each part of it stands. */
import { placesIn } from "./lines.ts";
import type { Path, Reading } from "./reading.ts";

/** A value with its parts, which stand in it in the same form: a list's by index, a map's by key. */
export interface SimpleNode {
  readonly value: unknown;
  /** Its offset in the text. */
  readonly at: number;
  /** The offset of its key; null where it has none. */
  readonly keyAt: number | null;
  /** Null for a scalar. */
  readonly parts: readonly SimpleNode[] | Readonly<Record<string, SimpleNode>> | null;
}

export function readingOf(path: string, text: string, root: SimpleNode): Reading {
  const placeOf = placesIn(path, text);
  const find = (path: Path): SimpleNode => {
    let found = root;
    for (const step of path) {
      const next = partOf(found, step);
      if (next === null) break;
      found = next;
    }
    return found;
  };
  return {
    value: root.value,
    locate: (path) => placeOf(find(path).at),
    locateKey: (path) => {
      const { at, keyAt } = find(path);
      return placeOf(keyAt ?? at);
    },
    written: (path) => {
      const { value, parts } = find(path);
      return parts === null ? String(value) : null;
    },
  };
}

function partOf({ parts }: SimpleNode, step: string | number): SimpleNode | null {
  if (parts === null) return null;
  if (isList(parts)) return parts[Number(step)] ?? null;
  return Object.hasOwn(parts, step) ? (parts[step] ?? null) : null;
}

function isList(parts: NonNullable<SimpleNode["parts"]>): parts is readonly SimpleNode[] {
  return Array.isArray(parts);
}
