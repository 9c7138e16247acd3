/**
 * Edits a large file quickly. The YAML package takes seconds for tens of thousands of users, so it gets only the
 * entries that change and those around them; its edits are then moved to the whole text.
 */
import { isDeepStrictEqual } from "node:util";
import type { YamlDocument } from "../config/yaml-document.ts";
import { emailKey } from "../model/desired.ts";
import { NotEditable } from "./nodes.ts";
import type { ValueMap } from "./render.ts";
import { rewrite } from "./rewrite.ts";
import type { UserEntry } from "../config/raw-file.ts";
import type { UsersFile } from "./users-file.ts";

/** A file with fewer users is edited as a whole. */
const LARGE = 500;

/** Entries kept on both sides of one that changes, and at both ends of the list: an edit looks at neighbours. */
const MARGIN = 3;

/** What other parts of the text may refer to. */
const ANCHOR = /(?:^|[\s[{,])&\S/m;

/** Null where the file is small, unusual, or changes in too many ways: then it is edited as a whole. */
export function rewriteExcerpt(
  document: YamlDocument,
  text: string,
  wanted: UsersFile,
  large = LARGE,
): string | null {
  const before = (document.value as UsersFile).users ?? [];
  const after = wanted.users ?? [];
  if (before.length < large || ANCHOR.test(text)) return null;
  const kept = entriesToKeep(before, after);
  const starts =
    kept === null
      ? null
      : lineStarts(text, before.length, (index) => document.locate(["users", index]));
  if (kept === null || starts === null) return null;
  const pieces = piecesOf(text, starts, kept);
  const left = new Set(
    [...before.keys()].filter((index) => !kept.has(index)).map((index) => before[index]?.email),
  );
  const users = after.filter(({ email }) => !left.has(email));
  try {
    const edits = rewrite(pieces.map(({ start, end }) => text.slice(start, end)).join(""), {
      ...(wanted as ValueMap),
      users,
    });
    return edits.movedTo(text, placeIn(pieces))?.result() ?? null;
  } catch (error) {
    if (error instanceof NotEditable) return null;
    throw error;
  }
}

/** The indexes of the entries around those that change. Null where entries change their order. */
function entriesToKeep(
  before: readonly UserEntry[],
  after: readonly UserEntry[],
): ReadonlySet<number> | null {
  const old = new Set(before.map(({ email }) => emailKey(email)));
  const now = new Set(after.map(({ email }) => emailKey(email)));
  const changed = [0, before.length - 1];
  let next = 0;
  for (const [index, entry] of before.entries()) {
    while (next < after.length && !old.has(emailKey(after[next]?.email ?? ""))) {
      changed.push(index);
      next += 1;
    }
    if (!now.has(emailKey(entry.email))) {
      changed.push(index);
      continue;
    }
    const other = after[next];
    if (other === undefined || emailKey(other.email) !== emailKey(entry.email)) return null;
    if (!isDeepStrictEqual(entry, other)) changed.push(index);
    next += 1;
  }
  const kept = new Set<number>();
  for (const index of changed) {
    for (let near = index - MARGIN; near <= index + MARGIN; near += 1) {
      if (near >= 0 && near < before.length) kept.add(near);
    }
  }
  return kept;
}

/** Where the line of each entry starts. Null unless each entry has a dash and lines of its own. */
function lineStarts(
  text: string,
  count: number,
  locate: (index: number) => { readonly line: number; readonly column: number },
): readonly number[] | null {
  const starts: number[] = [];
  let line = 1;
  let start = 0;
  for (let index = 0; index < count; index += 1) {
    const place = locate(index);
    if (place.line <= line) return null;
    for (; line < place.line; line += 1) start = text.indexOf("\n", start) + 1;
    if (!/^ *- +$/.test(text.slice(start, start + place.column - 1))) return null;
    starts.push(start);
  }
  return starts;
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What is left of the text without the lines of the other entries. */
function piecesOf(
  text: string,
  starts: readonly number[],
  kept: ReadonlySet<number>,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [index, start] of starts.entries()) {
    const before = index === 0 || kept.has(index - 1);
    if (before && !kept.has(index)) pieces.push({ start: from, end: start });
    if (!before && kept.has(index)) from = start;
  }
  return [...pieces, { start: from, end: text.length }];
}

/** Where a range of the excerpt is in the whole text; null where it touches the end of a piece. */
function placeIn(pieces: readonly Piece[]): (start: number, end: number) => number | null {
  return (start, end) => {
    let offset = 0;
    for (const [index, piece] of pieces.entries()) {
      const next = offset + piece.end - piece.start;
      const isLast = index === pieces.length - 1;
      if (start < next || isLast) {
        const inside = (index === 0 || start > offset) && (isLast || end < next);
        return inside ? piece.start + start - offset : null;
      }
      offset = next;
    }
    return null;
  };
}
