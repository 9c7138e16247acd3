/**
 * A size budget for Markdown: GitHub refuses a comment of more than 65,536 characters. Urgent sections never give
 * way: they take shorter forms. Of the others, what does not fit is counted.
 */
import { grouped } from "../words.ts";

/** Ready Markdown: a title, then rows under a head. */
export interface Section {
  /** Plain words without the count, e.g. `Removed`. */
  readonly title: string;
  readonly folded: boolean;
  /** What stands before the rows: a table's head, or nothing. */
  readonly head: string;
  /** A line each. */
  readonly rows: readonly string[];
  /** Entries that these rows stand for. */
  readonly count: number;
}

export interface Rest extends Section {
  /** Lower goes first when there is little room; the order on the page is the list's. */
  readonly priority: number;
}

/** From full to shortest. All urgent sections take the same form. */
export type UrgentForms = readonly (() => {
  readonly note: string;
  readonly sections: readonly Section[];
})[];

export interface Pieces {
  readonly top: string;
  readonly urgent: UrgentForms;
  readonly rest: readonly Rest[];
  readonly bottom: string;
  /** Where the reader finds what is left out, as a sentence. */
  readonly elsewhere: string;
}

/** Room for the sentence that counts what is left out, beside its ending. */
const NOTE = 800;
/** Room for `, the first 1,234 shown` in a title. */
const SHOWN = 40;

/** At most `limit` characters, as long as the top, the bottom and the urgent addresses fit into it. */
export function fitMarkdown(pieces: Pieces, limit: number): string {
  const { top, rest, bottom, elsewhere } = pieces;
  const room = limit - top.length - bottom.length - elsewhere.length - NOTE;
  const urgent = urgentForm(pieces.urgent, room);
  const shown = shownRows(rest, room - lengthOf(urgent.sections) - urgent.note.length);
  const omitted = [...urgent.omitted, ...omissions(rest, shown)];
  return [
    top,
    ...urgent.sections.map((section) => sectionText(section, section.rows.length)),
    urgent.note,
    ...rest.map((section) => sectionText(section, shown.get(section) ?? 0)),
    omitted.length === 0 ? "" : `Left out here to fit: ${omitted.join(", ")}. ${elsewhere}\n`,
    bottom,
  ]
    .filter((text) => text !== "")
    .join("\n");
}

interface ChosenForm {
  readonly note: string;
  readonly sections: readonly Section[];
  readonly omitted: readonly string[];
}

function urgentForm(forms: UrgentForms, room: number): ChosenForm {
  let shortest: ChosenForm = { note: "", sections: [], omitted: [] };
  for (const form of forms) {
    const { note, sections } = form();
    shortest = { note, sections: sections.filter(({ rows }) => rows.length > 0), omitted: [] };
    if (lengthOf(shortest.sections) + note.length <= room) return shortest;
  }
  return cutForm(shortest, room);
}

/** Not even the addresses fit: as many as do, and the rest is counted. */
function cutForm({ note, sections }: ChosenForm, room: number): ChosenForm {
  const rest = sections.map((section, priority) => ({ ...section, priority }));
  const shown = shownRows(rest, room - note.length);
  return {
    note,
    sections: rest.map((section) => ({
      ...section,
      rows: section.rows.slice(0, shown.get(section) ?? 0),
    })),
    omitted: omissions(rest, shown),
  };
}

/** How many rows of each section fit. */
function shownRows(sections: readonly Rest[], room: number): ReadonlyMap<Rest, number> {
  const shown = new Map<Rest, number>();
  let left = room;
  for (const section of [...sections].sort((a, b) => a.priority - b.priority)) {
    const frame = frameLength(section);
    let used = frame;
    let rows = 0;
    for (const row of section.rows) {
      if (used + row.length + 1 > left) break;
      used += row.length + 1;
      rows += 1;
    }
    shown.set(section, rows);
    if (rows > 0) left -= used;
  }
  return shown;
}

function omissions(sections: readonly Rest[], shown: ReadonlyMap<Rest, number>): readonly string[] {
  return sections.flatMap((section) => {
    const { rows, title, count } = section;
    const left = rows.length - (shown.get(section) ?? 0);
    if (left === 0) return [];
    return [
      left === rows.length
        ? `${title} (${grouped(count)})`
        : `${title} (${grouped(left)} of ${grouped(rows.length)})`,
    ];
  });
}

function lengthOf(sections: readonly Section[]): number {
  return sections.reduce(
    (sum, section) =>
      sum + frameLength(section) + section.rows.reduce((rows, row) => rows + row.length + 1, 0),
    0,
  );
}

function frameLength(section: Section): number {
  return sectionText({ ...section, rows: [""] }, 1).length + SHOWN;
}

function sectionText(section: Section, shown: number): string {
  const { title, folded, head, rows, count } = section;
  if (shown === 0) return "";
  const more = shown < rows.length ? `, the first ${grouped(shown)} shown` : "";
  const name = `${title}: ${grouped(count)}${more}`;
  const body = `${head}${rows.slice(0, shown).join("\n")}\n`;
  return folded
    ? `<details><summary>${name}</summary>\n\n${body}\n</details>\n`
    : `#### ${name}\n\n${body}`;
}
