/** Entries of lists and maps in flow style, `[a, b]`: only the gaps between entries are rewritten. */
import type { Collection } from "./nodes.ts";
import type { TextEdits } from "./text-edits.ts";

/** Entries that stay keep their text. `added`: behind which entry (-1: before the first) what is put. */
export function editFlow(
  edits: TextEdits,
  { entries, inside }: Collection,
  dropped: ReadonlySet<number>,
  added: ReadonlyMap<number, readonly string[]>,
): void {
  if (dropped.size === 0 && added.size === 0) return;
  const { text } = edits;
  const gaps = [...entries.keys(), entries.length].map((index) => ({
    start: entries[index - 1]?.end ?? inside.start,
    end: entries[index]?.start ?? inside.end,
  }));
  const written = gaps.map(({ start, end }) => text.slice(start, end));
  const [opening = ""] = written;
  const closing = written.at(-1) ?? "";
  const between = separator(written);
  const trailingComma = entries.length > 0 && COMMA.test(closing);
  let left = entries.length - dropped.size + [...added.values()].flat().length;
  /** What follows an entry: its comma, its comment, and the way to the next entry or to the bracket. */
  const ending = (gap: string, isLast = false): string => {
    left -= 1;
    const comment = gap.replace(COMMA, "$1").trimEnd();
    const toBracket = /\s*$/.exec(closing)?.[0] ?? "";
    if (left === 0) return `${trailingComma ? "," : ""}${comment}${toBracket}`;
    // The bracket is indented less than the entries.
    if (!isLast && COMMA.test(gap) && gap.trimEnd() !== gap) return gap;
    // A comment ends with its line.
    const toNext = comment !== "" && !between.includes("\n") ? toBracket : between;
    return `,${comment}${toNext}`;
  };
  const news = (after: number): string =>
    (added.get(after) ?? []).map((one) => `${one}${ending("")}`).join("");

  const first = inside.start + opening.length;
  edits.insert(first, news(-1));
  for (const [index, entry] of entries.entries()) {
    const start = entry.end;
    const before = written[index + 1] ?? "";
    const goes = dropped.has(index);
    if (goes) edits.replace(entry.start, entry.end, "");
    const after = `${goes ? "" : ending(before, index === entries.length - 1)}${news(index)}`;
    if (after !== before) edits.replace(start, start + before.length, after);
  }
}

/** What stands between two entries, without comments: a space, or a line break and an indentation. */
function separator([opening = "", ...gaps]: readonly string[]): string {
  const between = gaps.slice(0, -1).map((gap) => /\s*$/.exec(gap)?.[0] ?? " ")[0];
  if (between !== undefined) return between === "" ? " " : between;
  return opening.includes("\n") ? (/\s*$/.exec(opening)?.[0] ?? " ") : " ";
}

/** A gap holds blanks, comments and at most one comma. */
const COMMA = /^((?:[^,#]|#[^\n]*)*),/;
