/** Decisions of a review → edits of users' entries, and the rows that stay open. */
import { groupBy } from "../model/group-by.ts";
import {
  type DesiredOrganization,
  type DesiredUser,
  liveGrants,
  nameKey,
} from "../model/desired.ts";
import { addDays, type Day, isDay } from "../model/days.ts";
import { formatPlace } from "../model/place.ts";
import { WORKSHEET_COLUMNS, type WorksheetRow } from "../model/worksheet.ts";
import { pathAndLine } from "../model/text.ts";
import { grant } from "./grant.ts";
import { revoke } from "./revoke.ts";
import type { DecidedRow } from "./decision-files.ts";
import type { UserEntry } from "../config/raw-file.ts";
import { patchUser } from "./users-file.ts";
import type { Workspace } from "./workspace.ts";

export interface DecisionsInput {
  readonly workspace: Workspace;
  /** The worksheet as it is now. */
  readonly rows: readonly WorksheetRow[];
  readonly decided: readonly DecidedRow[];
  /** A row's cells as the worksheet has them. */
  readonly cellsOf: (row: WorksheetRow) => readonly string[];
  readonly asOf: Day;
}

export interface DecisionsOutcome {
  readonly kept: number;
  readonly revoked: number;
  /** Users whose `reviewed` is set. */
  readonly reviewed: number;
  /** A sentence each: rows without a decision that could be carried out, with the place in the worksheet. */
  readonly open: readonly string[];
  readonly notes: readonly string[];
}

interface Decided {
  readonly row: WorksheetRow;
  readonly places: readonly string[];
  readonly decision: "keep" | "revoke";
}

/**
 * Changes the values of the workspace's files. A row that cannot be carried out stays open; the others are carried
 * out.
 */
export async function decide(input: DecisionsInput): Promise<DecisionsOutcome> {
  const open: string[] = [];
  const notes: string[] = [];
  const decided = matched(input, open, notes);
  const listed = new Set(input.decided.map(({ cells }) => rowKey(cells)));
  const byEntry = groupBy(input.rows, entryKey);
  let [kept, revoked, reviewed] = [0, 0, 0];
  for (const rows of byEntry.values()) {
    const own = rows.flatMap((row) => decided.get(row) ?? []);
    if (own.length === 0) continue;
    const carried = own.filter((one) => {
      const reason = obstacle(one, rows, decided, input);
      if (reason === null) return true;
      open.push(`${one.places.join(", ")}: ${nameOf(one.row)}: ${reason}`);
      return false;
    });
    const isWhole = carried.length === rows.length;
    if (carried.some(({ decision }) => decision === "keep")) {
      const missing = rows.filter((row) => !listed.has(keyOf(input.cellsOf(row))));
      open.push(...missing.map((row) => `${nameOf(row)}: ${NOT_LISTED}`));
    }
    if (await carryOut(rows, carried, isWhole, input, notes)) reviewed += 1;
    kept += carried.filter(({ decision }) => decision === "keep").length;
    revoked += carried.filter(({ decision }) => decision === "revoke").length;
  }
  return { kept, revoked, reviewed, open, notes };
}

const NOT_LISTED = "not in the worksheet, so the user is not marked as reviewed";

/** Rows of one entry, also where several organizations share it; without an entry, of one user of an organization. */
function entryKey({ user, organization, email }: WorksheetRow): string {
  return user === null ? `${organization}\n${email}` : formatPlace(user.place);
}

function nameOf({ email, role, organization }: WorksheetRow): string {
  return `${email} ${role} (${organization})`;
}

/** Matches each decided row with the current worksheet; rows that do not match stay open. */
function matched(
  { rows, decided, cellsOf }: DecisionsInput,
  open: string[],
  notes: string[],
): ReadonlyMap<WorksheetRow, Decided> {
  const current = new Map(rows.map((row) => [keyOf(cellsOf(row)), row]));
  const found = new Map<WorksheetRow, Decided>();
  const byKey = groupBy(decided, ({ cells }) => rowKey(cells));
  for (const [key, group] of byKey) {
    const [first] = group;
    if (first === undefined) continue;
    const { organization, email, role } = first.cells;
    const decisions = group.filter(({ decision }) => decision !== null);
    const places = (decisions.length > 0 ? decisions : group).map(({ place }) =>
      pathAndLine(place),
    );
    const say = (what: string): void =>
      void open.push(`${places.join(", ")}: ${email} ${role} (${organization}): ${what}`);
    const [one] = decisions;
    if (one === undefined) {
      say("not decided");
      continue;
    }
    if (decisions.some(({ decision }) => decision !== one.decision)) {
      const words = decisions.map(
        ({ decision, cells, place }) =>
          `${decision} in ${pathAndLine(place)}${cells.reviewer === "" ? "" : ` by ${cells.reviewer}`}`,
      );
      say(`conflict: ${words.join(", ")}`);
      continue;
    }
    const row = current.get(key);
    const changed =
      row === undefined ? null : decisions.find((each) => !isAsNow(each, row, cellsOf));
    if (row === undefined && one.decision === "revoke") {
      notes.push(`${email} ${role} (${organization}): already removed`);
      continue;
    }
    if (row === undefined)
      say("changed since the worksheet was created: this access no longer exists");
    else if (changed !== null && changed !== undefined) {
      const now = `${row.source}${row.expires === null ? "" : ` (expires ${row.expires})`}`;
      say(`changed since the worksheet was created: now ${now}`);
    } else found.set(row, { row, places, decision: one.decision ?? "keep" });
  }
  return found;
}

function rowKey(cells: DecidedRow["cells"]): string {
  return keyOf(WORKSHEET_COLUMNS.map((name) => cells[name]));
}

/** Organization, address and role. */
function keyOf(cells: readonly string[]): string {
  return cells
    .slice(0, 3)
    .map((cell) => nameKey(withoutQuote(cell)))
    .join("\n");
}

/** Where it is granted (lines may have moved) and until when. */
function isAsNow(
  { cells }: DecidedRow,
  row: WorksheetRow,
  cellsOf: DecisionsInput["cellsOf"],
): boolean {
  const [, , , source = "", , expires = ""] = cellsOf(row);
  const withoutLines = (text: string): string => withoutQuote(text).replaceAll(/:\d+/g, "");
  return withoutLines(cells.source) === withoutLines(source) && isSameDay(cells.expires, expires);
}

/** A spreadsheet may show a quote that keeps a text from being a formula, or not. */
function withoutQuote(text: string): string {
  return text.replace(/^'/, "").trim();
}

/** Spreadsheets write days in their own way: 31.12.2026, 12/31/26. */
function isSameDay(written: string, day: string): boolean {
  const numbers = (text: string): string =>
    (text.match(/\d+/g) ?? [])
      .map((one) => Number(one) % 2000)
      .sort((a, b) => a - b)
      .join(" ");
  const text = withoutQuote(written);
  if (text === day || text === "" || isDay(text)) return text === day;
  return numbers(text) === numbers(day);
}

/** Why a decision cannot be carried out in the files; null where it can. */
function obstacle(
  { row, decision }: Decided,
  rows: readonly WorksheetRow[],
  decided: ReadonlyMap<WorksheetRow, Decided>,
  { workspace, asOf }: DecisionsInput,
): string | null {
  const shared = rows.filter((one) => one !== row && isSameGrant(one, row));
  if (shared.some((one) => decided.get(one)?.decision !== decision)) {
    const names = [...new Set(shared.map(({ organization }) => organization))].join(", ");
    return `the entry is shared with ${names}: make the same decision there`;
  }
  if (row.grants.length > 0) return null;
  const organization = findOrganization(row, workspace);
  const { onRemoval } = organization.policy;
  const isDemoted =
    onRemoval !== "remove" &&
    nameKey(onRemoval.demoteTo) === nameKey(row.written) &&
    (row.user === null || isOver(row.user, asOf));
  if (decision === "revoke") {
    return isDemoted
      ? `policy.on_removal demotes every removed user to ${row.role}: remove the user in Polytomic`
      : null;
  }
  if (row.user === null) return null;
  if (isDemoted) return null;
  const hasEndedHere =
    isOver(row.user, asOf) ||
    row.user.grants.some((one) => nameKey(one.role) === nameKey(row.written));
  return hasEndedHere
    ? `this access has expired in the files (${pathAndLine(row.user.place)}): to keep it, grant it with a later expiry`
    : null;
}

function isOver(user: DesiredUser, asOf: Day): boolean {
  return liveGrants(user, asOf).length === 0;
}

/** Rows of several organizations about one grant in a file that they include. */
function isSameGrant(a: WorksheetRow, b: WorksheetRow): boolean {
  return (
    a.organization !== b.organization &&
    a.grants.length > 0 &&
    b.grants.length > 0 &&
    nameKey(a.written) === nameKey(b.written)
  );
}

function findOrganization(
  { file }: WorksheetRow,
  { organizations }: Workspace,
): DesiredOrganization {
  const found = organizations.find(({ source }) => source === file);
  if (found === undefined) throw new Error(`${file} was loaded but is missing`);
  return found;
}

/** Edits one entry. True where the user counts as reviewed. */
async function carryOut(
  rows: readonly WorksheetRow[],
  carried: readonly Decided[],
  isWhole: boolean,
  { workspace, asOf }: DecisionsInput,
  notes: string[],
): Promise<boolean> {
  const [first] = rows;
  if (first === undefined || carried.length === 0) return false;
  const organization = findOrganization(first, workspace);
  const [site] = await workspace.sitesAt(first);
  if (site === undefined) {
    const entry = newEntry(rows, carried, organization, isWhole ? asOf : null, asOf);
    if (entry === null) return false;
    notes.push(
      `${first.email}: new entry in ${first.file}, because the access was only in Polytomic`,
    );
    await workspace.add(first.file, entry);
    return entry.reviewed !== undefined;
  }
  const wants = (decision: Decided["decision"]): readonly Decided[] =>
    carried.filter((one) => one.decision === decision);
  let entry: UserEntry | null = site.entry;
  // Grants first: an entry without grants in between might be removed or expire.
  const added = wants("keep").filter(
    ({ row }) => row.grants.length === 0 && !isOver(site.user, asOf),
  );
  for (const { row } of added) {
    const { email } = site.entry;
    const wanted = { email, roles: [row.written], groups: [], expires: undefined, reason: null };
    entry = grant(wanted, { ...site, entry: entry ?? site.entry }, asOf).entry;
    notes.push(`${row.email}: ${row.role} kept and now granted; it was only in Polytomic`);
  }
  const revoked = wants("revoke").filter(({ row }) => row.grants.length > 0);
  if (revoked.length > 0) {
    const roles = [...new Set(revoked.flatMap(({ row }) => row.grants.map(({ role }) => role)))];
    const base = { ...site, entry: entry ?? site.entry };
    const outcome = revoke(base, roles, asOf, workspace.keepsUnmanaged(site));
    notes.push(...outcome.notes);
    entry = outcome.entry;
  }
  const isReviewed = isWhole && entry !== null && wants("keep").length > 0;
  if (isReviewed && entry !== null) entry = patchUser(entry, { reviewed: asOf });
  await workspace.replace(site, entry);
  return isReviewed;
}

/** The entry of a user who is only in Polytomic; null if the decisions need none. */
function newEntry(
  rows: readonly WorksheetRow[],
  carried: readonly Decided[],
  { policy }: DesiredOrganization,
  reviewed: Day | null,
  asOf: Day,
): UserEntry | null {
  const [first] = rows;
  if (first === undefined) return null;
  const of = (decision: Decided["decision"]): readonly string[] =>
    carried.filter((one) => one.decision === decision).map(({ row }) => row.written);
  const revoked = new Set(of("revoke"));
  const keepsOthers = policy.unmanaged === "keep";
  if (keepsOthers && revoked.size === 0) return null;
  const others = rows.map(({ written }) => written).filter((role) => !revoked.has(role));
  const roles = keepsOthers ? others : of("keep");
  const { email } = first;
  if (roles.length > 0) return { email, roles, ...(reviewed === null ? {} : { reviewed }) };
  return keepsOthers ? { email, roles: [...revoked], expires: addDays(asOf, -1) } : null;
}
