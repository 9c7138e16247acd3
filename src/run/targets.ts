/** The organizations of a run: names and ids in the files resolved, narrowed by the flags, and sharded. */
import { groupBy } from "../model/group-by.ts";
import {
  compareOrganizations,
  type CurrentState,
  type Identity,
  type Organization,
} from "../model/current.ts";
import {
  type BrokenFile,
  type DesiredOrganization,
  isUuid,
  type LoadedFiles,
} from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { FailedOrganization } from "../model/plan.ts";
import {
  compareProblems,
  compareText,
  problemText,
  summarizeProblems,
  type Problem,
  type ProblemValues,
} from "../model/problem.ts";
import { type Connection, readCaller } from "./connection.ts";
import { readState } from "./state.ts";

/** What a run is about: the files as they were read, and what narrows them. */
export interface TargetRequest {
  readonly loaded: LoadedFiles;
  readonly scope: Scope;
  /** Files that describe the same organization fail; otherwise they end the run. */
  readonly skipFailed: boolean;
}

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
  /** Files that may describe any organization; where there are some, `uncovered` is null. */
  readonly unknown: readonly string[];
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
      /** The ids of the organizations that may be meant. */
      readonly candidates: readonly string[];
    };

type NameProblem = {
  [Code in "unknown-organization" | "ambiguous-organization"]: {
    readonly code: Code;
    readonly values: ProblemValues[Code];
  };
}["unknown-organization" | "ambiguous-organization"];

interface Entry {
  readonly source: string;
  /** The organization as the file has it. */
  readonly written: string | null;
  readonly found: Found;
  readonly content: DesiredOrganization | BrokenFile;
}

/** One request: Get Identity with an API key, List Organizations with any other. */
export async function findTargets(
  connection: Connection,
  { loaded, scope, skipFailed }: TargetRequest,
): Promise<Targets> {
  const { caller, find, organizations } = await makeLookup(connection);
  const entries = [...loaded.organizations, ...loaded.broken].map((content): Entry => {
    const { source, organization: written } = content;
    const found = isBroken(content) && written === null ? NOT_TOLD : find(written);
    return { source, written, found, content };
  });
  const repeated = repeatedProblems(entries);
  if (repeated.length > 0 && !skipFailed) throw new InvalidFiles(repeated);
  const unknown = entries.filter(({ found }) => found === NOT_TOLD).map(({ source }) => source);
  const rivals = {
    of: groupBy(entries, ({ found }) => found.organization?.id),
    anywhere: caller === null ? [] : unknown,
  };
  const targets: Target[] = [];
  const failed: FailedOrganization[] = [];
  const problems = [...repeated];
  for (const entry of share(narrow(entries, scope.organization), scope.shard)) {
    const { source, written, content, found } = entry;
    const message = troubleWith(entry, rivals);
    if (message !== null || isBroken(content) || found.organization === null) {
      const organization = found.organization?.name ?? written;
      failed.push({ source, organization, message: message ?? "" });
    } else targets.push({ desired: content, organization: found.organization });
    if (!isBroken(content) && found.organization === null && found.problem !== null) {
      problems.push({ place: content.place, ...found.problem });
    }
  }
  const isKnown = organizations !== null && unknown.length === 0;
  return {
    caller,
    targets,
    failed,
    problems,
    uncovered: isKnown ? uncovered(entries, organizations) : null,
    unknown,
  };
}

const NOT_TOLD: Found = none("it is unknown which organization the file describes");

function isBroken(content: DesiredOrganization | BrokenFile): content is BrokenFile {
  return "why" in content;
}

/** Why nothing is planned for it; null where something is. */
function troubleWith({ source, content, found }: Entry, rivals: Rivals): string | null {
  if (isBroken(content)) return brokenText(content);
  if (found.organization === null) return found.trouble;
  // What an invalid file grants is not known: in its organization no user is removed.
  const same = rivals.of.get(found.organization.id)?.find((other) => other.source !== source);
  if (same !== undefined) return `${same.source} describes the same organization`;
  const [unknown] = rivals.anywhere;
  if (unknown === undefined) return null;
  return `${unknown} may describe the same organization: it has problems, and names none`;
}

interface Rivals {
  /** The files of an organization, by its id. */
  readonly of: ReadonlyMap<string | undefined, readonly Entry[]>;
  /** Files that may describe any organization. */
  readonly anywhere: readonly string[];
}

function brokenText({ why }: BrokenFile): string {
  if (why.code === "may-be-included") {
    return "the file names no organization, and a file with problems may include it";
  }
  if (why.problems.length === 0) return "another file describes the same organization";
  return `the file, or one that it includes, has ${summarizeProblems(why.problems)}`;
}

/** One organization by id or exact name; null is the caller's own. Throws `Failure` where there is none. */
export async function findOrganization(
  connection: Connection,
  written: string | null,
): Promise<{ readonly organization: Organization; readonly caller: Identity | null }> {
  const { caller, find } = await makeLookup(connection);
  const { organization, trouble } = find(written, "option");
  if (organization !== null) return { organization, caller };
  if (caller !== null || written !== null) throw new Failure(trouble);
  throw new Failure("a partner or deployment key reaches many organizations", {
    hint: "choose one with --organization ID or NAME",
  });
}

/** Its current state. Throws `Failure` as `findOrganization` does. */
export async function readOrganization(
  connection: Connection,
  written: string | null,
): Promise<CurrentState> {
  const { organization, caller } = await findOrganization(connection, written);
  return readState(organization, caller, connection);
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

async function makeLookup(connection: Connection): Promise<Lookup> {
  const caller = await readCaller(connection);
  if (caller !== null) return { caller, find: finderOfOwn(caller), organizations: null };
  const organizations = await connection.reader.organizations();
  return { caller, find: finderIn(organizations), organizations };
}

type OwnOrganization = Pick<Identity, "organizationId" | "organizationName">;

/** Finds the one organization that an API key belongs to. */
export function finderOfOwn({ organizationId, organizationName }: OwnOrganization): Finder {
  if (organizationId === null) return byIdAlone;
  const own = { id: organizationId, name: organizationName ?? organizationId };
  return (written, where = "file") =>
    written === null || written === own.id || written === own.name
      ? { organization: own, trouble: null }
      : none(
          `${where === "file" ? "the file describes" : "--organization is"} "${written}", but the API key belongs to ${own.name} (${own.id}) and reaches no other organization: use that organization's key, or a partner key`,
        );
}

/** Polytomic does not say which organization the API key belongs to, so that only its id can be used. */
function byIdAlone(written: string | null, where: Written = "file"): Found {
  if (written !== null && isUuid(written)) {
    return { organization: { id: written, name: written }, trouble: null };
  }
  const key = where === "file" ? "organization: in the file" : "--organization";
  return none(
    `Polytomic does not say which organization the API key belongs to: give its id with ${key}`,
  );
}

/** Finds one of the organizations that a partner or deployment key reaches. */
export function finderIn(organizations: readonly Organization[]): Finder {
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
  return { organization: null, trouble, problem: null, candidates: [] };
}

function wrongName(problem: NameProblem): Found {
  const candidates = problem.code === "ambiguous-organization" ? problem.values.ids : [];
  return { organization: null, trouble: problemText(problem), problem, candidates };
}

function uncovered(
  entries: readonly Entry[],
  organizations: readonly Organization[],
): readonly Organization[] {
  const named = new Set(
    entries.flatMap(({ found }) =>
      found.organization === null ? found.candidates : found.organization.id,
    ),
  );
  return organizations.filter(({ id }) => !named.has(id)).sort(compareOrganizations);
}

/** An id in one file and its name in another are the same organization. Sorted. */
function repeatedProblems(entries: readonly Entry[]): readonly Problem[] {
  const valid = entries.flatMap(({ content, found: { organization } }) =>
    organization === null || isBroken(content) ? [] : [{ content, organization }],
  );
  return [...groupBy(valid, ({ organization }) => organization.id).values()]
    .flatMap((files): Problem[] => {
      const second = files[1];
      if (second === undefined) return [];
      const { id, name } = second.organization;
      const sources = files.filter((file) => file !== second).map(({ content }) => content.source);
      const values = { name, id, sources };
      return [{ place: second.content.place, code: "duplicate-organization", values }];
    })
    .sort(compareProblems);
}

function narrow(entries: readonly Entry[], names: readonly string[]): readonly Entry[] {
  if (names.length === 0) return entries;
  const matches = ({ written, found }: Entry, name: string): boolean =>
    written === name || found.organization?.id === name || found.organization?.name === name;
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
  return entries.filter(
    (entry) => entry.found === NOT_TOLD || names.some((name) => matches(entry, name)),
  );
}

/** An id is unique; a name that several organizations have is refused. */
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
  const key = ({ source, written, found }: Entry): string =>
    found.organization?.id ?? written ?? source;
  const sorted = [...entries].sort((a, b) => compareText(key(a), key(b)));
  return shard === null
    ? sorted
    : sorted.filter((_, index) => index % shard.count === shard.index - 1);
}
