/** The paths a user named → files: folders are searched, what is not there is noted. */
import { type Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { compareText } from "../model/problem.ts";
import type { Note } from "./notes.ts";
import { nearest, quote } from "./wording.ts";

export interface FoundFile {
  /** As the user named it, or within the folder that the user named; `-` is standard input. */
  readonly path: string;
  /** Where it is; links in it are not followed, so that includes are relative to where it seems to be. */
  readonly absolute: string;
  /** Where it really is: the same file by two names is one. */
  readonly real: string;
  /** The real path of the folder that it was found in, or null when the user named the file itself. */
  readonly folder: string | null;
}

export const STANDARD_INPUT = "-";
const DEFAULT_FILE = "users.yaml";

/** Sorted by path, each file once. */
export async function findFiles(
  paths: readonly string[],
  cwd: string,
  note: Note,
): Promise<readonly FoundFile[]> {
  const files = new Map<string, FoundFile>();
  const named = paths.length === 0 ? [DEFAULT_FILE] : paths.toSorted(compareText);
  for (const path of named) {
    for (const file of await filesAt(path, cwd, paths.length === 0, note)) {
      const known = files.get(file.real);
      // A file that was named is an organization, whatever folder it is found in as well.
      if (known === undefined || (known.folder !== null && file.folder === null)) {
        files.set(file.real, file);
      }
    }
  }
  return [...files.values()].sort((a, b) => compareText(a.path, b.path));
}

async function filesAt(
  path: string,
  cwd: string,
  isDefault: boolean,
  note: Note,
): Promise<readonly FoundFile[]> {
  if (path === STANDARD_INPUT) {
    return [{ path, absolute: join(cwd, path), real: path, folder: null }];
  }
  const absolute = resolve(cwd, path);
  try {
    const isFolder = (await stat(absolute)).isDirectory();
    // A shell's <(command) is a pipe, which has no real path.
    const real = await realpath(absolute).catch(() => absolute);
    if (!isFolder) return [{ path, absolute, real, folder: null }];
    const found = await searchFolder(path, absolute, real, note);
    if (found.length === 0) {
      note(
        { path, line: 1, column: 1 },
        "no-files",
        "the folder has no *.yaml or *.yml file: name the folder or the files that describe organizations",
      );
    }
    return found;
  } catch (error) {
    note({ path, line: 1, column: 1 }, ...(await whyNot(error, absolute, isDefault)));
    return [];
  }
}

const isYaml = (name: string): boolean => /\.ya?ml$/i.test(name);

/** Without what is hidden, and without folders behind links, which may lead in circles. */
async function searchFolder(
  path: string,
  absolute: string,
  folder: string,
  note: Note,
): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const entries = await readdir(absolute, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const inner = join(absolute, entry.name);
    const shown = join(path, entry.name);
    if (entry.isDirectory()) {
      found.push(...(await searchSubfolder(shown, inner, folder, note)));
    } else if (isYaml(entry.name) && (await isFile(entry, inner))) {
      const real = await realpath(inner).catch(() => inner); // a link to nowhere
      found.push({ path: shown, absolute: inner, real, folder });
    }
  }
  return found;
}

async function searchSubfolder(
  path: string,
  absolute: string,
  folder: string,
  note: Note,
): Promise<readonly FoundFile[]> {
  try {
    return await searchFolder(path, absolute, folder, note);
  } catch (error) {
    note({ path, line: 1, column: 1 }, ...(await whyNot(error, absolute, false)));
    return [];
  }
}

async function isFile(entry: Dirent, absolute: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return (await stat(absolute)).isFile();
  } catch {
    return true; // A link to nowhere: reading it says so.
  }
}

/** Code and message for a path that cannot be read. */
export async function whyNot(
  error: unknown,
  absolute: string,
  isDefault = false,
): Promise<[code: string, message: string]> {
  const code = errorCode(error);
  if (code !== "ENOENT" && code !== "ENOTDIR") {
    return ["unreadable-file", `it cannot be read (${reasons[code] ?? code})`];
  }
  if (isDefault) {
    return [
      "file-not-found",
      "there is no users.yaml in this folder: name the file, or begin one with `polytomic-users export`",
    ];
  }
  return ["file-not-found", `there is no such file or folder${await nearName(absolute)}`];
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied: let this user read it",
  EPERM: "permission denied: let this user read it",
  EISDIR: "it is a folder: name the file",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the name is too long",
};

function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : null;
  if (typeof code === "string") return code;
  throw error;
}

/** What is there in the same folder under nearly the same name. */
export async function nearName(absolute: string): Promise<string> {
  try {
    const near = nearest(basename(absolute), await readdir(dirname(absolute)));
    if (near !== null) return `; did you mean ${quote(near)}?`;
  } catch {
    // Not even the folder is there.
  }
  return ": correct the path";
}
