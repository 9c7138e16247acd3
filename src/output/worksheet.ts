/** The worksheet of a review: as CSV, and as a page that saves the same CSV. */
import { stringify } from "csv-stringify/sync";
import { WORKSHEET_COLUMNS, type WorksheetRow } from "../model/worksheet.ts";
import { csvField } from "./escape.ts";

/** Without the columns that the reviewer fills in. Spreadsheets and pages show these texts. */
export function worksheetCells(row: WorksheetRow): readonly string[] {
  const { organization, email, role, source, since, expires, reason, reviewed } = row;
  return [
    organization,
    email,
    role,
    source,
    since,
    expires ?? "",
    reason ?? "",
    reviewed ?? "",
  ].map(csvField);
}

export function renderWorksheetCsv(rows: readonly WorksheetRow[]): string {
  return stringify(
    rows.map((row) => [...worksheetCells(row), "", "", ""]),
    {
      header: true,
      columns: [...WORKSHEET_COLUMNS],
      quoted: true,
      quoted_empty: true,
      escape_formulas: true,
      record_delimiter: "\r\n",
    },
  );
}
