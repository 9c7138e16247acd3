/** The history of organizations' files in git: since when what they grant is granted, and every change of it. */
import { realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { readBytes } from "../config/read-text.ts";
import type { Role } from "../model/current.ts";
import { type Day, type DesiredOrganization, emailKey } from "../model/desired.ts";
import type { AccessChange, Commit, HistoryNote, Since, Trouble } from "../model/history.ts";
import { accessOver, type Access, type State } from "./access.ts";
import { CommitFiles } from "./family.ts";
import { followOrganization, type Step } from "./follow.ts";
import {
  commitId,
  type Environment,
  GitError,
  ObjectReader,
  openRepository,
  type Repository,
  repositoryFolder,
} from "./git.ts";
import { type Log, readLog } from "./log.ts";
import { RoleNames } from "./roles.ts";
import type { Said } from "./said.ts";

export interface HistoryContext {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  readonly asOf: Day;
  /** The organization in Polytomic and its roles, by the source of its file; null where nobody asked. */
  readonly polytomic: (source: string) => InPolytomic | null;
}

interface InPolytomic {
  readonly names: readonly string[];
  readonly roles: readonly Role[];
}

export interface OrganizationHistory {
  /** The commit that is checked out, where there is one. */
  readonly head: string | null;
  /** `role` by its id, or as the file calls it. */
  readonly since: (email: string, role: string) => Since;
  /** Newest first. */
  readonly changes: readonly AccessChange[];
  readonly notes: readonly HistoryNote[];
}

const STANDARD_INPUT = "-";

/** By the source of the organization's file. Never rejects for what git lacks: the notes say it. */
export async function historiesOf(
  desired: readonly DesiredOrganization[],
  context: HistoryContext,
): Promise<ReadonlyMap<string, OrganizationHistory>> {
  const histories = new Map<string, OrganizationHistory>();
  const byFolder = new Map<string, Tracked[]>();
  for (const one of desired) {
    const { source } = one;
    if (source === STANDARD_INPUT) {
      histories.set(source, withoutHistory({ code: "standard-input" }));
      continue;
    }
    const real = realpathSync(resolve(context.cwd, source));
    const folder = repositoryFolder(real);
    if (folder === null) {
      histories.set(source, withoutHistory({ code: "no-repository", folder: source }));
    } else byFolder.set(folder, [...(byFolder.get(folder) ?? []), { desired: one, real }]);
  }
  for (const [folder, tracked] of byFolder) {
    for (const [source, history] of await inRepository(folder, tracked, context)) {
      histories.set(source, history);
    }
  }
  return histories;
}

interface Tracked {
  readonly desired: DesiredOrganization;
  readonly real: string;
}

function withoutHistory(note: HistoryNote): OrganizationHistory {
  return { head: null, since: () => ({ kind: "unknown" }), changes: [], notes: [note] };
}

async function inRepository(
  folder: string,
  tracked: readonly Tracked[],
  context: HistoryContext,
): Promise<ReadonlyMap<string, OrganizationHistory>> {
  try {
    const repository = await openRepository(folder, context.env);
    const head = await commitId(repository, "HEAD");
    if (head === null) throw new GitError({ code: "no-commits", folder });
    return await withFiles(repository, head, pathsOf(tracked, repository), async (files) => {
      const histories = new Map<string, OrganizationHistory>();
      for (const one of tracked) {
        const path = pathIn(repository, one.real);
        const history = await historyOf(one.desired, { path, head, repository, files }, context);
        histories.set(one.desired.source, history);
      }
      return histories;
    });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const { reason } = error;
    return new Map(tracked.map(({ desired }) => [desired.source, withoutHistory(reason)]));
  }
}

function pathsOf(tracked: readonly Tracked[], repository: Repository): readonly string[] {
  return tracked
    .map(({ real }) => pathIn(repository, real))
    .filter((path) => !/\.ya?ml$/i.test(path));
}

function pathIn({ top }: Repository, real: string): string {
  return relative(top, real).split(sep).join("/");
}

/** How often the log is read again for files whose names only an older file tells. */
const MOST_ROUNDS = 5;

async function withFiles<T>(
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
  readonly head: string;
  readonly repository: Repository;
  readonly files: CommitFiles;
}

async function historyOf(
  desired: DesiredOrganization,
  { path, head, repository, files }: Place,
  { asOf, polytomic }: HistoryContext,
): Promise<OrganizationHistory> {
  const { log } = files;
  const { source } = desired;
  const known = polytomic(source);
  const newest = log.commits.length - 1;
  if (log.fileAt(path, newest) === null) {
    return { ...withoutHistory({ code: "untracked", source }), head };
  }
  const steps = await followOrganization(files, path, known?.names ?? []);
  const [first] = steps;
  const said = first?.family?.said;
  if (said !== undefined && "code" in said && said.code === "outside-repository") {
    return { ...withoutHistory({ ...said, source }), head };
  }
  const names = new RoleNames(known?.roles ?? null, aliasesOf(desired, steps));
  const unreadable: Unreadable[] = [];
  const access = accessOver(statesOf(steps, log, files.condense(desired), unreadable), names, asOf);
  const edited = await uncommitted(first?.family?.paths ?? [], newest, { repository, files });
  const oldest = log.commits[0];
  const isOldest = ({ commit, ended }: AccessChange): boolean =>
    log.beginsShallow && ended === null && commit.id === oldest?.id;
  return {
    head,
    since: sinceIn(access, names, desired, log),
    // What the oldest commit of a shallow clone has may have been there before.
    changes: access.changes.filter((change) => !isOldest(change)),
    notes: [
      ...(edited.length === 0 ? [] : [{ code: "uncommitted", source, paths: edited } as const]),
      ...(log.beginsShallow && oldest !== undefined
        ? [{ code: "shallow", commit: oldest } as const]
        : []),
      ...unreadableNote(unreadable, source),
    ],
  };
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

function* aliasesOf(desired: DesiredOrganization, steps: readonly Step[]) {
  yield* desired.aliases;
  for (const { family } of steps) {
    if (family !== null && !("code" in family.said)) yield* family.said.aliases;
  }
}

/** Oldest first; what is on the disk now comes last. */
function statesOf(
  steps: readonly Step[],
  log: Log,
  now: Said,
  unreadable: Unreadable[],
): readonly State[] {
  const states: State[] = [];
  for (const { from, family } of steps.toReversed()) {
    const commit = log.commit(from);
    const said = family?.said ?? null;
    if (said !== null && "code" in said) unreadable.push({ commit, trouble: said });
    else states.push({ commit, said });
  }
  return [...states, { commit: null, said: now }];
}

function sinceIn(
  { runs }: Access,
  names: RoleNames,
  { aliases }: DesiredOrganization,
  log: Log,
): OrganizationHistory["since"] {
  const meant = names.in(aliases);
  return (email, role) => {
    const run = runs.get(emailKey(email))?.get(meant(role).key);
    if (run === undefined) return { kind: "unknown" };
    const { since } = run;
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
