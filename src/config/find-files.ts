/** Paths on the command line → files. Folders are searched; links may not lead out of the root. */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, errorMessage, Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { Report } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { type IncludeRoots, isInside } from "./include-root.ts";

export interface FoundFile {
  /** As the user named it, or within the folder that the user named; `-` is standard input. */
  readonly path: string;
  /** Links in it are not followed: includes are relative to where the file seems to be. */
  readonly absolute: string;
  /** Links followed: the same file by two names is one. `-` is standard input. */
  readonly real: string;
  /** True when the user named a folder that contains it. */
  readonly inFolder: boolean;
}

export const STANDARD_INPUT = "-";
const DEFAULT_FILE = "users.yaml";

/** Sorted by path, each file once. Without paths it is users.yaml. */
export async function findFiles(
  paths: readonly string[],
  cwd: string,
  roots: IncludeRoots,
  report: Report,
): Promise<readonly FoundFile[]> {
  if (paths.includes("")) {
    throw new Failure("a path on the command line is empty", {
      hint: "check the shell variable that the path comes from; for the working directory, write .",
    });
  }
  const search = new Search(cwd, roots, report);
  const named = paths.length === 0 ? [DEFAULT_FILE] : paths.toSorted(compareText);
  for (const path of named) await search.named(path, paths.length === 0);
  return [...search.files.values()].sort((a, b) => compareText(a.path, b.path));
}

class Search {
  /** By real path. */
  readonly files = new Map<string, FoundFile>();
  readonly #cwd: string;
  readonly #roots: IncludeRoots;
  readonly #report: Report;

  constructor(cwd: string, roots: IncludeRoots, report: Report) {
    this.#cwd = cwd;
    this.#roots = roots;
    this.#report = report;
  }

  async named(path: string, isDefault: boolean): Promise<void> {
    if (path === STANDARD_INPUT) {
      const absolute = join(this.#cwd, STANDARD_INPUT);
      return this.#add({ path, absolute, real: STANDARD_INPUT, inFolder: false });
    }
    const absolute = resolve(this.#cwd, path);
    const root = await this.#roots.ofNamed(absolute);
    try {
      const isFolder = (await stat(absolute)).isDirectory();
      // A shell's <(command) is a pipe without a real path.
      const real = await realpath(absolute).catch(() => absolute);
      if (root !== null && !isInside(real, root)) {
        this.#report(topOf(path), "outside-root", { root });
      } else if (isFolder) await this.#folder(path, absolute, real);
      else this.#add({ path, absolute, real, inFolder: false });
    } catch (error) {
      if (isMissing(error)) {
        const near = isDefault ? null : await nearPath(path, absolute, root);
        this.#report(topOf(path), "file-not-found", { near, isDefault });
      } else this.#report(topOf(path), "unreadable-file", { reason: describeSystemError(error) });
    }
  }

  #add(file: FoundFile): void {
    const known = this.files.get(file.real);
    // A file named on the command line is an organization, whatever folder contains it.
    if (known === undefined || (known.inFolder && !file.inFolder)) this.files.set(file.real, file);
  }

  async #folder(path: string, absolute: string, real: string): Promise<void> {
    const walk = {
      seen: new Set([real]),
      links: [],
      found: 0,
      root: await this.#roots.ofFolder(real),
      top: real,
    };
    await this.#searchFolder(path, absolute, walk);
    // Links come last: what is also there without a link keeps its own name. Grows on the way.
    for (const link of walk.links) await this.#followLink(link, walk);
    if (walk.found === 0) this.#report(topOf(path), "no-files", {});
  }

  /** Without hidden entries and node_modules. */
  async #searchFolder(path: string, absolute: string, walk: Walk): Promise<void> {
    const entries = await readdir(absolute, { withFileTypes: true }).catch((error: unknown) => {
      this.#report(topOf(path), "unreadable-file", { reason: describeSystemError(error) });
      return [];
    });
    for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const inner = { path: join(path, entry.name), absolute: join(absolute, entry.name) };
      if (entry.isSymbolicLink()) walk.links.push(inner);
      else if (entry.isDirectory()) {
        walk.seen.add(await realpath(inner.absolute));
        await this.#searchFolder(inner.path, inner.absolute, walk);
      } else if (entry.isFile() && isYaml(entry.name)) await this.#addInFolder(inner, walk);
    }
  }

  async #followLink(link: Link, walk: Walk): Promise<void> {
    const real = await realpath(link.absolute).catch(() => null);
    const name = basename(link.path);
    if (real === null) {
      // Not a YAML file.
      const ours = isYaml(name) || !name.includes(".");
      if (ours) this.#report(topOf(link.path), "link-to-nowhere", {});
      walk.found += ours ? 1 : 0;
      return;
    }
    const isFolder = (await stat(real)).isDirectory();
    if (!isFolder && !isYaml(name)) return;
    if (!isInside(real, walk.top) && !isInside(real, walk.root)) {
      walk.found += 1;
      return this.#report(topOf(link.path), "outside-root", { root: walk.root });
    }
    if (!isFolder) return this.#addInFolder(link, walk);
    if (walk.seen.has(real)) return; // searched already, or a cycle
    walk.seen.add(real);
    await this.#searchFolder(link.path, link.absolute, walk);
  }

  async #addInFolder({ path, absolute }: Link, walk: Walk): Promise<void> {
    walk.found += 1;
    this.#add({ path, absolute, real: await realpath(absolute), inFolder: true });
  }
}

interface Link {
  readonly path: string;
  readonly absolute: string;
}

/** The search of one folder that was named. */
interface Walk {
  /** Real paths of the folders that were searched. */
  readonly seen: Set<string>;
  readonly links: Link[];
  found: number;
  readonly root: string;
  /** The real path of the folder that was named. */
  readonly top: string;
}

const isYaml = (name: string): boolean => /\.ya?ml$/i.test(name);

function topOf(path: string) {
  return { path, line: 1, column: 1 };
}

/** Anything but a system error is a bug and is thrown. */
export function describeSystemError(error: unknown): string {
  if (errorCode(error) === null) throw error;
  return errorMessage(error);
}

/** Anything but a system error is a bug and is thrown. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  if (code === null) throw error;
  return ["ENOENT", "ENOTDIR"].includes(code);
}

/** The path as written, with a similar name in the same folder; nothing of folders outside the root. */
export async function nearPath(
  written: string,
  absolute: string,
  root: string | null,
): Promise<string | null> {
  try {
    const folder = await realpath(dirname(absolute));
    if (root !== null && !isInside(folder, root)) return null;
    const near = nearestName(basename(absolute), await readdir(folder));
    return near === null ? null : join(dirname(written), near);
  } catch {
    return null; // The folder does not exist either.
  }
}
