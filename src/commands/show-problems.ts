/** Loads files and remembers their lines, so that later problems can be shown with them. */
import { type LoadContext, loadFiles, loadValidFiles } from "../config/load.ts";
import { SourceLines } from "../config/read-text.ts";
import { type DesiredOrganization, type LoadedFiles, validFiles } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import type { FailedOrganization } from "../model/plan.ts";
import type { Problem } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { checkInputs } from "./files.ts";
import type { GlobalFlags } from "./flags.ts";
import { columnsOf, type Io, isColored, print, readAll } from "./io.ts";

const sourcesRead = new WeakMap<Io, SourceLines>();

/**
 * Rejects with `InvalidFiles` and other `Failure`s, as `loadFiles` does, and where an output would overwrite one of
 * the files that were read.
 */
export function loadFor(
  io: Io,
  paths: readonly string[],
  root: string | null,
): Promise<readonly DesiredOrganization[]> {
  return loadBy(loadFiles, io, paths, root);
}

/** With `skipFailed`, without the files that have a problem. */
export async function loadPlannable(
  io: Io,
  paths: readonly string[],
  { root, skipFailed }: { readonly root: string | null; readonly skipFailed: boolean },
): Promise<LoadedFiles> {
  if (skipFailed) return loadBy(loadValidFiles, io, paths, root);
  return validFiles(await loadFor(io, paths, root));
}

async function loadBy<T>(
  load: (paths: readonly string[], context: LoadContext) => Promise<T>,
  io: Io,
  paths: readonly string[],
  root: string | null,
): Promise<T> {
  const sources = sourcesRead.get(io) ?? new SourceLines();
  sourcesRead.set(io, sources);
  try {
    return await load(paths, { cwd: io.cwd, root, readStdin: () => readAll(io), sources });
  } finally {
    await checkInputs(io, sources.files());
  }
}

/** The organizations that failed, on stderr. */
export async function showFailed(io: Io, failed: readonly FailedOrganization[]): Promise<void> {
  if (failed.length === 0) return;
  const { formatFailure } = await import("../output/problems.ts");
  for (const { source, message } of failed) {
    await print(io.stderr, `${formatFailure(new Failure(`${source}: ${message}`))}\n`);
  }
}

/** Each problem on stderr, and as an annotation on its line where CI shows them. */
export async function showProblems(
  io: Io,
  problems: readonly Problem[],
  { color }: Pick<GlobalFlags, "color">,
  more: {
    readonly level?: "error" | "warning";
    readonly lineAt?: (place: Place) => string | null;
  } = {},
): Promise<void> {
  if (problems.length === 0) return;
  const { level = "error", lineAt = (place: Place) => sourcesRead.get(io)?.at(place) ?? null } =
    more;
  const [{ annotateProblems }, { formatProblems }] = await Promise.all([
    import("./github.ts"),
    import("../output/problems.ts"),
  ]);
  await annotateProblems(io, problems, level);
  const terminal = io.stderr.isTTY
    ? { width: columnsOf(io.stderr), color: isColored(io, io.stderr, color), lineAt }
    : null;
  await print(io.stderr, formatProblems(problems, terminal, level));
}
