/** Users × roles for the page's script: plain values; invisible characters in texts are already made visible. */
import type { Role } from "../../model/current.ts";
import { nameKey } from "../../model/desired.ts";
import { type Day, earlier } from "../../model/days.ts";
import type { AccessTable, Holding, UserAccess, UserState } from "../../model/access.ts";
import { grantWords, userWords } from "../../report/access.ts";
import { visible } from "../escape.ts";
import { labelOrganizations, roleLabels } from "../../report/rows.ts";
import { pathAndLine } from "../../model/text.ts";

/** plan: what is and what will be. apply: what was and what is. report: what is. */
export type View = "plan" | "apply" | "report";

type Mark = "kept" | "gained" | "lost";
type ChangeKind = "added" | "changed" | "renamed" | "removed" | "unchanged";

export interface MatrixCell {
  /** Index into the columns. */
  readonly column: number;
  readonly mark: Mark;
  /** Where it comes from, and until when. */
  readonly words: string;
  readonly expires: Day | null;
}

export interface MatrixRow {
  /** Index into the organizations. */
  readonly organization: number;
  readonly email: string;
  readonly state: UserState;
  readonly change: ChangeKind;
  /** The first day on which some of it ends. */
  readonly ends: Day | null;
  /** Of the user as a whole. */
  readonly words: readonly string[];
  readonly cells: readonly MatrixCell[];
}

export interface MatrixColumn {
  readonly name: string;
  readonly admin: boolean;
  /** The organizations that have this role, as indexes. */
  readonly organizations: number[];
}

export interface Matrix {
  readonly view: View;
  readonly organizations: readonly string[];
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
}

export function matrix(tables: readonly AccessTable[], view: View): Matrix {
  const columns = new Columns(tables);
  const labels = labelOrganizations(tables);
  return {
    view,
    organizations: tables.map(({ organization: { id, name } }) =>
      visible(labels.get(id)?.name ?? name),
    ),
    columns: columns.all,
    rows: tables.flatMap((table, organization) =>
      shownUsers(table, view).map((user) => row(user, organization, view, columns)),
    ),
  };
}

/** A rename is one row, under the new address, as it is one change everywhere else. */
function shownUsers({ users }: AccessTable, view: View): readonly UserAccess[] {
  if (view === "report") return users.filter(({ now }) => now);
  const byEmail = new Map(users.map((user) => [user.email, user]));
  const olds = new Set<UserAccess>();
  const shown = users.map((user) => {
    const old = user.formerly === null ? undefined : byEmail.get(user.formerly);
    if (old === undefined || old.becomes !== user.email) return user;
    olds.add(old);
    return renamed(old, user);
  });
  return shown.filter((user) => !olds.has(user));
}

/** The new address's roles beside the old one's. */
function renamed(old: UserAccess, user: UserAccess): UserAccess {
  const had = new Set(old.holdings.filter(({ now }) => now).map(({ role }) => role.id));
  const has = new Set(user.holdings.map(({ role }) => role.id));
  return {
    ...user,
    now: true,
    holdings: [
      ...user.holdings.map((holding) => ({ ...holding, now: had.has(holding.role.id) })),
      ...old.holdings.filter(({ role }) => !has.has(role.id)),
    ],
  };
}

/**
 * Roles of several organizations share a column when their names are the same; two roles of one
 * organization never do. Admin roles first, then in the order of the tables.
 */
class Columns {
  readonly all: readonly MatrixColumn[];
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(tables: readonly AccessTable[]) {
    const shared = new Map<string, MatrixColumn>();
    const columnOf = new Map<string, MatrixColumn>();
    for (const [organization, table] of tables.entries()) {
      const label = roleLabels(table.roles);
      for (const role of table.roles) {
        const name = visible(label(role));
        const admin = role.id === table.adminRole.id;
        const key = JSON.stringify([nameKey(name), admin]);
        const column = shared.get(key) ?? { name, admin, organizations: [] };
        column.organizations.push(organization);
        shared.set(key, column);
        columnOf.set(placeOf(role, organization), column);
      }
    }
    this.all = [...shared.values()].sort((a, b) => Number(b.admin) - Number(a.admin));
    const index = new Map(this.all.map((column, index) => [column, index]));
    this.#indexes = new Map(
      [...columnOf].map(([place, column]) => [place, index.get(column) ?? 0]),
    );
  }

  /** Null for a role that the table does not list. */
  indexOf(role: Role, organization: number): number | null {
    return this.#indexes.get(placeOf(role, organization)) ?? null;
  }
}

function placeOf(role: Role, organization: number): string {
  return `${organization} ${role.id}`;
}

function row(user: UserAccess, organization: number, view: View, columns: Columns): MatrixRow {
  const { email, state, expires, source, holdings } = user;
  const place = source === null ? [] : [`in the files: ${pathAndLine(source)}`];
  const days = [expires, ...holdings.map((holding) => holding.expires)];
  return {
    organization,
    email: visible(email),
    state,
    change: changeOf(user),
    ends: days.reduce(earlier),
    words: [...userWords(user), ...place].map(visible),
    cells: holdings.flatMap((holding) => {
      const mark = markOf(holding, view);
      const column = columns.indexOf(holding.role, organization);
      if (column === null || mark === null) return [];
      const words = wordsOf(user, holding, view).map(visible).join(", ");
      return [{ column, mark, words, expires: holding.expires }];
    }),
  };
}

/** Beside a change its mark says already what is not there yet and what goes. */
function wordsOf(user: UserAccess, holding: Holding, view: View): readonly string[] {
  return grantWords(user, view === "report" ? holding : { ...holding, now: true, planned: true });
}

function markOf({ now, planned }: Holding, view: View): Mark | null {
  if (view === "report") return now ? "kept" : null;
  if (now) return planned ? "kept" : "lost";
  return planned ? "gained" : null;
}

function changeOf({ now, planned, holdings, formerly }: UserAccess): ChangeKind {
  if (formerly !== null && now) return "renamed";
  if (now !== planned) return now ? "removed" : "added";
  return holdings.some((holding) => holding.now !== holding.planned) ? "changed" : "unchanged";
}
