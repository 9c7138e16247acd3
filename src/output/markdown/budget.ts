/**
 * A size budget for Markdown, since GitHub refuses comments that are longer than `COMMENT_LIMIT`. Urgent sections are
 * shortened, the least important one first, before parts of them are omitted. The output states how many parts are
 * omitted and where to find them.
 */
import { grouped } from "../../model/text.ts";

/** Characters. The default of `--markdown-limit`. */
export const COMMENT_LIMIT = 65_536;

/** Ready Markdown: rows under a head. */
export interface Form {
  /** What stands before the rows: a table's head, or nothing. */
  readonly head: string;
  readonly rows: readonly string[];
  /** Between rows: a line break, or a comma in a list of addresses. */
  readonly separator: string;
  /** What this form leaves out, as a line; empty for the full one. */
  readonly note: string;
}

export interface Section {
  /** Plain words without the count, e.g. `Remove`. */
  readonly title: string;
  readonly count: string;
  /** alert: refused or failed. warning: gained admin rights. */
  readonly style: "open" | "folded" | "alert" | "warning";
  readonly urgent: boolean;
  /** Lower numbers get space first. The order on the page is the list's. */
  readonly priority: number;
  /** From full to shortest, never empty. */
  readonly forms: readonly (() => Form)[];
}

export interface Pieces {
  readonly top: string;
  readonly sections: readonly Section[];
  readonly bottom: string;
  /** A sentence that names the complete output. */
  readonly elsewhere: string;
}

/** Room for the sentence that counts what is left out, beside its ending. */
const NOTE = 800;
/** Room for `, the first 1,234 shown` in a title, and for line breaks between sections. */
const SHOWN = 40;

/** At most `limit` characters, as long as the top and the bottom leave room. */
export function fitMarkdown({ top, sections, bottom, elsewhere }: Pieces, limit: number): string {
  const room = limit - top.length - bottom.length - elsewhere.length - NOTE;
  const byPriority = sections.toSorted((a, b) => a.priority - b.priority);
  const forms = chosenForms(byPriority, room);
  const shown = shownRows(byPriority, forms, room);
  const texts = sections.map((section) => {
    const form = forms.get(section);
    return form === undefined ? "" : sectionText(section, form, shown.get(section) ?? 0);
  });
  const omitted = byPriority.flatMap((section) => omission(section, forms, shown));
  return [
    top,
    ...texts,
    omitted.length === 0
      ? ""
      : `Omitted because of the size limit: ${omitted.join(", ")}. ${elsewhere}\n`,
    bottom,
  ]
    .filter((text) => text !== "")
    .join("\n");
}

/**
 * Urgent sections from full to shortest, the least important first, until all of them fit. Where they cannot, each
 * takes the fullest form that has room beside what is more important. The others are in full.
 */
function chosenForms(sections: readonly Section[], room: number): ReadonlyMap<Section, Form> {
  const urgent = sections.filter((one) => one.urgent);
  const made = new Map(sections.map((one) => [one, one.forms.map((form) => once(form))]));
  const formOf = (section: Section, index: number): Form | undefined =>
    made.get(section)?.[index]?.();
  const sizeOf = (section: Section, index: number): number => {
    const form = formOf(section, index);
    return form === undefined ? 0 : sectionText(section, form, form.rows.length).length + SHOWN;
  };
  const chosen = new Map(sections.map((one) => [one, 0]));
  const size = (): number =>
    urgent.reduce((sum, one) => sum + sizeOf(one, chosen.get(one) ?? 0), 0);
  for (const section of urgent.toReversed()) {
    for (let index = 1; index < section.forms.length && size() > room; index += 1) {
      chosen.set(section, index);
    }
  }
  if (size() > room) {
    let left = room;
    for (const section of urgent) {
      const fits = section.forms.findIndex((_, index) => sizeOf(section, index) <= left);
      const index = fits === -1 ? section.forms.length - 1 : fits;
      chosen.set(section, index);
      left -= sizeOf(section, index);
    }
  }
  return new Map(
    sections.flatMap((one) => {
      const form = formOf(one, chosen.get(one) ?? 0);
      return form === undefined ? [] : [[one, form] as const];
    }),
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function shownRows(
  sections: readonly Section[],
  forms: ReadonlyMap<Section, Form>,
  room: number,
): ReadonlyMap<Section, number> {
  const shown = new Map<Section, number>();
  let left = room;
  for (const section of sections) {
    const form = forms.get(section);
    if (form === undefined) continue;
    let used = sectionText(section, { ...form, rows: [""] }, 1).length + SHOWN;
    let rows = 0;
    const quoted = section.style === "alert" ? 2 : 0;
    for (const row of form.rows) {
      const cost = row.length + form.separator.length + quoted;
      if (used + cost > left) break;
      used += cost;
      rows += 1;
    }
    shown.set(section, rows);
    if (rows > 0) left -= used;
  }
  return shown;
}

function omission(
  section: Section,
  forms: ReadonlyMap<Section, Form>,
  shown: ReadonlyMap<Section, number>,
): readonly string[] {
  const form = forms.get(section);
  const rows = form?.rows.length ?? 0;
  const left = rows - (shown.get(section) ?? 0);
  if (left === 0) return [];
  const all = grouped(rows);
  const title = section.title.replace(/ \(.*\)$/, "");
  return [left === rows ? `${title} (${all})` : `${title} (${grouped(left)} of ${all})`];
}

function sectionText({ title, count, style }: Section, form: Form, shown: number): string {
  if (shown === 0) return "";
  const { head, rows, separator, note } = form;
  const more = shown < rows.length ? `, the first ${grouped(shown)} shown` : "";
  const name = `${title}: ${count}${more}`;
  const list = rows.slice(0, shown).join(separator);
  const body = `${head}${list}\n${note === "" ? "" : `\n${note}\n`}`;
  switch (style) {
    case "folded":
      return `<details><summary>${name}</summary>\n\n${body}\n</details>\n`;
    case "alert":
      return `> [!CAUTION]\n> **${name}**\n>\n${quotedLines(body)}`;
    case "warning":
      return `> [!WARNING]\n> **${name}**\n\n${body}`;
    case "open":
      return `#### ${name}\n\n${body}`;
  }
}

function quotedLines(body: string): string {
  return body
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? ">\n" : `> ${line}\n`))
    .join("");
}
