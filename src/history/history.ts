/** The history of organizations' files in git: since when what they grant is granted, and every change of it. */
import { realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { readBytes } from "../config/read-text.ts";
import type { Role } from "../model/current.ts";
import { type DesiredOrganization, emailKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import type {
  AccessChange,
  Commit,
  HistoryNote,
  ReviewMark,
  Since,
  Start,
  Trouble,
} from "../model/history.ts";
import { accessOver, type Access, type State } from "./grant-periods.ts";
import { compareText } from "../model/problem.ts";
import { CommitFiles } from "./commit-files.ts";
import { followOrganization, type Step } from "./follow-organization.ts";
import {
  commitId,
  type Environment,
  GitError,
  ObjectReader,
  openRepository,
  type Repository,
  repositoryFolder,
} from "./git.ts";
import { type Log, type Position, readLog } from "./git-log.ts";
import { reviewsOver } from "./reviews.ts";
import { RoleResolver } from "./role-resolver.ts";
import type { FileGrants } from "./file-grants.ts";

export interface HistoryContext {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  readonly asOf: Day;
  /** The organization in Polytomic and its roles, by the source of its file; null where Polytomic was not asked. */
  readonly polytomic: (source: string) => InPolytomic | null;
  /** From when on changes are listed; null lists none, which is quicker. */
  readonly start: Start | "all" | null;
  /**
   * Files and folders as the user named them, in which organizations may have been that are gone; null: not asked
   * for.
   */
  readonly within: readonly string[] | null;
}

interface InPolytomic {
  readonly names: readonly string[];
  readonly roles: readonly Role[];
}

/** An organization that no file describes any more: a commit ended the access of all its users. */
interface FormerOrganization {
  /** The path of its file, from the repository's top. */
  readonly source: string;
  /** As the file named it; null where it did not. */
  readonly organization: string | null;
  readonly changes: readonly AccessChange[];
  readonly reviews: readonly ReviewMark[];
}

export interface Histories {
  /** By the source of the organization's file. */
  readonly organizations: ReadonlyMap<string, OrganizationHistory>;
  /** With changes since the start; only of the paths that were asked for. */
  readonly former: readonly FormerOrganization[];
  /** When the start was, milliseconds since the epoch; null where it was not asked for or is unknown. */
  readonly startTime: number | null;
}

export interface OrganizationHistory {
  /** The commit that is checked out, where there is one. */
  readonly head: string | null;
  /** `role` by its id, or as the file calls it. */
  readonly since: (email: string, role: string) => Since;
  /** Newest first. */
  readonly changes: readonly AccessChange[];
  /** Newest first. */
  readonly reviews: readonly ReviewMark[];
  readonly notes: readonly HistoryNote[];
}

const STANDARD_INPUT = "-";
const DEFAULT_FILE = "users.yaml";

/** Never rejects if git fails: the notes say why. */
export async function historiesOf(
  desired: readonly DesiredOrganization[],
  context: HistoryContext,
): Promise<Histories> {
  const organizations = new Map<string, OrganizationHistory>();
  const former: FormerOrganization[] = [];
  let startTime: number | null = null;
  const byFolder = new Map<string, Tracked[]>();
  for (const one of desired) {
    const { source } = one;
    if (source === STANDARD_INPUT) {
      organizations.set(source, withoutHistory({ code: "standard-input" }));
      continue;
    }
    const real = realPath(resolve(context.cwd, source));
    const folder = repositoryFolder(real);
    if (folder === null) {
      organizations.set(source, withoutHistory({ code: "no-repository", folder: source }));
      continue;
    }
    const tracked = byFolder.get(folder);
    if (tracked === undefined) byFolder.set(folder, [{ desired: one, real }]);
    else tracked.push({ desired: one, real });
  }
  for (const [folder, tracked] of byFolder) {
    const found = await inRepository(folder, tracked, context);
    for (const [source, history] of found.organizations) organizations.set(source, history);
    former.push(...found.former);
    startTime ??= found.startTime;
  }
  return { organizations, former, startTime };
}

/** A shell's `<(command)` is a pipe, which has no real path. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

interface Tracked {
  readonly desired: DesiredOrganization;
  readonly real: string;
}

function withoutHistory(note: HistoryNote): OrganizationHistory {
  const since = (): Since => ({ kind: "unknown" });
  return { head: null, since, changes: [], reviews: [], notes: [note] };
}

async function inRepository(
  folder: string,
  tracked: readonly Tracked[],
  context: HistoryContext,
): Promise<Histories> {
  try {
    const repository = await openRepository(folder, context.env);
    const head = await commitId(repository, "HEAD");
    if (head === null) throw new GitError({ code: "no-commits", folder });
    return await withFiles(repository, head, pathsOf(tracked, repository), async (files) => {
      const organizations = new Map<string, OrganizationHistory>();
      const place = { head, repository, files, seen: new Set<string>() };
      for (const { desired, real } of tracked) {
        const path = pathIn(repository, real);
        organizations.set(desired.source, await historyOf(desired, { ...place, path }, context));
      }
      const start = await startIn(context.start, { log: files.log, repository });
      const former = await formerIn(place, context);
      return { organizations, former, startTime: start?.time ?? null };
    });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const history = withoutHistory(error.reason);
    return {
      organizations: new Map(tracked.map(({ desired }) => [desired.source, history])),
      former: [],
      startTime: null,
    };
  }
}

/** Files that were an organization's own and are gone, with what was lost by that. */
async function formerIn(
  { repository, files, seen }: Omit<Place, "path">,
  { within, cwd, asOf, start }: HistoryContext,
): Promise<readonly FormerOrganization[]> {
  if (within === null) return [];
  const { log } = files;
  const newest = log.commits.length - 1;
  const roots = (within.length === 0 ? [DEFAULT_FILE] : within).map((path) =>
    pathIn(repository, realPath(resolve(cwd, path))),
  );
  const isWithin = (path: string): boolean =>
    roots.some((root) => root === "" || path === root || path.startsWith(`${root}/`));
  const gone = [...log.paths].filter(
    (path) => isWithin(path) && !seen.has(path) && log.fileAt(path, newest) === null,
  );
  const candidates: { readonly former: FormerOrganization; readonly own: string }[] = [];
  const lastOf = new Map(gone.map((path) => [path, log.lastWith(path, newest)]));
  // Newest first, so that a file's former names count as its own history.
  const ordered = [...lastOf].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  for (const [path, last] of ordered) {
    if (last < 0 || seen.has(path)) continue;
    const steps = await followOrganization(files, path, [], last);
    noteSeen(steps, seen);
    const states = statesOf(steps, log, null, []);
    const commit = log.commit(last + 1);
    const names = namesIn(steps);
    const all = accessOver([...states, { commit, fileGrants: null }], names, asOf, true);
    const changes = await listedFrom(start, all.changes, { log, repository });
    const reviews = await listedFrom(start, reviewsOver(states, names), { log, repository });
    const organization = steps[0]?.family?.organization ?? null;
    if (changes.length + reviews.length > 0) {
      candidates.push({ own: path, former: { source: path, organization, changes, reviews } });
    }
  }
  return candidates
    .filter(({ own, former }) => former.organization !== null || !seen.has(includedKey(own)))
    .map(({ former }) => former);
}

function pathsOf(tracked: readonly Tracked[], repository: Repository): readonly string[] {
  return tracked
    .map(({ real }) => pathIn(repository, real))
    .filter((path) => !/\.ya?ml$/i.test(path));
}

export function pathIn({ top }: Repository, real: string): string {
  return relative(top, real).split(sep).join("/");
}

/** How often the log is read again for files whose names only an older file tells. */
const MOST_ROUNDS = 5;

export async function withFiles<T>(
  repository: Repository,
  head: string,
  paths: readonly string[],
  work: (files: CommitFiles) => Promise<T>,
): Promise<T> {
  const others = new Set(paths);
  const objects = new ObjectReader(repository);
  try {
    for (let round = 1; ; round += 1) {
      const files = new CommitFiles(await readLog(repository, head, others), objects);
      const result = await work(files);
      const unlisted = [...files.unlisted].filter((path) => !others.has(path));
      if (unlisted.length === 0 || round === MOST_ROUNDS) return result;
      for (const path of unlisted) others.add(path);
    }
  } finally {
    objects.close();
  }
}

interface Place {
  /** Of the organization's file, from the repository's top. */
  readonly path: string;
  /** Paths that were looked at, and what they were included as. */
  readonly seen: Set<string>;
  readonly head: string;
  readonly repository: Repository;
  readonly files: CommitFiles;
}

async function historyOf(
  desired: DesiredOrganization,
  { path, head, repository, files, seen }: Place,
  { asOf, polytomic, start }: HistoryContext,
): Promise<OrganizationHistory> {
  const { log } = files;
  const { source } = desired;
  const known = polytomic(source);
  const newest = log.commits.length - 1;
  if (log.fileAt(path, newest) === null) {
    return { ...withoutHistory({ code: "untracked", source }), head };
  }
  const steps = await followOrganization(files, path, known?.names ?? []);
  noteSeen(steps, seen);
  const [first] = steps;
  const fileGrants = first?.family?.fileGrants;
  if (
    fileGrants !== undefined &&
    "code" in fileGrants &&
    fileGrants.code === "outside-repository"
  ) {
    return { ...withoutHistory({ ...fileGrants, source }), head };
  }
  const names = namesIn(steps, known?.roles ?? null, desired);
  const unreadable: Unreadable[] = [];
  const states = statesOf(steps, log, files.condense(desired), unreadable);
  const access = accessOver(states, names, asOf, start !== null);
  const edited = await uncommitted(first?.family?.paths ?? [], newest, { repository, files });
  const oldest = log.commits[0];
  // What the oldest commit of a shallow clone has may have been there before.
  const isListed = ({ commit, ended = null }: Listed): boolean =>
    !(log.beginsShallow && ended === null && commit.id === oldest?.id);
  const reviews = start === null ? [] : reviewsOver(states, names);
  return {
    head,
    since: sinceIn(access, names, desired, log),
    changes: await listedFrom(start, access.changes.filter(isListed), { log, repository }),
    reviews: await listedFrom(start, reviews.filter(isListed), { log, repository }),
    notes: [
      ...(edited.length === 0 ? [] : [{ code: "uncommitted", source, paths: edited } as const]),
      ...(log.beginsShallow && oldest !== undefined
        ? [{ code: "shallow", commit: oldest } as const]
        : []),
      ...unreadableNote(unreadable, source),
    ],
  };
}

interface LogOf {
  readonly log: Log;
  readonly repository: Repository;
}

/** Where the changes begin. Throws `Failure` where the commit is not one of the first parents of `HEAD`. */
async function startIn(
  start: Start | "all" | null,
  { log, repository }: LogOf,
): Promise<Position | null> {
  if (start === null || start === "all") return null;
  if (start.kind === "day") {
    // Nothing of the day itself is left out.
    return { index: -1, time: Date.parse(`${start.day}T00:00:00Z`) - 1 };
  }
  const id = await commitId(repository, start.name);
  const position = id === null ? null : log.positionOf(id);
  if (position !== null) return position;
  throw new Failure(
    id === null
      ? `there is no commit ${start.name} in ${repository.top}`
      : `the commit ${start.name} is not in the history of HEAD (its first parents)`,
    { hint: "pass a commit of the branch that is checked out, or a date such as 2026-01-31" },
  );
}

type Listed = Pick<AccessChange, "commit" | "time"> & Partial<Pick<AccessChange, "ended">>;

/** What took effect since then. */
async function listedFrom<T extends Listed>(
  start: Start | "all" | null,
  listed: readonly T[],
  where: LogOf,
): Promise<readonly T[]> {
  const first = await startIn(start, where);
  if (start === null) return [];
  if (start === "all" || first === null) return listed;
  return listed.filter(({ commit, ended = null, time }) =>
    start.kind === "day" || ended !== null
      ? time > first.time
      : (where.log.positionOf(commit.id)?.index ?? -1) > first.index,
  );
}

interface Unreadable {
  readonly commit: Commit;
  readonly trouble: Trouble;
}

function unreadableNote(unreadable: readonly Unreadable[], source: string): readonly HistoryNote[] {
  const newest = unreadable.at(-1);
  if (newest === undefined) return [];
  const commits = unreadable.map(({ commit }) => commit).reverse();
  return [{ code: "unreadable-commits", source, commits, trouble: newest.trouble }];
}

/** Each organization's own path, and each included one: what is included is no organization of its own. */
function noteSeen(steps: readonly Step[], seen: Set<string>): void {
  for (const { family } of steps) {
    if (family === null) continue;
    seen.add(family.path);
    for (const path of family.paths) if (path !== family.path) seen.add(includedKey(path));
  }
}

function includedKey(path: string): string {
  return `\0${path}`;
}

export function namesIn(
  steps: readonly Step[],
  roles: readonly Role[] | null = null,
  now: Pick<DesiredOrganization, "aliases"> | null = null,
): RoleResolver {
  const fileGrants = steps.flatMap(({ family }) =>
    family === null || "code" in family.fileGrants ? [] : [family.fileGrants],
  );
  return new RoleResolver(
    roles,
    [now ?? [], fileGrants].flat().flatMap(({ aliases }) => aliases),
  );
}

/** Oldest first; what is on the disk now comes last. */
export function statesOf(
  steps: readonly Step[],
  log: Log,
  now: FileGrants | null,
  unreadable: Unreadable[],
): readonly State[] {
  const states: State[] = [];
  for (const { from, family } of steps.toReversed()) {
    const commit = log.commit(from);
    const fileGrants = family?.fileGrants ?? null;
    if (fileGrants !== null && "code" in fileGrants)
      unreadable.push({ commit, trouble: fileGrants });
    else states.push({ commit, fileGrants });
  }
  return now === null ? states : [...states, { commit: null, fileGrants: now }];
}

function sinceIn(
  { periods }: Access,
  names: RoleResolver,
  { aliases }: DesiredOrganization,
  log: Log,
): OrganizationHistory["since"] {
  const resolve = names.resolverFor(aliases);
  return (email, role) => {
    const period = periods.get(emailKey(email))?.get(resolve(role).key);
    if (period === undefined) return { kind: "unknown" };
    const { since } = period;
    if (since === null) return { kind: "uncommitted" };
    const isFirst = log.beginsShallow && since.id === log.commits[0]?.id;
    return { kind: isFirst ? "shallow" : "commit", commit: since };
  };
}

/** Of the files of the last commit those that are not as they were committed. */
async function uncommitted(
  paths: readonly string[],
  newest: number,
  { repository, files }: Pick<Place, "repository" | "files">,
): Promise<readonly string[]> {
  const edited: string[] = [];
  for (const path of paths) {
    const committed = await files.textAt(path, newest);
    if (committed === null) continue;
    const now = await readBytes(join(repository.top, path)).catch(() => null);
    const text = now === null ? null : Buffer.from(now).toString("utf8");
    if (text === null || withoutReturns(text) !== withoutReturns(committed)) edited.push(path);
  }
  return edited;
}

/** Git may check lines out with the system's line ends. */
function withoutReturns(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
