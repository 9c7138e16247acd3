/**
 * Edits of lists and maps in block style, line by line. An entry's lines are those of its value, comments
 * below that are indented deeper than its dash or key, and the comments right above it, up to a blank line
 * or another entry.
 */
import { type Collection, type Entry, unusual } from "./collection.ts";
import type { Edits } from "./edits.ts";
import { commentColumn, isBlank, lineAfter, lineEnding, lineStart } from "./lines.ts";

interface Extent {
  /** The first line's start, own comments included. */
  readonly lead: number;
  /** The start of the line after the last one, or the end of the text. */
  readonly tail: number;
}

/** Each collection is measured once: a list of thousands may take newcomers in many places. */
const measured = new WeakMap<Collection, Layout>();

interface Layout {
  readonly extents: readonly Extent[];
  /** Whether blank lines part the entries. */
  readonly spaced: boolean;
}

/** Throws `Failure` where an entry shares its lines with something else. */
function layoutOf(text: string, collection: Collection): Layout {
  const known = measured.get(collection);
  if (known !== undefined) return known;
  let previousTail: number | null = null;
  const extents = collection.entries.map((entry) => {
    const lead = leadOf(text, entry, previousTail);
    previousTail = tailOf(text, entry);
    return { lead, tail: previousTail };
  });
  const layout = { extents, spaced: isSpaced(text, extents) };
  measured.set(collection, layout);
  return layout;
}

function columnOf(text: string, entry: Entry): number {
  return entry.start - lineStart(text, entry.start);
}

/** The first key of a list's entry stands behind the dash: its line is not its own. */
function leadOf(text: string, entry: Entry, previousTail: number | null): number {
  const head = lineStart(text, entry.start);
  if (text.slice(head, entry.start).trim() !== "") {
    if (previousTail !== null) throw unusual();
    return entry.start;
  }
  let lead = head;
  while (lead > (previousTail ?? 0) && commentColumn(text, lineStart(text, lead - 1)) !== null) {
    lead = lineStart(text, lead - 1);
  }
  return lead;
}

function tailOf(text: string, entry: Entry): number {
  const column = columnOf(text, entry);
  let tail = lineAfter(text, entry.end);
  for (let next = tail; next < text.length; next = lineAfter(text, next + 1)) {
    if (isBlank(text, next)) continue;
    const comment = commentColumn(text, next);
    if (comment === null || comment <= column) break;
    tail = lineAfter(text, next + 1);
  }
  return tail;
}

/** Removes entries with their own comments, and one of the two gaps that would be left beside each. */
export function removeEntries(
  text: string,
  collection: Collection,
  dropped: ReadonlySet<number>,
  edits: Edits,
): void {
  const { entries } = collection;
  for (const [index, extent] of layoutOf(text, collection).extents.entries()) {
    if (!dropped.has(index)) continue;
    if (lineStart(text, extent.lead) === extent.lead) {
      edits.remove(extent.lead, afterGap(text, extent, index === 0));
      continue;
    }
    // Behind a dash: the next key that stays takes its place.
    const next = entries.find((_, other) => other > index && !dropped.has(other));
    if (next === undefined) throw unusual();
    edits.remove(extent.lead, next.start);
  }
}

function afterGap(text: string, { lead, tail }: Extent, isFirst: boolean): number {
  const gapBefore = isFirst || (lead > 0 && isBlank(text, lineStart(text, lead - 1)));
  let end = tail;
  if (gapBefore) while (isBlank(text, end)) end = lineAfter(text, end + 1);
  return end;
}

/** An entry's lines, the first without indentation, the others as seen from its dash or key. */
export type Lines = readonly string[];

/** Puts entries behind the one at `after` (-1: before the first); with blank lines where the others have them. */
export function insertEntries(
  text: string,
  collection: Collection,
  after: number,
  added: readonly Lines[],
  edits: Edits,
): void {
  const { extents, spaced } = layoutOf(text, collection);
  const [first] = collection.entries;
  const [firstExtent] = extents;
  if (first === undefined || firstExtent === undefined || added.length === 0) return;
  const eol = lineEnding(text);
  const indent = " ".repeat(columnOf(text, first));
  const gap = spaced ? eol : "";
  const blocks = added.map((lines) => lines.map((line) => `${indent}${line}${eol}`).join(""));
  const previous = extents[after];
  if (previous === undefined) {
    edits.insert(firstExtent.lead, blocks.map((block) => `${block}${gap}`).join(""));
    return;
  }
  const unfinished = previous.tail === text.length && !text.endsWith("\n");
  const inserted = blocks.map((block) => `${gap}${block}`).join("");
  edits.insert(
    previous.tail,
    unfinished ? `${eol}${inserted.slice(0, inserted.length - eol.length)}` : inserted,
  );
}

function isSpaced(text: string, extents: readonly Extent[]): boolean {
  const gaps = extents.slice(1).filter(({ lead }) => isBlank(text, lineStart(text, lead - 1)));
  return gaps.length > 0 && gaps.length * 2 >= extents.length - 1;
}
