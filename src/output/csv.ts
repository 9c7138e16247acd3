/**
 * `report` for a spreadsheet: a row for each role of each person. All fields are quoted, and what a spreadsheet
 * would take for a formula gets a quote in front of it.
 */
import { stringify } from "csv-stringify/sync";
import type { AccessTable, Holding, Person } from "../model/access.ts";
import { csvField } from "./escape.ts";
import { lineOf } from "../model/words.ts";

const COLUMNS = [
  "organization_id",
  "organization_name",
  "file",
  "email",
  "standing",
  "role",
  "role_id",
  "admin",
  "now",
  "planned",
  "granted_by",
  "role_expires",
  "access_expires",
  "reason",
  "source",
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

export function renderReportCsv(tables: readonly AccessTable[]): string {
  const rows = tables.flatMap((table) =>
    table.people.flatMap((person) =>
      // Somebody without a role is still somebody.
      person.holdings.length === 0
        ? [rowOf(table, person, null)]
        : person.holdings.map((holding) => rowOf(table, person, holding)),
    ),
  );
  return stringify(rows.map(harmless), {
    header: true,
    columns: [...COLUMNS],
    quoted: true,
    escape_formulas: true,
    record_delimiter: "\r\n",
  });
}

function rowOf(table: AccessTable, person: Person, holding: Holding | null): Row {
  return {
    organization_id: table.organization.id,
    organization_name: table.organization.name,
    file: table.source,
    email: person.email,
    standing: person.standing,
    role: holding?.role.name ?? "",
    role_id: holding?.role.id ?? "",
    admin: yesOrNo(holding?.role.id === table.adminRole.id),
    now: yesOrNo(holding?.now ?? person.now),
    planned: yesOrNo(holding?.planned ?? person.planned),
    granted_by: holding?.from.join("; ") ?? "",
    role_expires: holding?.expires ?? "",
    access_expires: person.expires ?? "",
    reason: person.reason ?? "",
    source: person.source === null ? "" : lineOf(person.source),
  };
}

function yesOrNo(holds: boolean): string {
  return holds ? "yes" : "no";
}

function harmless(row: Row): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(row).map(([column, text]) => [column, csvField(text)]));
}
