/**
 * The folder that files and includes may not leave, also through symbolic links, so that a change in one repository
 * cannot make the program read files outside it.
 */
import { realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Failure } from "../model/failure.ts";
import { quote } from "../model/problem-words.ts";

export interface IncludeRoots {
  /** For what the files of this (real) folder include: --root, else the nearest repository, else the working directory. */
  readonly ofFolder: (folder: string) => Promise<string>;
  /**
   * For a path that was named on the command line: as above, by the path as it is written. Null if it is neither in
   * a repository nor in the working directory: then its links are the user's own.
   */
  readonly ofNamed: (absolute: string) => Promise<string | null>;
}

/** `root` is the value of --root, or null. Throws `Failure` when that cannot be read. */
export async function includeRoots(root: string | null, cwd: string): Promise<IncludeRoots> {
  const chosen = root === null ? null : await realRoot(resolve(cwd, root), root);
  const realCwd = await realpath(cwd);
  const known = new Map<string, Promise<string>>();
  const repositories = new Map<string, Promise<string | null>>();
  const nearest = (folder: string): Promise<string> => {
    const found = known.get(folder) ?? search(folder);
    known.set(folder, found);
    return found;
  };
  const search = async (folder: string): Promise<string> => {
    if (await exists(join(folder, ".git"))) return folder;
    const parent = dirname(folder);
    return parent === folder ? realCwd : nearest(parent);
  };
  return {
    ofFolder: (folder) => (chosen === null ? nearest(folder) : Promise.resolve(chosen)),
    ofNamed: async (absolute) => {
      if (root !== null && chosen !== null) {
        if (isInside(absolute, resolve(cwd, root)) || isInside(absolute, chosen)) return chosen;
      }
      const folder = dirname(absolute);
      const repository = repositories.get(folder) ?? findRepository(folder);
      repositories.set(folder, repository);
      return (await repository) ?? (isInside(absolute, cwd) ? realCwd : null);
    },
  };
}

async function realRoot(absolute: string, root: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (cause) {
    throw new Failure(`--root ${quote(root)} cannot be read`, {
      hint: "name the folder that contains the files and everything they include",
      cause,
    });
  }
}

/**
 * The nearest repository that contains a folder, links in its path not followed. A repository that is itself reached
 * through a link out of another one does not count: the link is what must not be followed.
 */
async function findRepository(start: string): Promise<string | null> {
  let nearest: string | null = null;
  for (let folder = start; ; folder = dirname(folder)) {
    if (await exists(join(folder, ".git"))) {
      const real = await realpath(folder);
      if (nearest !== null && !isInside(nearest, real)) return real;
      nearest ??= real;
    }
    if (folder === dirname(folder)) return nearest;
  }
}

/** What git keeps in `.git`, such as a checkout's token, is no part of the folder. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  if (way.split(sep).some((name) => name.toLowerCase() === ".git")) return false;
  return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
