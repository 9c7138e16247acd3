/** Sections made of tables and of lists. */
import type { Section } from "./budget.ts";
import { type TableColumn, tableHead, tableRow } from "./cells.ts";

interface Placing {
  readonly folded: boolean;
  readonly priority: number;
}

/** Urgent sections are never folded, and come before all others. */
export const URGENT: Placing = { folded: false, priority: 0 };

export function tableSection<Row>(
  title: string,
  found: readonly Row[],
  columns: readonly TableColumn<Row>[],
  placing: Placing,
): Section {
  const rows = found.map((row) => tableRow(row, columns));
  return { title, head: tableHead(columns), rows, separator: "\n", ...placing };
}

/** A list of sentences. */
export function listSection(
  title: string,
  sentences: readonly string[],
  priority: number,
): Section {
  const rows = sentences.map((sentence) => `- ${sentence}`);
  return { title, head: "", rows, separator: "\n", folded: false, priority };
}
