/** Results to where `--output` sends them: text to stdout unless another format goes there. */
import { access, constants, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Failure } from "../model/failure.ts";
import type { OutputTarget } from "./flags.ts";
import { type Io, print } from "./io.ts";

/** A format's name → its renderer; loaded and run only when the format is asked for. `file` is null for stdout. */
export type Renderers = Readonly<Record<string, (file: string | null) => Promise<string>>>;

/** Before anything is written to Polytomic: a report must not fail for a folder that is not there. Throws `Failure`. */
export async function checkTargets(io: Io, targets: readonly OutputTarget[]): Promise<void> {
  for (const { file } of targets) {
    if (file === null) continue;
    const path = resolve(io.cwd, file);
    try {
      const there = await stat(path).catch(() => null);
      if (there?.isDirectory() === true) throw new Error("it is a folder");
      await access(there?.isFile() === false ? path : dirname(path), constants.W_OK);
    } catch (cause) {
      throw unwritable(file, cause);
    }
  }
}

/** stdout first, then every file, also where one of them cannot be written. Throws the first `Failure`. */
export async function writeResults(
  io: Io,
  targets: readonly OutputTarget[],
  renderers: Renderers,
): Promise<void> {
  const toStdout = targets.some(({ file }) => file === null);
  const all = toStdout ? targets : [...targets, { format: "text", file: null }];
  const failures: unknown[] = [];
  for (const { format, file } of all.toSorted((a, b) => order(a) - order(b))) {
    const render = renderers[format];
    if (render === undefined) throw new Error(`no renderer for ${format}`);
    const text = await render(file);
    if (file === null) await print(io.stdout, text);
    else await writeWhole(resolve(io.cwd, file), file, text).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

function order({ file }: OutputTarget): number {
  return file === null ? 0 : 1;
}

/** The whole file or none of it: a reader never sees half a plan. A device or a pipe is written to, not replaced. */
export async function writeWhole(path: string, shown: string, text: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there !== null && !there.isFile() && !there.isDirectory()) {
    await writeFile(path, text).catch((cause) => {
      throw unwritable(shown, cause);
    });
    return;
  }
  const { randomBytes } = await import("node:crypto");
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw unwritable(shown, cause);
  }
}

function unwritable(shown: string, cause: unknown): Failure {
  return new Failure(`could not write ${shown}: ${reasonOf(cause)}`, {
    hint: "check that the folder exists and may be written to",
    cause,
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
