/** Reads the history of organizations' files from git: since when each grant exists, and every change of grants. */
import { join, resolve } from "node:path";
import { readBytes } from "../config/read-text.ts";
import type { Role } from "../model/current.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { groupBy } from "../model/group-by.ts";
import type { AccessChange, HistoryNote, ReviewMark, Since, Start } from "../model/history.ts";
import { findStart, type Listed, type Listing, selectListed } from "./changes-since.ts";
import { type CommitFiles, withCommitFiles } from "./commit-files.ts";
import {
  collectNames,
  followOrganization,
  listStates,
  type Unreadable,
} from "./follow-organization.ts";
import { findFormer, type FormerOrganization, noteSeen } from "./former-organizations.ts";
import {
  type Environment,
  findCommitId,
  findRepositoryFolder,
  GitError,
  openRepository,
  pathInRepository,
  realPath,
  type Repository,
} from "./git.ts";
import { makeSince, traceAccess } from "./grant-periods.ts";
import { traceReviews } from "./reviews.ts";

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

export interface Histories {
  /** By the source of the organization's file. */
  readonly organizations: ReadonlyMap<string, OrganizationHistory>;
  /** With changes since the start; only of the paths that were asked for. */
  readonly former: readonly FormerOrganization[];
  /** When the start was, milliseconds since the epoch; null where it was not asked for or is unknown. */
  readonly startTime: number | null;
}

export interface OrganizationHistory {
  /** `role` by its id, or as the file calls it. */
  readonly since: (email: string, role: string) => Since;
  /** Newest first. */
  readonly changes: readonly AccessChange[];
  /** Newest first. */
  readonly reviews: readonly ReviewMark[];
  readonly notes: readonly HistoryNote[];
}

const STANDARD_INPUT = "-";

/** Never rejects if git fails: the notes say why. */
export async function readHistories(
  desired: readonly DesiredOrganization[],
  context: HistoryContext,
): Promise<Histories> {
  const organizations = new Map<string, OrganizationHistory>();
  const former: FormerOrganization[] = [];
  let startTime: number | null = null;
  const tracked: Tracked[] = [];
  for (const one of desired) {
    const { source } = one;
    const real = source === STANDARD_INPUT ? null : realPath(resolve(context.cwd, source));
    const folder = real === null ? null : findRepositoryFolder(real);
    if (real === null) organizations.set(source, withoutHistory({ code: "standard-input" }));
    else if (folder === null) {
      organizations.set(source, withoutHistory({ code: "no-repository", folder: source }));
    } else tracked.push({ desired: one, real, folder });
  }
  for (const [folder, group] of groupBy(tracked, (one) => one.folder)) {
    const found = await readRepository(folder, group, context);
    for (const [source, history] of found.organizations) organizations.set(source, history);
    former.push(...found.former);
    startTime ??= found.startTime;
  }
  return { organizations, former, startTime };
}

/** An organization whose file is in a repository. */
interface Tracked {
  readonly desired: DesiredOrganization;
  readonly real: string;
  /** Of the repository. */
  readonly folder: string;
}

function withoutHistory(note: HistoryNote): OrganizationHistory {
  const since = (): Since => ({ kind: "unknown" });
  return { since, changes: [], reviews: [], notes: [note] };
}

async function readRepository(
  folder: string,
  tracked: readonly Tracked[],
  context: HistoryContext,
): Promise<Histories> {
  try {
    const repository = await openRepository(folder, context.env);
    const head = await findCommitId(repository, "HEAD");
    if (head === null) throw new GitError({ code: "no-commits", folder });
    const located = tracked.map(({ desired, real }) => {
      return { desired, path: pathInRepository(repository, real) };
    });
    const paths = located.map(({ path }) => path);
    return await withCommitFiles(repository, head, paths, async (files) => {
      const organizations = new Map<string, OrganizationHistory>();
      const listing = await findStart(context.start, files.log, repository);
      const place = { repository, files, listing, seen: new Set<string>() };
      for (const { desired, path } of located) {
        organizations.set(desired.source, await readHistory(desired, { ...place, path }, context));
      }
      const { within, cwd, asOf } = context;
      const former = within === null ? [] : await findFormer({ ...place, within, cwd, asOf });
      return { organizations, former, startTime: listing.position?.time ?? null };
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

interface Place {
  /** Of the organization's file, from the repository's top. */
  readonly path: string;
  /** Paths that were looked at, and what they were included as. */
  readonly seen: Set<string>;
  readonly repository: Repository;
  readonly files: CommitFiles;
  readonly listing: Listing;
}

async function readHistory(
  desired: DesiredOrganization,
  { path, repository, files, listing, seen }: Place,
  { asOf, polytomic, start }: HistoryContext,
): Promise<OrganizationHistory> {
  const { log } = files;
  const { source } = desired;
  const known = polytomic(source);
  const newest = log.commits.length - 1;
  if (log.fileAt(path, newest) === null) {
    return withoutHistory({ code: "untracked", source });
  }
  const steps = await followOrganization(files, path, known?.names ?? []);
  noteSeen(steps, seen);
  const [first] = steps;
  const fileGrants = first?.version?.fileGrants;
  if (
    fileGrants !== undefined &&
    "code" in fileGrants &&
    fileGrants.code === "outside-repository"
  ) {
    return withoutHistory({ ...fileGrants, source });
  }
  const names = collectNames(steps, known?.roles ?? null, desired);
  const { states: committed, unreadable, afterGaps } = listStates(steps, log);
  const states = [...committed, { commit: null, fileGrants: files.condense(desired) }];
  const access = traceAccess(states, names, asOf, start !== null);
  const edited = await findUncommitted(first?.version?.paths ?? [], newest, { repository, files });
  const oldest = log.commits[0];
  // What the oldest commit of a shallow clone has may have been there before.
  const isListed = ({ commit, ended = null }: Listed): boolean =>
    !(log.beginsShallow && ended === null && commit.id === oldest?.id);
  const reviews = start === null ? [] : traceReviews(states, names);
  return {
    since: makeSince(access, names.resolverFor(desired.aliases), log, afterGaps),
    changes: selectListed(access.changes.filter(isListed), listing),
    reviews: selectListed(reviews.filter(isListed), listing),
    notes: [
      ...(edited.length === 0 ? [] : [{ code: "uncommitted", source, paths: edited } as const]),
      ...(log.beginsShallow && oldest !== undefined
        ? [{ code: "shallow", commit: oldest } as const]
        : []),
      ...unreadableNote(unreadable, source),
    ],
  };
}

function unreadableNote(unreadable: readonly Unreadable[], source: string): readonly HistoryNote[] {
  const newest = unreadable.at(-1);
  if (newest === undefined) return [];
  const commits = unreadable.map(({ commit }) => commit).reverse();
  return [{ code: "unreadable-commits", source, commits, trouble: newest.trouble }];
}

/** What limits the histories, each once. */
export function collectNotes(histories: Iterable<OrganizationHistory>): readonly HistoryNote[] {
  const all = [...histories].flatMap(({ notes }) => notes);
  return [...new Map(all.map((note) => [JSON.stringify(note), note])).values()];
}

/** Of the files of the last commit those that are not as they were committed. */
async function findUncommitted(
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
    if (text === null || normalizeLineEnds(text) !== normalizeLineEnds(committed))
      edited.push(path);
  }
  return edited;
}

/** Git may check lines out with the system's line ends. */
function normalizeLineEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
