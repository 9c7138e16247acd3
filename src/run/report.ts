/** Who has access: files, Polytomic and the history of the files in git → tables, and what changed since. */
import { historiesOf, type Histories } from "../history/history.ts";
import type { Environment } from "../history/git.ts";
import { headOf } from "../history/head.ts";
import type { AccessTable } from "../model/access.ts";
import type { Organization, Role } from "../model/current.ts";
import { type DesiredOrganization, nameKey } from "../model/desired.ts";
import type { Figures, Origin } from "../model/evidence.ts";
import { Failure } from "../model/failure.ts";
import type { HistoryNote, Start } from "../model/history.ts";
import type { FailedOrganization } from "../model/plan.ts";
import type { Problem } from "../model/problem.ts";
import { noOverrides } from "../plan/guards.ts";
import { VERSION } from "../version.ts";
import type { Connection } from "./connection.ts";
import type { OrganizationChanges } from "../report/evidence.ts";
import { planFromFiles, type PlanRequest } from "./plan.ts";

export interface ReportRequest extends Pick<
  PlanRequest,
  "load" | "scope" | "asOf" | "concurrency" | "stop"
> {
  /** Only who holds this role, by name or id; null reports everybody. */
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
  readonly failed: readonly FailedOrganization[];
  readonly problems: readonly Problem[];
}

export async function reportAccess(
  connection: Connection,
  request: ReportRequest,
): Promise<AccessState> {
  let desired: readonly DesiredOrganization[] = [];
  const run = await planFromFiles(connection, {
    ...request,
    load: async () => {
      desired = await request.load();
      return desired;
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
  const histories = await historiesOf(
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
  const head = await headOf(desired, request.cwd, request.env);
  const everybody = run.access.map((table) => withSince(table, histories));
  const tables = request.role === null ? everybody : holdersOf(request.role, everybody);
  return {
    origin: {
      basis: "both",
      asOf: request.asOf,
      madeAt: request.madeAt,
      version: VERSION,
      commit: head?.commit ?? null,
      committedAt: null,
      url: connection.url,
      credential: connection.session.credential.kind,
      figures: figuresOf(everybody, tables),
      notes: uniqueNotes(histories),
    },
    tables,
    changes: request.start === null ? [] : changesOf(known, histories),
    failed: run.plan.failed,
    problems: run.problems,
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

function withSince(table: AccessTable, { organizations }: Histories): AccessTable {
  const history = organizations.get(table.source);
  if (history === undefined) return table;
  return {
    ...table,
    people: table.people.map((person) => ({
      ...person,
      holdings: person.holdings.map((holding) =>
        holding.from.length === 0
          ? holding
          : { ...holding, since: history.since(person.email, holding.role.id) },
      ),
    })),
  };
}

/** Throws `Failure` where no organization has the role. */
function holdersOf(role: string, tables: readonly AccessTable[]): readonly AccessTable[] {
  const meant = (one: Role): boolean => one.id === role || nameKey(one.name) === nameKey(role);
  if (!tables.some(({ roles }) => roles.some(meant))) {
    const names = new Set(tables.flatMap(({ roles }) => roles.map(({ name }) => name)));
    throw new Failure(`nobody has a role "${role}", and nobody is granted one`, {
      hint: `give --role a name or an id: ${[...names].sort().join(", ")}`,
    });
  }
  return tables.map((table) => ({
    ...table,
    roles: table.roles.filter(meant),
    people: table.people.flatMap((person) => {
      const holdings = person.holdings.filter((holding) => meant(holding.role));
      return holdings.length === 0 ? [] : [{ ...person, holdings }];
    }),
  }));
}

function figuresOf(everybody: readonly AccessTable[], shown: readonly AccessTable[]): Figures {
  const present = everybody.flatMap(({ people }) => people.filter(({ now }) => now));
  const left = shown.flatMap(({ people }) => people);
  const reported = left.filter(({ now, standing }) => now && standing !== "ignored").length;
  const ignored = left.filter(({ now, standing }) => now && standing === "ignored").length;
  return {
    organizations: everybody.length,
    listed: present.length,
    reported,
    ignored,
    leftOut: present.length - reported - ignored,
    pending: left.filter(({ now }) => !now).length,
  };
}

function uniqueNotes({ organizations }: Histories): readonly HistoryNote[] {
  const notes = [...organizations.values()].flatMap(({ notes }) => notes);
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];
}

function changesOf(
  known: ReadonlyMap<string, Known>,
  { organizations, former }: Histories,
): readonly OrganizationChanges[] {
  return [
    ...[...organizations].map(([source, { changes }]) => {
      const { id, name } = known.get(source)?.organization ?? { id: null, name: null };
      return { id, name, source, changes };
    }),
    ...former.map(({ source, organization, changes }) => {
      return { id: null, name: organization, source, changes };
    }),
  ].filter(({ changes }) => changes.length > 0);
}

/** Milliseconds since the epoch: what `SOURCE_DATE_EPOCH` says, else now. */
export function madeAtOf(env: Environment, now: number): number {
  const seconds = env["SOURCE_DATE_EPOCH"] ?? "";
  return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1000 : now;
}
