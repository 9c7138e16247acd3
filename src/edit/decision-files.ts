/** Reads worksheets with decisions, as a spreadsheet or the page saves them: the decision for each row. */
import { CsvError, parse } from "csv-parse/sync";
import { InvalidFiles } from "../model/failure.ts";
import { type Problem, problemAt } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { WORKSHEET_COLUMNS, type WorksheetColumn } from "../model/worksheet.ts";

export interface DecidedRow {
  readonly place: Place;
  readonly cells: Readonly<Record<WorksheetColumn, string>>;
  /** Null: not decided. */
  readonly decision: "keep" | "revoke" | null;
}

/** Columns that identify a row and its decision. */
const NEEDED: readonly WorksheetColumn[] = [
  "organization",
  "email",
  "role",
  "source",
  "expires",
  "decision",
];

/** Throws `InvalidFiles` with every problem of every file. */
export function readDecisions(
  files: readonly { readonly path: string; readonly text: string }[],
): readonly DecidedRow[] {
  const problems: Problem[] = [];
  const rows = files.flatMap(({ path, text }) => readRows(path, text, problems));
  if (problems.length > 0) throw new InvalidFiles(problems);
  return rows;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function readRows(path: string, text: string, problems: Problem[]): readonly DecidedRow[] {
  const refuse = (line: number, detail: string): readonly DecidedRow[] => {
    problems.push(problemAt({ path, line, column: 1 }, "bad-worksheet", { detail }));
    return [];
  };
  let records: readonly CsvRecord[];
  try {
    records = parse(text, {
      bom: true,
      delimiter: detectDelimiter(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // Spreadsheets write rows without content as separators alone.
      skip_records_with_empty_values: true,
    }) as unknown as readonly CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line: unknown = error["lines"];
    return refuse(typeof line === "number" ? line : 1, `not a CSV file (${error.message})`);
  }
  const [head, ...rest] = records;
  const columns = (head?.record ?? []).map((name) => name.trim().toLowerCase());
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) return refuse(1, `columns are missing (${missing.join(", ")})`);
  return rest.map(({ record, info }): DecidedRow => {
    const cell = (name: WorksheetColumn): string => record[columns.indexOf(name)]?.trim() ?? "";
    const cells = Object.fromEntries(WORKSHEET_COLUMNS.map((name) => [name, cell(name)]));
    const word = cell("decision").toLowerCase();
    const place = { path, line: info.lines, column: 1 };
    if (word !== "" && word !== "keep" && word !== "revoke") {
      problems.push(problemAt(place, "bad-decision", { word }));
    }
    const decision = word === "keep" || word === "revoke" ? word : null;
    return { place, cells: cells as DecidedRow["cells"], decision };
  });
}

/** Spreadsheets of many countries save semicolons. */
function detectDelimiter(text: string): string {
  const head = text.slice(0, text.indexOf("\n") + 1 || text.length);
  const count = (sign: string): number => head.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}
