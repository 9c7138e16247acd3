/** Which organizations a run is about: the files' names and ids resolved, narrowed and shared out. */
import { compareOrganizations, type Identity, type Organization } from "../model/current.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { FailedOrganization } from "../model/plan.ts";
import {
  compareProblems,
  compareText,
  problemText,
  type Problem,
  type ProblemValues,
} from "../model/problem.ts";
import { type Connection, readCaller } from "./connection.ts";

/** What narrows a run to some of the files' organizations. */
export interface Scope {
  /** Ids or exact names; empty is all. */
  readonly organization: readonly string[];
  /** This run's share: the K-th (from 1) of N; null is all. */
  readonly shard: { readonly index: number; readonly count: number } | null;
}

export interface Target {
  readonly desired: DesiredOrganization;
  readonly organization: Organization;
}

export interface Targets {
  readonly targets: readonly Target[];
  readonly failed: readonly FailedOrganization[];
  /** Of those that failed: what is wrong with how their files name the organization. */
  readonly problems: readonly Problem[];
  /** That the key reaches and none of the files names, judged before the scope narrows them; null with an API key. */
  readonly uncovered: readonly Organization[] | null;
  /** Whose key it is; null for partner and deployment keys, which belong to no user. */
  readonly caller: Identity | null;
}

/** What a lookup found: an organization, or why there is none. */
type Found =
  | { readonly organization: Organization; readonly trouble: null }
  | {
      readonly organization: null;
      readonly trouble: string;
      /** Where the name in the file is wrong. */
      readonly problem: NameProblem | null;
    };

type NameProblem = {
  [Code in "unknown-organization" | "ambiguous-organization"]: {
    readonly code: Code;
    readonly values: ProblemValues[Code];
  };
}["unknown-organization" | "ambiguous-organization"];

interface Entry {
  readonly desired: DesiredOrganization;
  readonly found: Found;
}

/** One request: Get Identity with an API key, List Organizations with any other. */
export async function findTargets(
  desired: readonly DesiredOrganization[],
  connection: Connection,
  scope: Scope,
): Promise<Targets> {
  const { caller, find, organizations } = await finderOf(connection);
  const entries = desired.map((one) => ({ desired: one, found: find(one.organization) }));
  refuseTwice(entries);
  const chosen = share(narrow(entries, scope.organization), scope.shard);
  return {
    caller,
    targets: chosen.flatMap(({ desired, found }) =>
      found.organization === null ? [] : [{ desired, organization: found.organization }],
    ),
    failed: chosen.flatMap(({ desired, found }) =>
      found.trouble === null
        ? []
        : [
            {
              source: desired.source,
              organization: desired.organization,
              message: found.trouble,
            },
          ],
    ),
    uncovered: organizations === null ? null : uncovered(entries, organizations),
    problems: chosen.flatMap(({ desired, found }): Problem[] =>
      found.trouble === null || found.problem === null
        ? []
        : [{ place: desired.place, ...found.problem }],
    ),
  };
}

/** One organization by id or exact name; null is the caller's own. Throws `Failure` where there is none. */
export async function findOrganization(
  connection: Connection,
  written: string | null,
): Promise<{ readonly organization: Organization; readonly caller: Identity | null }> {
  const { caller, find } = await finderOf(connection);
  const { organization, trouble } = find(written, "option");
  if (organization !== null) return { organization, caller };
  if (caller !== null || written !== null) throw new Failure(trouble);
  throw new Failure("a partner or deployment key reaches many organizations", {
    hint: "choose one with --organization ID or NAME",
  });
}

/** Where the organization is named: in a file, or by --organization. */
type Written = "file" | "option";
type Finder = (written: string | null, where?: Written) => Found;

interface Lookup {
  readonly caller: Identity | null;
  readonly find: Finder;
  /** All that a partner or deployment key reaches; null with an API key. */
  readonly organizations: readonly Organization[] | null;
}

async function finderOf(connection: Connection): Promise<Lookup> {
  const caller = await readCaller(connection);
  if (caller !== null) return { caller, find: finderOfOwn(caller), organizations: null };
  const organizations = await connection.reader.organizations();
  return { caller, find: finderIn(organizations), organizations };
}

function finderOfOwn({ organizationId, organizationName }: Identity): Finder {
  if (organizationId === null) return byIdAlone;
  const own = { id: organizationId, name: organizationName ?? organizationId };
  return (written, where = "file") =>
    written === null || written === own.id || written === own.name
      ? { organization: own, trouble: null }
      : none(
          `${where === "file" ? "the file describes" : "--organization is"} "${written}", but the API key belongs to ${own.name} (${own.id}) and reaches no other organization: use that organization's key, or a partner key`,
        );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Polytomic does not say which organization the API key belongs to, so that only its id can be used. */
function byIdAlone(written: string | null, where: Written = "file"): Found {
  if (written !== null && UUID.test(written)) {
    return { organization: { id: written, name: written }, trouble: null };
  }
  const key = where === "file" ? "organization: in the file" : "--organization";
  return none(
    `Polytomic does not say which organization the API key belongs to: give its id with ${key}`,
  );
}

function finderIn(organizations: readonly Organization[]): Finder {
  const byId = new Map(organizations.map((one) => [one.id, one]));
  const byName = new Map(organizations.map((one) => [one.name, one]));
  const twice = new Set(
    organizations.filter((one) => byName.get(one.name) !== one).map(({ name }) => name),
  );
  return (written) => {
    if (written === null) {
      return none(
        "the file names no organization: add organization: with its id or name (only an API key has one of its own)",
      );
    }
    const organization = byId.get(written) ?? byName.get(written);
    if (organization === undefined) {
      const known = organizations.map(({ name }) => name);
      const values = { name: written, near: nearestName(written, known), known };
      return wrongName({ code: "unknown-organization", values });
    }
    if (!byId.has(written) && twice.has(written)) {
      const ids = organizations.filter(({ name }) => name === written).map(({ id }) => id);
      const values = { name: written, ids: ids.sort(compareText) };
      return wrongName({ code: "ambiguous-organization", values });
    }
    return { organization, trouble: null };
  };
}

function none(trouble: string): Found {
  return { organization: null, trouble, problem: null };
}

function wrongName(problem: NameProblem): Found {
  return { organization: null, trouble: problemText(problem), problem };
}

function uncovered(
  entries: readonly Entry[],
  organizations: readonly Organization[],
): readonly Organization[] {
  const named = new Set(entries.flatMap(({ found }) => found.organization?.id ?? []));
  return organizations.filter(({ id }) => !named.has(id)).sort(compareOrganizations);
}

/** An id in one file and its name in another are the same organization. */
function refuseTwice(entries: readonly Entry[]): void {
  const byId = new Map<string, DesiredOrganization[]>();
  const names = new Map<string, string>();
  for (const { desired, found } of entries) {
    if (found.organization === null) continue;
    const { id, name } = found.organization;
    byId.set(id, [...(byId.get(id) ?? []), desired]);
    names.set(id, name);
  }
  const problems = [...byId].flatMap(([id, files]): Problem[] => {
    const second = files[1];
    if (second === undefined) return [];
    const sources = files.filter((file) => file !== second).map(({ source }) => source);
    const values = { name: names.get(id) ?? id, id, sources };
    return [{ place: second.place, code: "duplicate-organization", values }];
  });
  if (problems.length > 0) throw new InvalidFiles(problems.sort(compareProblems));
}

function narrow(entries: readonly Entry[], names: readonly string[]): readonly Entry[] {
  if (names.length === 0) return entries;
  const matches = ({ desired, found }: Entry, name: string): boolean =>
    desired.organization === name ||
    found.organization?.id === name ||
    found.organization?.name === name;
  const missing = names.filter((name) => !entries.some((entry) => matches(entry, name)));
  if (missing.length > 0) {
    throw new Failure(`no file describes the organization ${missing.join(", ")}`, {
      hint: "pass --organization an id or an exact name of one of the files' organizations",
    });
  }
  for (const name of names)
    refuseAmbiguous(
      name,
      entries.flatMap(({ found }) => found.organization ?? []),
    );
  return entries.filter((entry) => names.some((name) => matches(entry, name)));
}

/** An id is nobody else's; a name that two organizations have is a guess. */
export function refuseAmbiguous(written: string, organizations: readonly Organization[]): void {
  if (organizations.some(({ id }) => id === written)) return;
  const ids = organizations.filter(({ name }) => name === written).map(({ id }) => id);
  if (ids.length < 2) return;
  throw new Failure(
    `${ids.length} organizations are named "${written}": ${ids.sort(compareText).join(", ")}`,
    { hint: "choose one with --organization ID" },
  );
}

/** Every Kth of the organizations in the order of their ids: even, and the same on every machine. */
function share(entries: readonly Entry[], shard: Scope["shard"]): readonly Entry[] {
  const key = ({ desired, found }: Entry): string =>
    found.organization?.id ?? desired.organization ?? desired.source;
  const sorted = [...entries].sort((a, b) => compareText(key(a), key(b)));
  return shard === null
    ? sorted
    : sorted.filter((_, index) => index % shard.count === shard.index - 1);
}
