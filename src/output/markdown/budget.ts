/**
 * A size budget for Markdown: GitHub refuses a comment of more than 65,536 characters. Urgent sections never give
 * way: they take shorter forms. Of the others, what does not fit is counted.
 */
import { grouped } from "../../model/words.ts";

/** Ready Markdown: a title, then rows under a head; a row an entry. */
export interface Section {
  /** Plain words without the count, e.g. `Removed`. */
  readonly title: string;
  readonly folded: boolean;
  /** What stands before the rows: a table's head, or nothing. */
  readonly head: string;
  readonly rows: readonly string[];
  /** Between rows: a line break, or a comma in a list of addresses. */
  readonly separator: string;
  /** Where there is little room, lower gets it first. The order on the page is the list's. */
  readonly priority: number;
}

interface UrgentForm {
  /** What this form leaves out, as a line; empty for the full one. */
  readonly note: string;
  readonly sections: readonly Section[];
}

export interface Pieces {
  readonly top: string;
  /** From full to shortest: the first that fits is taken. */
  readonly urgent: readonly (() => UrgentForm)[];
  readonly rest: readonly Section[];
  readonly bottom: string;
  /** Where the reader finds what is left out, as a sentence. */
  readonly elsewhere: string;
}

/** Room for the sentence that counts what is left out, beside its ending. */
const NOTE = 800;
/** Room for `, the first 1,234 shown` in a title. */
const SHOWN = 40;

/** At most `limit` characters, as long as the top and the bottom leave room. */
export function fitMarkdown(pieces: Pieces, limit: number): string {
  const { top, rest, bottom, elsewhere } = pieces;
  const room = limit - top.length - bottom.length - elsewhere.length - NOTE;
  const urgent = urgentForm(pieces.urgent, room);
  const urgentRows = fit(urgent.sections, room - urgent.note.length);
  const restRows = fit(rest, urgentRows.left);
  const omitted = [...omissions(urgentRows), ...omissions(restRows)];
  return [
    top,
    ...texts(urgentRows),
    urgent.note,
    ...texts(restRows),
    omitted.length === 0 ? "" : `Left out here to fit: ${omitted.join(", ")}. ${elsewhere}\n`,
    bottom,
  ]
    .filter((text) => text !== "")
    .join("\n");
}

/** The first form that fits whole, else the shortest. */
function urgentForm(forms: Pieces["urgent"], room: number): UrgentForm {
  let shortest: UrgentForm = { note: "", sections: [] };
  for (const form of forms) {
    shortest = form();
    if (omissions(fit(shortest.sections, room - shortest.note.length)).length === 0) break;
  }
  return shortest;
}

interface Fit {
  readonly sections: readonly Section[];
  /** How many rows of each there is room for. */
  readonly shown: ReadonlyMap<Section, number>;
  /** Room that is left. */
  readonly left: number;
}

function fit(sections: readonly Section[], room: number): Fit {
  const shown = new Map<Section, number>();
  let left = room;
  for (const section of [...sections].sort((a, b) => a.priority - b.priority)) {
    let used = sectionText({ ...section, rows: [""] }, 1).length + SHOWN;
    let rows = 0;
    for (const row of section.rows) {
      const cost = row.length + section.separator.length;
      if (used + cost > left) break;
      used += cost;
      rows += 1;
    }
    shown.set(section, rows);
    if (rows > 0) left -= used;
  }
  return { sections, shown, left };
}

function texts({ sections, shown }: Fit): readonly string[] {
  return sections.map((section) => sectionText(section, shown.get(section) ?? 0));
}

function omissions({ sections, shown }: Fit): readonly string[] {
  return sections.flatMap((section) => {
    const { rows, title } = section;
    const left = rows.length - (shown.get(section) ?? 0);
    if (left === 0) return [];
    const all = grouped(rows.length);
    return [left === rows.length ? `${title} (${all})` : `${title} (${grouped(left)} of ${all})`];
  });
}

function sectionText(section: Section, shown: number): string {
  const { title, folded, head, rows, separator } = section;
  if (shown === 0) return "";
  const more = shown < rows.length ? `, the first ${grouped(shown)} shown` : "";
  const name = `${title}: ${grouped(rows.length)}${more}`;
  const body = `${head}${rows.slice(0, shown).join(separator)}\n`;
  return folded
    ? `<details><summary>${name}</summary>\n\n${body}\n</details>\n`
    : `#### ${name}\n\n${body}`;
}
