/** Writing files atomically, through links and to devices; checks that no two outputs share a file; and `--output`. */
import {
  access,
  constants,
  lstat,
  readFile,
  readlink,
  realpath,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorMessage, Failure, writeErrorMessage } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import type { OutputTarget } from "./flag-values.ts";
import type { GlobalFlags, OutputFlags } from "./flags.ts";
import { type Io, print } from "./io.ts";

/** A file that a run reads or writes; `as` is how the user named it: `--output json=plan.json`. */
export interface NamedFile {
  readonly path: string;
  readonly as: string;
  readonly use: "read" | "write";
}

/** The files that a run writes, for `checkInputs`. */
const written = new WeakMap<Io, readonly NamedFile[]>();

/**
 * Checks before a run that each output is writable, and is neither another output nor a file that the run reads or
 * appends to. Throws `Failure`. `checkInputs` does the same for input files that are not named on the command line.
 */
export async function checkOutputs(
  io: Io,
  outputs: readonly OutputTarget[],
  others: readonly NamedFile[] = [],
): Promise<void> {
  const files: NamedFile[] = [...others];
  for (const { format, file } of outputs) {
    if (file === null) continue;
    await checkWritable(resolve(io.cwd, file), file);
    files.push({ path: file, as: `--output ${format}=${file}`, use: "write" });
  }
  await refuseSame(io, files);
  written.set(
    io,
    files.filter(({ use }) => use === "write"),
  );
}

/** Checks that no output is one of the files read, once folders and includes are resolved. Throws `Failure`. */
export async function checkInputs(
  io: Io,
  read: Iterable<readonly [shown: string, real: string]>,
): Promise<void> {
  const outputs = written.get(io) ?? [];
  if (outputs.length === 0) return;
  const inputs = [...read].map(([shown, path]) => ({ path, as: shown, use: "read" as const }));
  await refuseSame(io, [...inputs, ...outputs]);
}

async function refuseSame(io: Io, files: readonly NamedFile[]): Promise<void> {
  const seen = new Map<string, NamedFile>();
  for (const one of files) {
    const identity = await identify(resolve(io.cwd, one.path));
    if (identity === null) continue;
    const other = seen.get(identity);
    if (other === undefined) seen.set(identity, one);
    else if (one.use === "write" || other.use === "write") {
      throw new Failure(`${other.as} and ${one.as} are the same file`, {
        hint: "use a different file for each",
      });
    }
  }
}

export async function isThere({ cwd }: Pick<Io, "cwd">, path: string): Promise<boolean> {
  return (await stat(resolve(cwd, path)).catch(() => null)) !== null;
}

/** The input files named on the command line; by default `users.yaml`. */
export function inputFiles(paths: readonly string[]): readonly NamedFile[] {
  return (paths.length === 0 ? ["users.yaml"] : paths).flatMap((path) =>
    path === "-" ? [] : [{ path, as: path, use: "read" as const }],
  );
}

/** `what` completes "could not read …": `the plan plan.json`. Throws `Failure`. */
export async function readInput(io: Io, path: string, what: string, hint: string): Promise<string> {
  const bytes = await readFile(resolve(io.cwd, path)).catch((cause: unknown) => {
    throw new Failure(`could not read ${what}: ${errorMessage(cause)}`, { hint, cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const excel = /\.csv$/i.test(path) ? '; Excel calls this format "CSV UTF-8"' : "";
    throw new Failure(`could not read ${what}: it is not in UTF-8`, {
      hint: `save it as UTF-8${excel}`,
      cause,
    });
  }
}

async function checkWritable(path: string, shown: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => null);
    if (there?.isDirectory() === true) throw new Error("it is a folder");
    const replaced = there === null || there.isFile();
    await access(replaced ? dirname(await behindLinks(path)) : path, constants.W_OK);
  } catch (cause) {
    throw unwritable(shown, cause);
  }
}

/** Equal for two names of one file; null for devices, pipes and folders, which can be shared. */
async function identify(path: string): Promise<string | null> {
  const there = await stat(path, { bigint: true }).catch(() => null);
  if (there === null) return behindLinks(path);
  return there.isFile() ? `${there.dev}:${there.ino}` : null;
}

/** Atomic: a reader never sees a partial file. A device or pipe is written to, not replaced. */
export async function writeWhole(path: string, shown: string, text: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => null);
    if ((there !== null && !there.isFile()) || isOpenFile(path)) return await writeFile(path, text);
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await writeFileAtomic(await behindLinks(path), text);
  } catch (cause) {
    throw unwritable(shown, cause);
  }
}

/** `/dev/fd/3` is opened by the shell; replacing it would not reach its reader. */
function isOpenFile(path: string): boolean {
  return /^\/(dev|proc)\//.test(path);
}

const MOST_LINKS = 40;

/** Resolves the symbolic links at `path`, also if the target does not exist yet. */
async function behindLinks(path: string): Promise<string> {
  let current = path;
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const folder = await realpath(dirname(current)).catch(() => dirname(current));
    current = join(folder, basename(current));
    const there = await lstat(current).catch(() => null);
    if (there?.isSymbolicLink() !== true) return current;
    current = resolve(folder, await readlink(current));
  }
  throw new Error("too many symbolic links");
}

function unwritable(shown: string, cause: unknown): Failure {
  return new Failure(`could not write ${shown}: ${writeErrorMessage(shown, cause)}`, {
    hint: "check that the folder exists and is writable",
    cause,
  });
}

/** A format's name → its renderer; loaded and run only when the format is asked for. `file` is null for stdout. */
export type Renderers = Readonly<Record<string, (file: string | null) => Promise<string>>>;

/**
 * Writes stdout first, then every file, even if one fails; reports on stderr which were written. Throws the first
 * `Failure`.
 */
export async function writeResults(
  io: Io,
  { output: targets, quiet }: Pick<OutputFlags, "output"> & Pick<GlobalFlags, "quiet">,
  renderers: Renderers,
): Promise<void> {
  const toStdout = targets.some(({ file }) => file === null);
  const all = toStdout ? targets : [...targets, { format: "text", file: null }];
  const failures: unknown[] = [];
  const written: string[] = [];
  for (const { format, file } of all.toSorted((a, b) => order(a) - order(b))) {
    const render = renderers[format];
    if (render === undefined) throw new Error(`no renderer for ${format}`);
    const text = await render(file);
    if (file === null) await print(io.stdout, text);
    else if (STDERR.has(file)) await print(io.stderr, text);
    else {
      await io.writeFile(resolve(io.cwd, file), file, text).then(
        () => written.push(file),
        (error: unknown) => failures.push(error),
      );
    }
  }
  const files = written.filter((file) => !file.startsWith("/dev/"));
  if (files.length > 0 && !quiet) {
    await print(io.stderr, `Wrote ${plainText(files.join(", "))}.\n`);
  }
  if (failures.length > 0) throw failures[0];
}

/** Opening these would truncate a file that stderr is redirected to. (For stdout, `flags.ts` does the same.) */
const STDERR: ReadonlySet<string> = new Set(["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]);

function order({ file }: OutputTarget): number {
  return file === null ? 0 : 1;
}
