/** Reads the files that were found and everything they include, each once, and finds include cycles. */
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Place, Written } from "../model/place.ts";
import type { Report } from "../model/problem.ts";
import {
  type FoundFile,
  isMissing,
  nearPath,
  describeSystemError,
  STANDARD_INPUT,
} from "./find-files.ts";
import { type IncludeRoots, isInside } from "./include-root.ts";
import { parseFile, type ParsedFile } from "./parsed-file.ts";
import { decodeText, readBytes, type SourceLines } from "./read-text.ts";

interface Include {
  readonly file: SourceFile;
  readonly place: Place;
}

export interface SourceFile {
  readonly path: string;
  /** Null when nothing of it could be parsed. */
  readonly parsed: ParsedFile | null;
  /** Of a text that could not be parsed: the organization that one of its lines seems to name. */
  readonly guess: string | null;
  /** In the order of the file; filled in while reading. */
  readonly includes: Include[];
  /** False if something that others may refer to could not be parsed. */
  complete: boolean;
}

type Location = Pick<FoundFile, "path" | "absolute" | "real">;

export interface Reading {
  readonly roots: IncludeRoots;
  /** Takes each file that was read. */
  readonly sources: SourceLines;
  readonly readStdin?: () => Promise<Uint8Array>;
  readonly edited?: ReadonlyMap<string, string>;
  readonly report: Report;
}

/** By real path: the files that were found, then what they include. */
export async function readWithIncludes(
  found: readonly FoundFile[],
  reading: Reading,
): Promise<Map<string, SourceFile>> {
  const files = new Map<string, SourceFile>();
  const opened: { readonly file: SourceFile; readonly location: Location }[] = [];
  const open = async (location: Location): Promise<SourceFile> => {
    const known = files.get(location.real);
    if (known !== undefined) return known;
    const file = await readSource(location, reading);
    files.set(location.real, file);
    opened.push({ file, location });
    return file;
  };

  for (const file of found) await open(file);
  // Grows during the loop.
  for (const { file, location } of opened) {
    for (const include of file.parsed?.include ?? []) {
      const target = await resolveInclude(include, location, reading);
      if (target === null) file.complete = false;
      else file.includes.push({ file: await open(target), place: include.place });
    }
  }
  reportCycles([...files.values()], reading.report);
  return files;
}

async function readSource(
  { path, real }: Location,
  { sources, readStdin, edited, report }: Reading,
): Promise<SourceFile> {
  const unread: SourceFile = { path, parsed: null, guess: null, includes: [], complete: false };
  const given =
    real === STANDARD_INPUT ? ((await readStdin?.()) ?? new Uint8Array()) : edited?.get(real);
  const bytes = given === undefined ? await readBytes(real).catch(asError) : Buffer.from(given);
  if (bytes instanceof Error) {
    report({ path, line: 1, column: 1 }, "unreadable-file", { reason: describeSystemError(bytes) });
    return unread;
  }
  sources.add(path, given === undefined ? real : bytes);
  const text = decodeText(path, bytes, report);
  if (text === null) return unread;
  const { parsed, complete } = await parseFile(path, text, report);
  const guess = (parsed?.organization ?? null) === null ? organizationLine(text) : null;
  return { ...unread, parsed, complete, guess };
}

const ORGANIZATION_LINE =
  /^organization:[ \t]+(?:"([^"\\]+)"|'([^']+)'|([^\s"'#&*!|>~[{][^#\n]*?))[ \t]*(?:#.*)?\r?$/gm;

/** Null where no line at the margin has an organization, or several have. */
function organizationLine(text: string): string | null {
  const [match, second] = [...text.matchAll(ORGANIZATION_LINE)];
  if (match === undefined || second !== undefined) return null;
  return match[1] ?? match[2] ?? match[3] ?? null;
}

/** Null when a problem was reported. Nothing outside the root is even looked for. */
async function resolveInclude(
  { value: include, place }: Written<string>,
  from: Location,
  { roots, report }: Reading,
): Promise<Location | null> {
  const folder = await realpath(dirname(from.absolute));
  const root = await roots.ofFolder(folder);
  const absolute = resolve(folder, include);
  const real = isInside(absolute, root) ? await realpath(absolute).catch(asError) : null;
  if (real === null || (typeof real === "string" && !isInside(real, root))) {
    report(place, "include-outside-root", { include, root });
  } else if (typeof real !== "string") {
    if (isMissing(real)) {
      report(place, "include-not-found", {
        include,
        near: await nearPath(include, absolute, root),
      });
    } else report(place, "include-unreadable", { include, reason: describeSystemError(real) });
  } else if ((await stat(real)).isDirectory()) report(place, "include-of-folder", { include });
  else return { path: shownPath(include, from), absolute, real };
  return null;
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  throw error;
}

/** Relative to the working directory. A file named `-` is not standard input. */
function shownPath(include: string, from: Location): string {
  const path = isAbsolute(include) ? include : join(dirname(from.path), include);
  return path === STANDARD_INPUT ? `./${path}` : path;
}

/** Depth first, with a stack of its own: a chain of includes may be long. */
function reportCycles(files: readonly SourceFile[], report: Report): void {
  const done = new Set<SourceFile>();
  for (const start of files) {
    const way = [{ file: start, next: 0 }];
    const onWay = new Set([start]);
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const include = done.has(step.file) ? undefined : step.file.includes[step.next];
      step.next += 1;
      if (include === undefined) {
        done.add(step.file);
        onWay.delete(step.file);
        way.pop();
      } else if (onWay.has(include.file)) {
        const files = way.map(({ file }) => file);
        const cycle = [...files.slice(files.indexOf(include.file)), include.file];
        report(include.place, "include-cycle", { cycle: cycle.map(({ path }) => path) });
      } else {
        onWay.add(include.file);
        way.push({ file: include.file, next: 0 });
      }
    }
  }
}
