/** Finds the commit that is checked out, and files that differ from it. `git status` is not used: it runs filters. */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { errorCode } from "../model/failure.ts";
import { compareText } from "../model/place.ts";
import {
  findCommitId,
  type Environment,
  GitError,
  openRepository,
  findRepositoryFolder,
  pathInRepository,
  runGit,
} from "./git.ts";

export interface Head {
  readonly commit: string;
  /** Files that are not as they are committed, as they are named in the problems; sorted. */
  readonly modified: readonly string[];
}

/** Null where the files are in no repository, or git cannot be asked. */
export async function readHead(
  files: Iterable<string>,
  cwd: string,
  env: Environment,
): Promise<Head | null> {
  const shown = [...new Set(files)].filter((path) => path !== "-").sort(compareText);
  const [first] = shown;
  if (first === undefined) return null;
  try {
    const folder = findRepositoryFolder(realpathSync(resolve(cwd, first)));
    if (folder === null) return null;
    const repository = await openRepository(folder, env);
    const commit = await findCommitId(repository, "HEAD");
    if (commit === null) return null;
    const { stdout } = await runGit(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
    const blobs = parseListing(stdout.toString("utf8"));
    const isModified = (path: string): boolean => {
      const real = realpathSync(resolve(cwd, path));
      return !isBlob(real, blobs.get(pathInRepository(repository, real)));
    };
    return { commit, modified: shown.filter(isModified) };
  } catch (error) {
    if (error instanceof GitError || errorCode(error) !== null) return null;
    throw error;
  }
}

/** The commit that all these files are in as they are now; null where one is not, or where that is not known. */
export async function findCommit(
  files: ReadonlySet<string>,
  cwd: string,
  env: Environment,
): Promise<string | null> {
  const head = files.has("-") ? null : await readHead(files, cwd, env);
  return head?.modified.length === 0 ? head.commit : null;
}

function parseListing(listing: string): ReadonlyMap<string, string> {
  const entries = listing.split("\0").flatMap((entry): [string, string][] => {
    const [, id, path] = /^\d+ blob ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? [];
    return id === undefined || path === undefined ? [] : [[path, id]];
  });
  return new Map(entries);
}

/** As git would name the content, with the system's line ends or with line feeds. */
function isBlob(path: string, blob: string | undefined): boolean {
  if (blob === undefined) return false;
  const content = readFileSync(path);
  const unix = Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
  const algorithm = blob.length === 40 ? "sha1" : "sha256";
  return [content, unix].some((bytes) => {
    const header = `blob ${bytes.length}\0`;
    return createHash(algorithm).update(header).update(bytes).digest("hex") === blob;
  });
}
