/**
 * CSV: the access report (one row for each role of each user) and the review worksheet. All fields are quoted, and a
 * value that a spreadsheet would run as a formula starts with an apostrophe.
 */
import { stringify } from "csv-stringify/sync";
import {
  type AccessTable,
  type Holding,
  organizationIdOf,
  roleIdOf,
  type UserAccess,
} from "../model/access.ts";
import { dayOf } from "../model/days.ts";
import type { Since } from "../model/history.ts";
import { pathAndLine } from "../model/text.ts";
import { WORKSHEET_COLUMNS, type WorksheetRow } from "../model/worksheet.ts";
import { csvField } from "./escape.ts";

const ACCESS_COLUMNS = [
  "organization_id",
  "organization_name",
  "file",
  "email",
  "state",
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
  "pending",
  "granted",
  "since",
  "since_commit",
  "since_pull_request",
  "since_author",
  "since_subject",
] as const;

type Row = Readonly<Record<(typeof ACCESS_COLUMNS)[number], string>>;

export function renderReportCsv(tables: readonly AccessTable[]): string {
  const rows = tables.flatMap((table) =>
    table.users.flatMap((user) =>
      // A user without a role has a row, too.
      user.holdings.length === 0
        ? [makeRow(table, user, null)]
        : user.holdings.map((holding) => makeRow(table, user, holding)),
    ),
  );
  return csvText(
    ACCESS_COLUMNS,
    rows.map((row) => ACCESS_COLUMNS.map((column) => row[column])),
  );
}

/** A header and rows, each field escaped. */
export function csvText(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { quotesEmpty = false }: { readonly quotesEmpty?: boolean } = {},
): string {
  return stringify([[...columns], ...rows.map((row) => row.map(csvField))], {
    quoted: true,
    quoted_empty: quotesEmpty,
    escape_formulas: true,
    record_delimiter: "\r\n",
  });
}

function makeRow(table: AccessTable, user: UserAccess, holding: Holding | null): Row {
  return {
    organization_id: organizationIdOf(table) ?? "",
    organization_name: table.organization.name,
    file: table.source,
    email: user.email,
    state: user.state,
    role: holding?.role.name ?? "",
    role_id: holding === null ? "" : (roleIdOf(table, holding.role) ?? ""),
    admin: yesOrNo(holding?.role.id === table.adminRole.id),
    now: yesOrNo(holding?.now ?? user.now),
    planned: yesOrNo(holding?.planned ?? user.planned),
    granted_by: holding?.from.join("; ") ?? "",
    role_expires: holding?.expires ?? "",
    access_expires: user.expires ?? "",
    reason: user.reason ?? "",
    source: user.source === null ? "" : pathAndLine(user.source),
    pending: yesOrNo(!user.now),
    granted: yesOrNo((holding?.from.length ?? 0) > 0),
    ...sinceFields(holding?.since ?? null),
  };
}

function sinceFields(
  since: Since | null,
): Pick<Row, "since" | "since_commit" | "since_pull_request" | "since_author" | "since_subject"> {
  const commit = since?.kind === "commit" ? since.commit : null;
  return {
    since: commit === null ? "" : dayOf(commit.time),
    since_commit: commit?.id ?? "",
    since_pull_request: commit?.pullRequest?.label ?? "",
    since_author: commit?.author ?? "",
    since_subject: commit?.subject ?? "",
  };
}

/**
 * For Vanta's access reviews (Access file uploader): a row an account, its columns and values. Vendors' staff
 * (`policy.ignore`) is not one of the company's; a pending user has no account yet.
 */
export function renderVantaCsv(tables: readonly AccessTable[]): string {
  const rows = tables.flatMap((table) =>
    table.users
      .filter(({ now }) => now)
      .map(({ email, state, holdings }) => [
        tables.length > 1 ? `${email} (${table.organization.name})` : email,
        state === "ignored" ? "External user" : email,
        holdings
          .filter(({ now }) => now)
          .map(({ role }) => role.name)
          .join(", "),
        "Active",
      ]),
  );
  return csvText(["Account name", "Account owner", "Role", "Status"], rows);
}

function yesOrNo(holds: boolean): string {
  return holds ? "yes" : "no";
}

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
  return csvText(
    WORKSHEET_COLUMNS,
    rows.map((row) => [...worksheetCells(row), "", "", ""]),
    { quotesEmpty: true },
  );
}
