/** Access tables → the report: for each organization the admins, the other users and the pending ones. */
import type { AccessTable, Basis, Holding, UserAccess } from "../model/access.ts";
import type { Day } from "../model/days.ts";
import type { Since } from "../model/history.ts";
import { compareOrganizations, type Organization } from "../model/current.ts";
import { counted, grouped, pathAndLine } from "../model/text.ts";
import { labelOrganizations, roleLabels } from "./rows.ts";
import { sinceText } from "./history-words.ts";
import type { Fact, OrganizationRow, Where } from "./report.ts";
import { uncoveredRows } from "./sections.ts";

export interface AccessReport {
  /** `5 users in Polytomic, 2 with Admin`. Untrusted, not escaped yet: it names the role. */
  readonly headline: string;
  readonly figures: AccessFigures;
  readonly organizations: readonly AccessOrganization[];
  /** Before everything else: that it is not what Polytomic has now, or that no files were read. */
  readonly notice: string | null;
  /** Beside the organizations: what a reader has to know to trust the report. */
  readonly facts: readonly Fact[];
  /** Organizations that the key reaches and no file covers. */
  readonly uncovered: readonly OrganizationRow[];
}

interface AccessFigures {
  /** In Polytomic; the other figures but `pending` are of these. */
  readonly users: number;
  readonly admins: number;
  readonly unmanaged: number;
  readonly ignored: number;
  /** In the files, not in Polytomic yet. */
  readonly pending: number;
}

export interface AccessOrganization {
  readonly organization: Organization;
  readonly source: string;
  readonly where: Where;
  readonly adminRole: string;
  readonly basis: Basis;
  readonly headline: string;
  readonly groups: readonly AccessGroup[];
}

/** admins and others: in Polytomic, with and without the admin role. */
type GroupId = "admins" | "others" | "pending";

export interface AccessGroup {
  readonly id: GroupId;
  readonly users: readonly AccessUser[];
}

export interface AccessUser {
  readonly email: string;
  readonly state: UserAccess["state"];
  readonly roles: readonly AccessRole[];
  /** Of the user as a whole: reason, expiry. */
  readonly about: readonly string[];
  /** `users.yaml:12`, or null. */
  readonly source: string | null;
}

export interface AccessRole {
  readonly name: string;
  readonly admin: boolean;
  readonly held: boolean;
  /** Apply would remove it. */
  readonly removed: boolean;
  /** Where the files grant it, or that they do not; since when; its expiry; what apply would do. */
  readonly words: readonly string[];
  /** The same in columns. */
  readonly grantedBy: readonly string[];
  /** Null where it is unknown, or where the files do not grant it. */
  readonly since: Since | null;
  readonly expires: Day | null;
}

export function accessReport(
  tables: readonly AccessTable[],
  facts: readonly Fact[] = [],
  notice: string | null = null,
  uncovered: readonly Organization[] = [],
): AccessReport {
  const sorted = [...tables].sort((a, b) => compareOrganizations(a.organization, b.organization));
  const labels = labelOrganizations(sorted);
  const figures = sorted.map(countFigures).reduce(sum, NONE);
  const [only] = sorted;
  return {
    headline:
      only !== undefined && sorted.length === 1
        ? tableHeadline(only)
        : totalHeadline(sorted, figures),
    figures,
    organizations: sorted.map((table) => ({
      organization: table.organization,
      source: table.source,
      where: labels.get(table.organization.id) ?? {
        id: table.organization.id,
        name: table.organization.name,
        source: table.source,
      },
      adminRole: table.adminRole.name,
      basis: table.basis ?? "both",
      headline: tableHeadline(table),
      groups: makeGroups(table),
    })),
    facts,
    notice,
    uncovered: uncoveredRows(uncovered),
  };
}

function totalHeadline(tables: readonly AccessTable[], { users, admins }: AccessFigures): string {
  const granted = tables[0]?.basis === "files" ? " granted access by the files" : "";
  return `${counted(users, "user")}${granted} in ${counted(tables.length, "organization")}, ${grouped(admins)} with the admin role`;
}

function makeGroups(table: AccessTable): readonly AccessGroup[] {
  const of = (user: UserAccess): GroupId =>
    user.now ? (isAdmin(table, user) ? "admins" : "others") : "pending";
  return (["admins", "others", "pending"] as const)
    .map((id) => ({
      id,
      users: table.users.filter((user) => of(user) === id).map((user) => accessUser(table, user)),
    }))
    .filter(({ users }) => users.length > 0);
}

function accessUser(table: AccessTable, user: UserAccess): AccessUser {
  const label = roleLabels(user.holdings.map(({ role }) => role));
  return {
    email: user.email,
    state: user.state,
    roles: user.holdings.map((holding) => ({
      name: label(holding.role),
      admin: holding.role.id === table.adminRole.id,
      held: holding.now,
      removed: holding.now && !holding.planned,
      words: grantWords(user, holding, table.basis),
      grantedBy: fromWords(user, holding, table.basis),
      since: holding.since ?? null,
      expires: holding.expires,
    })),
    about: userWords(user),
    source: user.source === null ? null : pathAndLine(user.source),
  };
}

/** Where a role comes from, since when, its expiry, and what apply would do. */
export function grantWords(
  user: UserAccess,
  holding: Holding,
  basis: Basis = "both",
): readonly string[] {
  const since = holding.since === undefined ? null : sinceText(holding.since);
  const words = [
    ...(holding.now ? [] : ["pending: not in Polytomic yet"]),
    ...fromWords(user, holding, basis),
    ...(since === null ? [] : [since]),
    ...(holding.expires === null ? [] : [`expires ${holding.expires}`]),
  ];
  if (!holding.now || holding.planned) return words;
  return [...words.slice(0, -1), `${words.at(-1)}; apply would remove it`];
}

function fromWords(
  { state, becomes }: UserAccess,
  { from }: Holding,
  basis: Basis = "both",
): readonly string[] {
  if (basis === "polytomic") return ["held"];
  if (from.length > 0) return from;
  return [becomes === null ? UNGRANTED[state] : "held under the previous address"];
}

const UNGRANTED: Readonly<Record<UserAccess["state"], string>> = {
  managed: "held, but not granted by the files",
  unmanaged: "unmanaged: not in the files",
  ignored: "ignored (policy.ignore)",
};

/** What is known of the user as a whole; empty for most. */
export function userWords(user: UserAccess): readonly string[] {
  const { reason, expires, expired, becomes, formerly } = user;
  return [
    ...(becomes === null ? [] : [`to be renamed to ${becomes}`]),
    ...(formerly === null ? [] : [`renamed from ${formerly}`]),
    ...(reason === null ? [] : [`reason: ${reason}`]),
    ...(expires === null ? [] : [`all access ${expired ? "expired" : "expires"} on ${expires}`]),
  ];
}

function isAdmin({ adminRole }: AccessTable, user: UserAccess): boolean {
  return user.holdings.some(({ role, now }) => now && role.id === adminRole.id);
}

const NONE: AccessFigures = { users: 0, admins: 0, unmanaged: 0, ignored: 0, pending: 0 };

function sum(a: AccessFigures, b: AccessFigures): AccessFigures {
  return {
    users: a.users + b.users,
    admins: a.admins + b.admins,
    unmanaged: a.unmanaged + b.unmanaged,
    ignored: a.ignored + b.ignored,
    pending: a.pending + b.pending,
  };
}

function countFigures(table: AccessTable): AccessFigures {
  const present = table.users.filter(({ now }) => now);
  const count = (state: UserAccess["state"]): number =>
    present.filter((user) => user.state === state).length;
  return {
    users: present.length,
    admins: present.filter((user) => isAdmin(table, user)).length,
    unmanaged: count("unmanaged"),
    ignored: count("ignored"),
    pending: table.users.length - present.length,
  };
}

/** `5 users in Polytomic: 2 with Admin, 1 unmanaged, 1 ignored; 1 pending` */
function tableHeadline(table: AccessTable): string {
  const { users, admins, unmanaged, ignored, pending } = countFigures(table);
  const parts = [
    `${grouped(admins)} with ${table.adminRole.name}`,
    ...(unmanaged === 0 || table.basis === "polytomic" ? [] : [`${grouped(unmanaged)} unmanaged`]),
    ...(ignored === 0 ? [] : [`${grouped(ignored)} ignored`]),
  ];
  const where = table.basis === "files" ? "granted access by the files" : "in Polytomic";
  const more = pending === 0 ? "" : `; ${grouped(pending)} pending`;
  return `${counted(users, "user")} ${where}: ${parts.join(", ")}${more}`;
}
