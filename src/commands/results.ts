/** Results to where `--output` sends them: text to stdout unless another format goes there. */
import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../model/failure.ts";
import type { OutputTarget } from "./flags.ts";
import { type Io, print } from "./io.ts";

/** A format's name → its renderer; loaded and run only when the format is asked for. */
export type Renderers = Readonly<Record<string, () => Promise<string>>>;

export async function writeResults(
  io: Io,
  targets: readonly OutputTarget[],
  renderers: Renderers,
): Promise<void> {
  const toStdout = targets.some(({ file }) => file === null);
  const all = toStdout ? targets : [...targets, { format: "text", file: null }];
  for (const { format, file } of all) {
    const render = renderers[format];
    if (render === undefined) throw new Error(`no renderer for ${format}`);
    const text = await render();
    if (file === null) await print(io.stdout, text);
    else await writeWhole(resolve(io.cwd, file), file, text);
  }
}

/** The whole file or none of it: a reader never sees half a plan. */
export async function writeWhole(path: string, shown: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Failure(`could not write ${shown}: ${reasonOf(cause)}`, {
      hint: "check that the folder exists and may be written to",
      cause,
    });
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
