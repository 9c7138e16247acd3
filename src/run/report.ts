/** Who has access: files, Polytomic and the history of the files in git → tables, and what changed since. */
import { readFilesAt } from "../history/files-at.ts";
import { collectNotes, readHistories, type Histories } from "../history/history.ts";
import type { Environment } from "../history/git.ts";
import { readHead } from "../history/head.ts";
import type { AccessTable, Figures, Origin } from "../model/access.ts";
import type { Organization, Role } from "../model/current.ts";
import { type DesiredOrganization, nameKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import type { Since, Start } from "../model/history.ts";
import type { FailedOrganization } from "../model/plan.ts";
import type { Problem } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { quotedList } from "../model/text.ts";
import { tabulateFiles, tabulatePolytomic } from "../plan/access.ts";
import { noOverrides } from "../plan/guards.ts";
import { VERSION } from "../version.ts";
import type { Connection } from "./connection.ts";
import type { OrganizationChanges } from "../report/evidence.ts";
import { planFromFiles, type PlanRequest } from "./plan.ts";
import { readEach } from "./state.ts";
import { findOrganizations } from "./find-organization.ts";
import { shareOf } from "./targets.ts";

export interface ReportRequest extends Pick<
  PlanRequest,
  "load" | "scope" | "asOf" | "concurrency" | "onRead" | "requireCoverage" | "stop"
> {
  /** Only users who hold this role, by name or id; null reports all users. */
  readonly role: string | null;
  /** From when on changes are listed; null lists none. */
  readonly start: Start | null;
  /** As the user named them. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

export interface AccessState {
  readonly origin: Origin;
  readonly tables: readonly AccessTable[];
  readonly changes: readonly OrganizationChanges[];
  /** From when on, milliseconds since the epoch; null where it was not asked for or is unknown. */
  readonly startTime: number | null;
  readonly failed: readonly FailedOrganization[];
  readonly problems: readonly Problem[];
  /** Organizations that the key reaches and no file covers; null where that is not known. */
  readonly uncovered: readonly Organization[] | null;
}

/** What Polytomic has, and what of it the files grant since when. */
export async function reportAccess(
  connection: Connection,
  request: ReportRequest,
): Promise<AccessState> {
  let desired: readonly DesiredOrganization[] = [];
  const run = await planFromFiles(connection, {
    ...request,
    load: async () => {
      const loaded = await request.load();
      desired = loaded.organizations;
      return loaded;
    },
    only: [],
    overrides: noOverrides,
    withAccess: true,
  });
  const known = new Map(
    run.access.map((table): [string, Known] => [
      table.source,
      { organization: table.organization, roles: run.roles.get(table.organization.id) ?? [] },
    ]),
  );
  const histories = await readHistories(
    desired.filter(({ source }) => known.has(source)),
    {
      cwd: request.cwd,
      env: request.env,
      asOf: request.asOf,
      start: request.start,
      within: request.start === null ? null : request.paths,
      polytomic: (source) => inPolytomic(known.get(source)),
    },
  );
  const { organizations } = histories;
  const files = desired.flatMap((one) => one.files);
  const head = await readHead(files, request.cwd, request.env);
  const all = run.access.map((table) =>
    withSince(table, organizations.get(table.source)?.since ?? null),
  );
  return {
    ...shown(connection, request, all, {
      basis: "both",
      commit: head?.commit ?? null,
      committedAt: null,
      notes: collectNotes(organizations.values()),
    }),
    changes: request.start === null ? [] : listChanges(known, histories),
    startTime: histories.startTime,
    failed: run.plan.failed,
    problems: run.problems,
    uncovered: run.plan.uncovered ?? null,
  };
}

/** What Polytomic has, without files: the key's own organization, or all that it reaches. */
export async function reportPolytomic(
  connection: Connection,
  request: ReportRequest,
): Promise<AccessState> {
  const { organization: names, shard } = request.scope;
  const { caller, organizations } = await findOrganizations(connection, names);
  const { results: tables, failed } = await readEach(
    shareOf(organizations, shard).map((organization) => ({ organization, source: "Polytomic" })),
    { ...request, connection, caller },
    tabulatePolytomic,
  );
  return {
    ...shown(connection, request, tables, {
      basis: "polytomic",
      commit: null,
      committedAt: null,
      notes: [],
    }),
    changes: [],
    startTime: null,
    failed,
    problems: [],
    uncovered: null,
  };
}

/** What the files said at an earlier commit. */
export async function reportAt(
  at: string,
  request: Omit<ReportRequest, "asOf"> & { readonly asOf: Day | null },
): Promise<AccessState> {
  const { commit, committedAt, day, organizations } = await readFilesAt(at, request.paths, request);
  const asOf = request.asOf ?? day;
  const names = request.scope.organization;
  const missing = names.filter((name) =>
    organizations.every(({ desired }) => desired.organization !== name),
  );
  if (missing.length > 0) {
    throw new Failure(`no file named the organization ${quotedList(missing)} at that commit`, {
      hint: "with --at, set --organization to the id or name exactly as it is written in the file",
    });
  }
  const chosen = organizations.filter(
    ({ desired }) => names.length === 0 || names.includes(desired.organization ?? ""),
  );
  const tables = chosen.map(({ desired, since }) => withSince(tabulateFiles(desired, asOf), since));
  return {
    ...shown(null, { ...request, asOf }, tables, {
      basis: "files",
      commit,
      committedAt,
      notes: [],
    }),
    changes: [],
    startTime: null,
    failed: [],
    problems: [],
    uncovered: null,
  };
}

function shown(
  connection: Connection | null,
  { role, asOf, madeAt }: Pick<ReportRequest, "role" | "asOf" | "madeAt">,
  all: readonly AccessTable[],
  about: Pick<Origin, "basis" | "commit" | "committedAt" | "notes">,
): Pick<AccessState, "origin" | "tables"> {
  const tables = role === null ? all : keepHolders(role, all);
  return {
    tables,
    origin: {
      ...about,
      asOf,
      madeAt,
      version: VERSION,
      url: connection?.url ?? null,
      credential: connection?.session.credential.kind ?? null,
      figures: countFigures(all, tables),
      role,
    },
  };
}

interface Known {
  readonly organization: Organization;
  readonly roles: readonly Role[];
}

function inPolytomic(known: Known | undefined) {
  if (known === undefined) return null;
  const { organization, roles } = known;
  return { names: [organization.id, organization.name], roles };
}

function withSince(
  table: AccessTable,
  since: ((email: string, role: string) => Since) | null,
): AccessTable {
  if (since === null) return table;
  return {
    ...table,
    users: table.users.map((user) => ({
      ...user,
      holdings: user.holdings.map((holding) =>
        holding.from.length === 0
          ? holding
          : { ...holding, since: since(user.email, holding.role.id) },
      ),
    })),
  };
}

/** Throws `Failure` where no user has the role. */
function keepHolders(role: string, tables: readonly AccessTable[]): readonly AccessTable[] {
  const meant = (one: Role): boolean => one.id === role || nameKey(one.name) === nameKey(role);
  if (!tables.some(({ roles }) => roles.some(meant))) {
    const names = new Set(tables.flatMap(({ roles }) => roles.map(({ name }) => name)));
    throw new Failure(`no user holds or is granted the role ${JSON.stringify(role)}`, {
      hint: `roles held or granted: ${[...names].sort(compareText).join(", ")}`,
    });
  }
  return tables.map((table) => ({
    ...table,
    roles: table.roles.filter(meant),
    users: table.users.flatMap((user) => {
      const holdings = user.holdings.filter((holding) => meant(holding.role));
      return holdings.length === 0 ? [] : [{ ...user, holdings }];
    }),
  }));
}

function countFigures(all: readonly AccessTable[], shown: readonly AccessTable[]): Figures {
  const listed = all.flatMap(({ users }) => users.filter(({ now }) => now)).length;
  const left = shown.flatMap(({ users }) => users);
  const present = left.filter(({ now }) => now);
  const ignored = present.filter(({ state }) => state === "ignored").length;
  return {
    organizations: all.length,
    listed,
    reported: present.length - ignored,
    ignored,
    leftOut: listed - present.length,
    pending: left.length - present.length,
  };
}

function listChanges(
  known: ReadonlyMap<string, Known>,
  { organizations, former }: Histories,
): readonly OrganizationChanges[] {
  return [
    ...[...organizations].map(([source, { changes, reviews }]) => {
      const { id, name } = known.get(source)?.organization ?? { id: null, name: null };
      return { id, name, source, changes, reviews };
    }),
    ...former.map(({ source, organization, changes, reviews }) => {
      return { id: null, name: organization, source, changes, reviews };
    }),
  ].filter(({ changes, reviews }) => changes.length + reviews.length > 0);
}
