/** Pieces of Markdown from hostile text. What is cut is cut before it is escaped. */
import type { Organization } from "../../model/current.ts";
import { type Entry, type Kind, whyParts } from "../entries.ts";
import { markdownCell, markdownProse, markdownText } from "../escape.ts";

/** Longer names are cut: nothing that Polytomic or a file can hold may blow the budget by itself. */
const LONGEST_NAME = 320;
const LONGEST_SENTENCE = 2000;
const LONGEST_IN_TITLE = 100;

export const name = (text: string): string => markdownText(clipped(text, LONGEST_NAME));
export const cell = (text: string): string => markdownCell(clipped(text, LONGEST_NAME));
/** Outside of tables. */
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

export function why(entry: Entry): string {
  return whyParts(entry).map(cellProse).join(", ");
}

const DONE: Readonly<Record<Kind, string>> = {
  remove: "removed",
  demote: "demoted",
  rename: "renamed",
  change: "changed",
  add: "added",
};

export function changeWord({ kind, formerly, gainsAdmin }: Entry): string {
  if (formerly === null) return DONE[kind];
  const reach = gainsAdmin === null ? "" : ", so that a new address holds it";
  return `${DONE[kind]} from ${cell(formerly)}${reach}`;
}

export interface TableColumn<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

export function tableHead(columns: readonly { readonly title: string }[]): string {
  const titles = columns.map(({ title }) => ` ${title} |`).join("");
  return `|${titles}\n|${columns.map(() => " --- |").join("")}\n`;
}

export function tableRow<Row>(row: Row, columns: readonly TableColumn<Row>[]): string {
  return `|${columns.map(({ of }) => ` ${of(row)} |`).join("")}`;
}

/** Where there are several organizations, each row says which it is about. */
export function organizationColumn<Row>(
  several: boolean,
  of: (row: Row) => Organization,
): readonly TableColumn<Row>[] {
  return several ? [{ title: "Organization", of: (row) => cell(of(row).name) }] : [];
}

/** Longer than any run of backticks inside, so that nothing inside can end it. */
export function codeBlock(text: string, language: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}${language}\n${text}\n${fence}\n`;
}
