/**
 * Entries of lists and maps in block style, line by line. An entry's lines are those of its value, comments below
 * that are indented deeper than its dash or key, and the comments right above it.
 */
import { type Collection, type Entry, NotEditable } from "./nodes.ts";
import { commentColumn, isBlank, lineAfter, lineStart, type TextEdits } from "./text-edits.ts";

interface Extent {
  /** Where the comments right above the entry start; the entry's own start where a dash precedes it in its line. */
  readonly lead: number;
  readonly start: number;
  /** The start of the line after the last one, or the end of the text. */
  readonly tail: number;
}

export function columnOf(text: string, entry: Entry): number {
  return entry.start - lineStart(text, entry.start);
}

/** Throws `NotEditable` where two entries share a line. */
function extentsOf(text: string, { entries }: Collection): readonly Extent[] {
  const extents: Extent[] = [];
  for (const entry of entries) {
    const start = lineStart(text, entry.start);
    const previous = extents.at(-1)?.tail ?? 0;
    if (text.slice(start, entry.start).trim() === "") {
      let lead = start;
      while (lead > previous && commentColumn(text, lineStart(text, lead - 1)) !== null) {
        lead = lineStart(text, lead - 1);
      }
      extents.push({ lead, start, tail: tailOf(text, entry) });
    } else if (extents.length === 0) {
      extents.push({ lead: entry.start, start: entry.start, tail: tailOf(text, entry) });
    } else throw new NotEditable(entry.start);
  }
  return extents;
}

function tailOf(text: string, entry: Entry): number {
  const column = columnOf(text, entry);
  let tail = lineAfter(text, entry.end);
  for (let next = tail; next < text.length; next = lineAfter(text, next + 1)) {
    if (isBlank(text, next)) continue;
    if ((commentColumn(text, next) ?? 0) <= column) break;
    tail = lineAfter(text, next + 1);
  }
  return tail;
}

/**
 * Removes entries with their comments, and one of the two gaps that would be left beside each. Where there may be
 * headings, a comment above several entries without a gap between them is one: it stays as long as one of them does.
 */
export function removeEntries(
  edits: TextEdits,
  collection: Collection,
  dropped: ReadonlySet<number>,
  mayHaveHeadings: boolean,
): void {
  if (dropped.size === 0) return;
  const { text } = edits;
  const { entries } = collection;
  const extents = extentsOf(text, collection);
  for (const [index, extent] of extents.entries()) {
    if (!dropped.has(index)) continue;
    if (extent.lead !== lineStart(text, extent.lead)) {
      const next = entries.findIndex((_, other) => other > index && !dropped.has(other));
      moveBehindDash(edits, extent, extents[next], entries[next]);
      continue;
    }
    if (mayHaveHeadings && extent.lead < extent.start && isHeading(extents, index, dropped)) {
      edits.replace(extent.start, extent.tail, "");
    } else {
      const isLast = index === extents.length - 1;
      edits.replace(...withGap(text, extent, index === 0, isLast), "");
    }
  }
}

/**
 * Removes the entry behind a dash: the next entry that stays takes its place, and comments between them move above the
 * dash.
 */
function moveBehindDash(
  edits: TextEdits,
  extent: Extent,
  next: Extent | undefined,
  entry: Entry | undefined,
): void {
  if (next === undefined || entry === undefined) throw new NotEditable(extent.start);
  const { text } = edits;
  const dash = lineStart(text, extent.start);
  const indent = /^ */.exec(text.slice(dash))?.[0] ?? "";
  const comments = text.slice(next.lead, next.start).trim();
  const lines = comments === "" ? [] : comments.split(/\r?\n/).map((line) => indent + line.trim());
  edits.insertLines(dash, lines);
  edits.replace(extent.start, entry.start, "");
}

function isHeading(
  extents: readonly Extent[],
  index: number,
  dropped: ReadonlySet<number>,
): boolean {
  for (let next = index + 1; next < extents.length; next += 1) {
    const { lead = 0, start = 0 } = extents[next] ?? {};
    if (lead < start || lead !== extents[next - 1]?.tail) return false;
    if (!dropped.has(next)) return true;
  }
  return false;
}

/**
 * With the gap behind it, where there is one before it too; the last entry, which has none behind it, takes the one
 * before.
 */
function withGap(
  text: string,
  { lead, tail }: Extent,
  isFirst: boolean,
  isLast: boolean,
): readonly [start: number, end: number] {
  const before = (at: number): number => lineStart(text, at - 1);
  const gapBefore = lead > 0 && isBlank(text, before(lead));
  let [start, end] = [lead, tail];
  if (gapBefore || isFirst) while (isBlank(text, end)) end = lineAfter(text, end + 1);
  if (gapBefore && isLast && !isFirst && end === tail) {
    while (start > 0 && isBlank(text, before(start))) start = before(start);
  }
  return [start, end];
}

/** Entries to put behind the one at the key (-1: before the first): the lines of each, as seen from its dash or key. */
export type Added = ReadonlyMap<number, readonly (readonly string[])[]>;

/** With blank lines as its neighbours have them. */
export function insertEntries(edits: TextEdits, collection: Collection, added: Added): void {
  if (added.size === 0) return;
  const { text } = edits;
  const [first] = collection.entries;
  const extents = extentsOf(text, collection);
  const [firstExtent] = extents;
  if (first === undefined || firstExtent === undefined) return;
  const indent = " ".repeat(columnOf(text, first));
  const isGapBefore = (index: number): boolean => {
    const { lead } = extents[index] ?? firstExtent;
    return index > 0 && lead > 0 && isBlank(text, lineStart(text, lead - 1));
  };
  for (const [after, blocks] of added) {
    const indented = blocks.map((lines) => lines.map((line) => indent + line));
    const previous = extents[after];
    const neighbour = after < 0 ? 1 : after + 1;
    const gap = isGapBefore(Math.min(neighbour, extents.length - 1)) ? [""] : [];
    if (previous !== undefined) {
      edits.insertLines(
        previous.tail,
        indented.flatMap((lines) => [...gap, ...lines]),
      );
    } else if (firstExtent.lead !== lineStart(text, firstExtent.lead)) {
      throw new NotEditable(first.start);
    } else {
      edits.insertLines(
        firstExtent.lead,
        indented.flatMap((lines) => [...lines, ...gap]),
      );
    }
  }
}
