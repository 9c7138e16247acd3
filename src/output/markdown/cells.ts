/** Pieces of Markdown from untrusted text, cut before they are escaped. */
import { counted } from "../../model/text.ts";
import type { OrganizationRow, Where } from "../../report/report.ts";
import { singleName } from "../../report/rows.ts";
import { markdownCell, markdownProse, markdownText } from "../escape.ts";
import type { Form } from "./budget.ts";

/** Longer names are cut, so that no single name exceeds the budget. */
const LONGEST_NAME = 320;
const LONGEST_SENTENCE = 2000;
const LONGEST_IN_TITLE = 100;

export const name = (text: string): string => markdownText(clipped(text, LONGEST_NAME));
export const cell = (text: string): string => markdownCell(clipped(text, LONGEST_NAME));
/** A message of the API, whole, as one piece of code. */
export const message = (text: string): string => markdownText(clipped(text, LONGEST_SENTENCE));
/** A sentence of this program with names in it, outside of tables. */
export const prose = (text: string): string =>
  markdownProse(clipped(text, LONGEST_SENTENCE), markdownText);
/** A name in a headline. */
export const titleProse = (text: string): string =>
  markdownProse(clipped(text, LONGEST_IN_TITLE), markdownText);
export const cellProse = (text: string): string =>
  markdownProse(clipped(text, LONGEST_SENTENCE), markdownCell);

function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${Array.from(text.slice(0, most)).slice(0, -1).join("")}…`;
}

export function names(labels: readonly string[]): string {
  return labels.map(cell).join(", ");
}

export interface TableColumn<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

/** A table, a row each. */
export function tableForm<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  note = "",
): Form {
  const titles = columns.map(({ title }) => ` ${title} |`).join("");
  return {
    head: `|${titles}\n|${columns.map(() => " --- |").join("")}\n`,
    rows: rows.map((row) => `|${columns.map(({ of }) => ` ${of(row)} |`).join("")}`),
    separator: "\n",
    note,
  };
}

export function organizationsForm(rows: readonly OrganizationRow[]): Form {
  return tableForm(rows, [
    { title: "Organization", of: ({ name }) => cell(name) },
    { title: "Id", of: ({ id }) => cell(id) },
  ]);
}

interface Located {
  readonly in: readonly Where[];
}

/** The organization's name, or how many there are, with their names in a fold. */
export function organizationCell({ in: where }: Located): string {
  if (where.length <= 1) return where.map((one) => cell(one.name)).join("");
  const all = where.map((one) => cell(one.name)).join(", ");
  return `<details><summary>${counted(where.length, "organization")}</summary>${all}</details>`;
}

/** The same without the fold. */
export function organizationBrief({ in: where }: Located): string {
  if (where.length === 0) return "";
  const only = singleName(where);
  return only === null ? counted(where.length, "organization") : cell(only);
}

/** Longer than any run of backticks inside, so that nothing inside can end it. */
export function codeBlock(text: string, language: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}${language}\n${text}\n${fence}\n`;
}
