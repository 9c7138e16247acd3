/**
 * One change as lines: sign, verb, address, roles and reason. On a narrow terminal, the reason is on its own line. The
 * order of the sections is in `report/sections.ts`.
 */
import { formatPatch, OMIT_HEADERS, structuredPatch } from "diff";
import { pathAndLine } from "../../model/text.ts";
import type { Entry, Kind } from "../../report/entries.ts";
import type { ChangeRow } from "../../report/report.ts";
import { plainText } from "../escape.ts";
import { type Cell, type Column, rowLine, rowLines, widest, widestFolded } from "./columns.ts";
import {
  listedNames,
  type Paint,
  paint,
  sentence,
  shownAddress,
  shownName,
  type TextOptions,
  words,
} from "./style.ts";

const SIGNS: Readonly<Record<Kind, string>> = { remove: "-", rename: "~", change: "~", add: "+" };

/** From this width on, why has a column of its own; below, a line of its own under the address. */
const WIDE = 110;
/** On unfolded lines, longer addresses and phrases of roles move what follows to the right. */
const MOST_ALIGNED = 50;
/** The margin is empty but for the mark of a gained admin role. */
const MARGIN = 2;
const VERB = "~ change".length;
const EMAIL_COLUMN = MARGIN + VERB + 2;

export interface ChangeColumns {
  readonly columns: readonly Column[];
  /** Where why is: a column of the same row, or of the next. */
  readonly why: Column;
  readonly layout: "narrow" | "wide" | "unfolded";
}

export function changeColumns(
  rows: readonly ChangeRow[],
  { width, unfolded = false }: Pick<TextOptions, "width" | "unfolded">,
): ChangeColumns {
  if (unfolded) return unfoldedColumns(rows);
  const email = widest(
    rows.map(({ entry }) => shownAddress(entry.email)),
    Math.max(20, Math.floor(width * 0.4)),
  );
  const start = EMAIL_COLUMN + email + 2;
  const room = Math.max(24, width - start);
  const wide = width >= WIDE;
  const phrases = wide ? rows.map((row) => rolesOf(row, paint(false)).join(" ")) : [];
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
  return { columns, why, layout: wide ? "wide" : "narrow" };
}

function unfoldedColumns(rows: readonly ChangeRow[]): ChangeColumns {
  const addresses = rows.map(({ entry }) => shownAddress(entry.email));
  const phrases = rows.map((row) => rolesOf(row, paint(false)).join(" "));
  const start = EMAIL_COLUMN + widest(addresses, MOST_ALIGNED) + 2;
  const columns = [0, MARGIN, EMAIL_COLUMN, start].map((at) => ({ start: at, width: Infinity }));
  const why = { start: start + widest(phrases, MOST_ALIGNED) + 2, width: Infinity };
  return { columns, why, layout: "unfolded" };
}

/** `where` names the organizations, in words, where they are several. */
export function changeLines(
  row: ChangeRow,
  where: readonly string[],
  { columns, why, layout }: ChangeColumns,
  colours: Paint,
): readonly string[] {
  const { entry, error } = row;
  const cells: readonly Cell[] = [
    entry.gainsAdmin === null ? [] : [colours.strong("!")],
    [verbOf(entry, colours)],
    [shownAddress(entry.email)],
    rolesOf(row, colours),
  ];
  // After an apply the plan has said why.
  const because = row.voice === "planned" ? whyAndSource(entry) : [];
  const under = (text: Cell): readonly string[] =>
    text.length === 0
      ? []
      : rowLines([text], [layout === "narrow" ? why : { start: EMAIL_COLUMN + 2, width: 90 }]);
  const whole = [...cells, because.map(colours.faint)];
  return [
    ...(layout === "unfolded"
      ? [rowLine(whole, [...columns, why])]
      : layout === "wide"
        ? rowLines(whole, [...columns, why])
        : [...rowLines(cells, columns), ...under(because).map(colours.faint)]),
    ...under(where).map(colours.faint),
    ...(error === null ? [] : under(words(plainText(error)))),
  ];
}

function verbOf({ kind }: Entry, colours: Paint): string {
  const text = `${SIGNS[kind]} ${kind}`;
  if (kind === "add") return colours.good(text);
  return kind === "remove" ? colours.bad(text) : colours.careful(text);
}

function whyAndSource({ why, source }: Entry): Cell {
  return sentence([...why, ...(source === null ? [] : [pathAndLine(source)])]);
}

/** From which roles to which: what is gained and lost first, with its sign, then what stays. */
function rolesOf(row: ChangeRow, colours: Paint): readonly string[] {
  const { formerly } = row.entry;
  return [
    ...(formerly === null ? [] : words(`was ${shownAddress(formerly)};`)),
    ...roleWords(row, colours),
    ...adminMark(row).map(colours.strong),
  ];
}

const VERBS = {
  planned: ["gains", "loses"],
  done: ["gained", "lost"],
  missing: ["would gain", "would lose"],
} as const;

/** In words, beside the mark in the margin. */
function adminMark({ entry, voice }: ChangeRow): readonly string[] {
  const [gains, loses] = VERBS[voice];
  if (entry.gainsAdmin !== null) {
    const who = entry.kind === "rename" ? `the new address ${gains}` : gains;
    return [`(${who} ${shownName(entry.gainsAdmin)})`];
  }
  if (entry.losesAdmin === null || entry.kind === "remove") return [];
  return [`(${loses} ${shownName(entry.losesAdmin)})`];
}

function roleWords({ entry }: ChangeRow, colours: Paint): readonly string[] {
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

const INDENT = " ".repeat(12);

/** A unified diff of one user's roles, one role a line (`--diff`); the change's own line names the user. */
export function rolesDiff({ before, after }: Entry, paint: Paint): readonly string[] {
  const lines = (roles: readonly string[] | null): string =>
    (roles ?? []).map((name) => `${plainText(name)}\n`).join("");
  const patch = structuredPatch("", "", lines(before), lines(after), "", "", {
    context: Number.POSITIVE_INFINITY,
  });
  return formatPatch(patch, OMIT_HEADERS)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => INDENT + coloured(line, paint));
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith("@@")) return paint.faint(line);
  if (line.startsWith("+")) return paint.good(line);
  return line.startsWith("-") ? paint.bad(line) : line;
}
