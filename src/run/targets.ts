/** Finds the organizations of a run: resolves names and ids in the files, and applies the flags and the shard. */
import { groupBy } from "../model/group-by.ts";
import { compareOrganizations, type Identity, type Organization } from "../model/current.ts";
import type { BrokenFile, DesiredOrganization, LoadedFiles } from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import type { FailedOrganization } from "../model/plan.ts";
import { compareProblems, summarizeProblems, type Problem } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { quotedList } from "../model/text.ts";
import type { Connection } from "./connection.ts";
import { type Found, makeLookup, notFound, refuseAmbiguous } from "./find-organization.ts";

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
  /** Organizations that the key can access and that no file names, before the scope applies; null with an API key. */
  readonly uncovered: readonly Organization[] | null;
  /** Files that may describe any organization; where there are some, `uncovered` is null. */
  readonly unknown: readonly string[];
  /** Whose key it is; null for partner and deployment keys, which belong to no user. */
  readonly caller: Identity | null;
}

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
  const repeated = findRepeated(entries);
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
    const message = findTrouble(entry, rivals);
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
    uncovered: isKnown ? findUncovered(entries, organizations) : null,
    unknown,
  };
}

const NOT_TOLD: Found = notFound("it is not known which organization the file describes");

function isBroken(content: DesiredOrganization | BrokenFile): content is BrokenFile {
  return "why" in content;
}

/** Why nothing is planned for it; null where something is. */
function findTrouble({ source, content, found }: Entry, rivals: Rivals): string | null {
  if (isBroken(content)) return brokenText(content);
  if (found.organization === null) return found.trouble;
  // What an invalid file grants is not known: in its organization no user is removed.
  const same = rivals.of.get(found.organization.id)?.find((other) => other.source !== source);
  if (same !== undefined)
    return `${same.source} describes the same organization: keep one of the two files`;
  const [unknown] = rivals.anywhere;
  if (unknown === undefined) return null;
  return `${unknown} may describe the same organization: it has problems and does not name an organization: fix it first`;
}

interface Rivals {
  /** The files of an organization, by its id. */
  readonly of: ReadonlyMap<string | undefined, readonly Entry[]>;
  /** Files that may describe any organization. */
  readonly anywhere: readonly string[];
}

function brokenText({ why }: BrokenFile): string {
  if (why.code === "may-be-included") {
    return "the file names no organization, and a file with problems may include it: fix that file first";
  }
  if (why.problems.length === 0)
    return "another file describes the same organization: keep one of the two files";
  return `the file, or one that it includes, has ${summarizeProblems(why.problems)}`;
}

function findUncovered(
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
function findRepeated(entries: readonly Entry[]): readonly Problem[] {
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
    throw new Failure(`no file describes the organization ${quotedList(missing)}`, {
      hint: "set --organization to the id or exact name of an organization in the files",
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

function share(entries: readonly Entry[], shard: Scope["shard"]): readonly Entry[] {
  const key = ({ source, written, found }: Entry): string =>
    found.organization?.id ?? written ?? source;
  return shareOf(
    [...entries].sort((a, b) => compareText(key(a), key(b))),
    shard,
  );
}

/** `--shard K/N`: every N-th organization, sorted by id, from the K-th on: the same on every machine. */
export function shareOf<T>(sorted: readonly T[], shard: Scope["shard"]): readonly T[] {
  return shard === null
    ? sorted
    : sorted.filter((_, index) => index % shard.count === shard.index - 1);
}
