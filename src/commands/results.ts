/** Results to where `--output` sends them: text to stdout unless another format goes there. */
import { resolve } from "node:path";
import { writeWhole } from "./files.ts";
import type { OutputTarget } from "./flags.ts";
import { type Io, print } from "./io.ts";

/** A format's name → its renderer; loaded and run only when the format is asked for. `file` is null for stdout. */
export type Renderers = Readonly<Record<string, (file: string | null) => Promise<string>>>;

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
    else if (STDERR.has(file)) await print(io.stderr, text);
    else await writeWhole(resolve(io.cwd, file), file, text).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** Opening these anew would truncate a file that stderr is redirected to. (Those of stdout mean no file at all.) */
const STDERR: ReadonlySet<string> = new Set(["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]);

function order({ file }: OutputTarget): number {
  return file === null ? 0 : 1;
}
