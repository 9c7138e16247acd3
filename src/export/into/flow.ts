/** Edits of lists and maps in flow style, `[a, b]`: only the gaps between entries are written anew. */
import type { Collection } from "./collection.ts";
import type { Edits } from "./edits.ts";

/** Entries that stay keep their text; others of the same run may edit inside them. */
export function editFlow(
  text: string,
  { entries, inside }: Collection,
  dropped: ReadonlySet<number>,
  added: ReadonlyMap<number, readonly string[]>,
  edits: Edits,
): void {
  const gaps = [...entries.keys(), entries.length].map((index) => ({
    start: entries[index - 1]?.end ?? inside.start,
    end: entries[index]?.start ?? inside.end,
  }));
  const written = gaps.map(({ start, end }) => text.slice(start, end));
  const between = separator(written);
  const closing = /\s*$/.exec(written.at(-1) ?? "")?.[0] ?? "";
  const remain = entries.length - dropped.size + [...added.values()].flat().length;
  let left = remain;
  /** What follows an entry: its comma, its comment, and the way to the next or to the bracket. */
  const ending = (gap: string): string => {
    left -= 1;
    const comment = withoutComma(gap).trimEnd();
    if (left === 0) return `${hasTrailingComma(written) ? "," : ""}${comment}${closing}`;
    return hasComma(gap) && gap.trimEnd() !== gap ? gap : `,${comment}${between}`;
  };
  const news = (after: number): string =>
    (added.get(after) ?? []).map((one) => `${one}${ending("")}`).join("");

  const [first] = gaps;
  if (first === undefined) return;
  edits.insert(first.end, news(-1));
  for (const [index, entry] of entries.entries()) {
    const gap = gaps[index + 1];
    if (gap === undefined) continue;
    const goes = dropped.has(index);
    if (goes) edits.remove(entry.start, entry.end);
    const before = text.slice(gap.start, gap.end);
    const after = `${goes ? "" : ending(before)}${news(index)}`;
    if (after !== before) edits.replace(gap.start, gap.end, after);
  }
}

/** What stands between two entries, without comments: a space, or a line break and an indentation. */
function separator(gaps: readonly string[]): string {
  const between = gaps.slice(1, -1).map((gap) => /\s*$/.exec(gap)?.[0] ?? " ")[0];
  if (between !== undefined) return between === "" ? " " : between;
  const opening = gaps[0] ?? "";
  return opening.includes("\n") ? opening : " ";
}

/** A gap holds blanks, comments and at most one comma. */
const COMMA = /^((?:[^,#]|#[^\n]*)*),/;

function hasComma(gap: string): boolean {
  return COMMA.test(gap);
}

function withoutComma(gap: string): string {
  return gap.replace(COMMA, "$1");
}

function hasTrailingComma(gaps: readonly string[]): boolean {
  return gaps.length > 1 && hasComma(gaps.at(-1) ?? "");
}
