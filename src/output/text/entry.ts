/** One entry of a plan as lines of text: sign, verb, address, roles, and why; the last on its own line where it is narrow. */
import { type Cell, type Column, rowLines, widest, widestFolded } from "../columns.ts";
import { type Entry, type Kind, whyParts } from "../entries.ts";
import { plainText } from "../escape.ts";
import { listedNames, shownAddress, shownName } from "./names.ts";
import { type Paint, paint } from "./paint.ts";

const SIGNS: Readonly<Record<Kind, string>> = {
  remove: "-",
  demote: "~",
  rename: "~",
  change: "~",
  add: "+",
};

/** From this width on, why has a column of its own; below, a line of its own under the address. */
const WIDE = 110;
/** The margin is empty but for the mark of a gained admin role. */
const MARGIN = 2;
const VERB = "~ change".length;
export const EMAIL_COLUMN = MARGIN + VERB + 2;

export interface EntryColumns {
  readonly columns: readonly Column[];
  /** Where why is: a column of the same row, or of the next. */
  readonly why: Column;
  readonly wide: boolean;
}

export function entryColumns(entries: readonly Entry[], width: number): EntryColumns {
  const email = widest(
    entries.map(({ email }) => shownAddress(email)),
    Math.max(20, Math.floor(width * 0.4)),
  );
  const start = EMAIL_COLUMN + email + 2;
  const room = Math.max(24, width - start);
  const wide = width >= WIDE;
  const phrases = wide ? entries.map((entry) => rolesOf(entry, paint(false)).join(" ")) : [];
  const roles = wide ? widestFolded(phrases, Math.floor(room / 2) - 2) + 2 : room;
  const columns = [
    { start: 0, width: MARGIN },
    { start: MARGIN, width: VERB },
    { start: EMAIL_COLUMN, width: email },
    { start, width: wide ? roles - 2 : roles },
  ];
  const why = wide
    ? { start: start + roles, width: room - roles }
    : { start: EMAIL_COLUMN + 2, width: Math.max(24, width - EMAIL_COLUMN - 2) };
  return { columns, why, wide };
}

export function entryLines(
  entry: Entry,
  { columns, why, wide }: EntryColumns,
  colours: Paint,
): readonly string[] {
  const mark = entry.gainsAdmin === null ? [] : [colours.strong("!")];
  const row = [
    mark,
    [verbOf(entry, colours)],
    [shownAddress(entry.email)],
    rolesOf(entry, colours),
  ];
  const because = sentence(whyParts(entry));
  if (wide) return rowLines([...row, because.map(colours.faint)], [...columns, why]);
  return [
    ...rowLines(row, columns),
    ...(because.length === 0 ? [] : rowLines([because], [why]).map(colours.faint)),
  ];
}

function verbOf({ kind }: Entry, colours: Paint): string {
  const text = `${SIGNS[kind]} ${kind}`;
  if (kind === "add") return colours.good(text);
  return kind === "remove" ? colours.bad(text) : colours.careful(text);
}

/** From which roles to which: what is gained and lost first, with its sign, then what stays. */
function rolesOf(entry: Entry, colours: Paint): readonly string[] {
  return [
    ...(entry.formerly === null ? [] : words(`was ${shownAddress(entry.formerly)};`)),
    ...roleWords(entry, colours),
    ...adminMark(entry).map(colours.strong),
  ];
}

/** In words, beside the mark in the margin. */
function adminMark({ kind, gainsAdmin, losesAdmin }: Entry): readonly string[] {
  if (gainsAdmin !== null) {
    const who = kind === "rename" ? "the new address gains" : "gains";
    return [`(${who} ${shownName(gainsAdmin)})`];
  }
  return losesAdmin === null || kind === "remove" ? [] : [`(loses ${shownName(losesAdmin)})`];
}

function roleWords(entry: Entry, colours: Paint): readonly string[] {
  const { before, after, gained, lost, kept } = entry;
  if (after === null) return ["had", ...listedNames(before ?? [])];
  if (before === null) return listedNames(after);
  if (gained.length + lost.length === 0) return ["keeps", ...listedNames(kept)];
  if (kept.length === 0) return [...listedNames(before), "→", ...listedNames(after)];
  const signed = [
    ...gained.map((name) => colours.good(`+${shownName(name)}`)),
    ...lost.map((name) => colours.bad(`-${shownName(name)}`)),
  ];
  return [
    ...signed.map((word, i) => (i < signed.length - 1 ? word : `${word},`)),
    "keeps",
    ...listedNames(kept),
  ];
}

/** Parts with commas between them, word by word. */
export function sentence(parts: readonly string[]): Cell {
  return parts.flatMap((part, index) =>
    words(plainText(part) + (index < parts.length - 1 ? "," : "")),
  );
}

export function words(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}
