/** What the files granted as of a commit, and since when. */
import { resolve } from "node:path";

import type { DesiredOrganization } from "../model/desired.ts";
import { addDays, type Day, dayOf, isDay } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import type { Since } from "../model/history.ts";
import { compareText } from "../model/place.ts";
import { makeSince, traceAccess } from "./grant-periods.ts";
import { type CommitFiles, withCommitFiles } from "./commit-files.ts";
import { collectNames, followOrganization, listStates } from "./follow-organization.ts";
import {
  findCommitId,
  type Environment,
  GitError,
  findRepositoryFolder,
  openRepository,
  pathInRepository,
  realPath,
  type Repository,
} from "./git.ts";
import type { Log } from "./git-log.ts";

export interface FilesAt {
  readonly commit: string;
  /** When it was made, milliseconds since the epoch. */
  readonly committedAt: number;
  /** The day that was asked for, or of the commit. */
  readonly day: Day;
  readonly organizations: readonly OrganizationAt[];
}

interface OrganizationAt {
  readonly desired: DesiredOrganization;
  readonly since: (email: string, role: string) => Since;
}

/** Throws `Failure` where there is no such commit, or where its files cannot be read. */
export async function readFilesAt(
  at: string,
  paths: readonly string[],
  {
    cwd,
    env,
    asOf,
  }: { readonly cwd: string; readonly env: Environment; readonly asOf: Day | null },
): Promise<FilesAt> {
  const named = paths.length === 0 ? ["users.yaml"] : paths;
  try {
    const repository = await findRepository(named, cwd, env);
    const head = await findCommitId(repository, "HEAD");
    if (head === null) throw new GitError({ code: "no-commits", folder: repository.top });
    const asked = isDay(at) ? null : await findCommitId(repository, at);
    if (asked === null && !isDay(at)) {
      throw new Failure(`there is no commit ${at} in ${repository.top}`, {
        hint: "set --at to a commit, tag, branch or date such as 2026-01-31",
      });
    }
    const roots = named.map((path) =>
      pathInRepository(repository, realPath(resolve(realPath(cwd), path))),
    );
    const read = (from: string) =>
      withCommitFiles(repository, from, roots, (files) =>
        readAt(files, roots, { at, asked, asOf }),
      );
    // A commit that is not one of the first parents of HEAD has a history of its own.
    return (await read(head)) ?? (await read(asked ?? head)) ?? nothing(at);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new Failure(`git could not read the files at ${at} (${error.reason.code})`, {
      hint: "run it in a clone of the repository, with git installed",
      cause: error,
    });
  }
}

function nothing(at: string): never {
  throw new Failure(`there was no commit yet on ${at}`, { hint: "pass a later date" });
}

async function findRepository(
  named: readonly string[],
  cwd: string,
  env: Environment,
): Promise<Repository> {
  // `findRepositoryFolder` starts in the folder of a path; the "x" makes it start at the path itself, if that is a folder.
  const folders = new Set(
    named.map((path) => findRepositoryFolder(realPath(resolve(realPath(cwd), path, "x")))),
  );
  const [folder, another] = folders;
  if (folder === undefined || folder === null || another !== undefined) {
    throw new Failure(
      another === undefined
        ? `${named.join(", ")} is not in a git repository`
        : `${named.join(", ")} are not all in the same git repository`,
      { hint: "--at reads the files from git" },
    );
  }
  return openRepository(folder, env);
}

interface Asked {
  readonly at: string;
  /** Null: the last commit of the day `at`. */
  readonly asked: string | null;
  readonly asOf: Day | null;
}

/** Null where the log does not have the commit. */
async function readAt(
  files: CommitFiles,
  roots: readonly string[],
  { at, asked, asOf }: Asked,
): Promise<FilesAt | null> {
  const { log } = files;
  const found =
    asked === null
      ? log.lastBefore(Date.parse(`${addDays(at, 1)}T00:00:00Z`) - 1)
      : positionOf(log, asked);
  if (found === null) return null;
  const day = asked === null ? at : dayOf(found.time);
  const organizations: OrganizationAt[] = [];
  for (const path of await findPaths(files, roots, found.index)) {
    const desired = await files.readDesired(path, found.index);
    if ("code" in desired) {
      throw new Failure(
        `what ${path} said at ${found.id.slice(0, 12)} cannot be read: ${desired.code === "invalid" ? desired.problem : `${desired.path}: ${desired.code}`}`,
        { hint: "set --at to a commit whose files are valid" },
      );
    }
    organizations.push({
      desired,
      since: await readSince(files, path, desired, found.index, asOf ?? day),
    });
  }
  if (organizations.length === 0) {
    throw new Failure(`at ${found.id.slice(0, 12)} there was no file ${roots.join(", ")}`, {
      hint: "pass the path that the file had then, or a later commit",
    });
  }
  return { commit: found.id, committedAt: found.time, day, organizations };
}

function positionOf(log: Log, id: string) {
  const position = log.positionOf(id);
  return position === null ? null : { id, ...position };
}

/** The files and the folders' files as they were named then; of what was renamed since, under its former name. */
async function findPaths(
  files: CommitFiles,
  roots: readonly string[],
  index: number,
): Promise<readonly string[]> {
  const { log } = files;
  const newest = log.commits.length - 1;
  const yaml = [...log.paths].filter((path) => /\.ya?ml$/i.test(path) && !isHidden(path));
  const paths = new Set<string>();
  const included = new Set<string>();
  for (const root of roots) {
    if (log.fileAt(root, index) !== null) {
      paths.add(root);
      continue;
    }
    const inside = yaml.filter((path) => root === "" || path.startsWith(`${root}/`));
    for (const path of inside) if (log.fileAt(path, index) !== null) paths.add(path);
    const today = log.fileAt(root, newest) === null ? inside : [root];
    for (const path of today) {
      if (log.fileAt(path, newest) === null || log.fileAt(path, index) !== null) continue;
      const steps = await followOrganization(files, path, []);
      const then = steps.find(({ from }) => from <= index)?.version ?? null;
      if (then !== null) paths.add(then.path);
    }
  }
  for (const path of paths) {
    const version = await files.readVersion(path, index);
    for (const other of version.paths)
      if (other !== path && !roots.includes(other)) included.add(other);
  }
  return [...paths].filter((path) => !included.has(path)).sort(compareText);
}

function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part === "node_modules");
}

async function readSince(
  files: CommitFiles,
  path: string,
  desired: DesiredOrganization,
  index: number,
  asOf: Day,
): Promise<OrganizationAt["since"]> {
  const steps = await followOrganization(files, path, [], index);
  const { states, afterGaps } = listStates(steps, files.log);
  const names = collectNames(steps);
  const access = traceAccess(states, names, asOf, false);
  return makeSince(access, names.resolverFor(desired.aliases), files.log, afterGaps);
}
