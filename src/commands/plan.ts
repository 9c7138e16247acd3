/**
 * `plan`: shows what apply would do and checks the guards. Has no access to the writer.
 *
 * To add a flag, change `addPlanAndApplyFlags` in `commands-and-flags.ts` and `PlanFlags` here. Also add it to
 * `NOT_REPEATED_FOR_APPLY` here, unless the suggested apply command needs it.
 */
import { checkOutputs, inputFiles, readInput } from "./files.ts";
import { markCauses } from "../plan/drift.ts";
import type { WrittenFlag } from "../command-line.ts";
import { connect } from "./connection.ts";
import type {
  ConnectionFlags,
  CoverageFlags,
  FileFlags,
  GlobalFlags,
  GuardFlags,
  OutputFlags,
  ScopeFlags,
} from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io } from "./io.ts";
import { shellCommand } from "./next.ts";
import { readBaseline } from "../run/baseline.ts";
import { type PlannedRun, planFromFiles, type PlanRequest } from "../run/plan.ts";
import { checkCoverage, checkDigest } from "../run/status.ts";
import { artifactOf, planExitCode, showPlan } from "./show-plan.ts";
import { readProgress } from "./show-waiting.ts";
import { loadPlannable, showProblems } from "./show-problems.ts";

export type PlanFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags &
  ScopeFlags &
  CoverageFlags &
  GuardFlags &
  OutputFlags & {
    readonly detailedExitcode: boolean;
    /** Only where `apply` shows a plan: skip the organizations that cannot be planned. */
    readonly skipFailed?: boolean;
    /** Refuse unless the plan has this digest. */
    readonly expectDigest: string | null;
    /** Saved plans and audit logs with the earlier state. */
    readonly since: readonly string[];
    /** The flags as they were written, for the command that the plan suggests. */
    readonly written: readonly WrittenFlag[];
  };

export async function plan(io: Io, paths: readonly string[], flags: PlanFlags): Promise<ExitCode> {
  const since = flags.since.map((path) => ({ path, as: `--since ${path}`, use: "read" as const }));
  await checkOutputs(io, flags.output, [...inputFiles(paths), ...since]);
  const connection = connect(io, flags);
  const earlier = await readBaseline(flags.since, connection.url, (file) =>
    readInput(
      io,
      file,
      file,
      "--since takes a plan saved with --output json=FILE, or an audit log",
    ),
  );
  const { onRead, end } = readProgress(io, "planned", flags);
  const request = { ...planRequest(io, paths, flags), onRead };
  const run = await planFromFiles(connection, request).finally(end);
  if (io.interrupt.aborted) return EXIT.interrupted;
  const plan = earlier === null ? run.plan : markCauses(run.plan, earlier);
  return present(io, { ...run, plan }, paths, flags);
}

export function planRequest(io: Io, paths: readonly string[], flags: PlanFlags): PlanRequest {
  return {
    ...readRequest(io, paths, flags),
    only: flags.only,
    overrides: flags,
    withAccess: flags.output.some(({ format }) => format === "html"),
  };
}

/** What `plan` and `report` read alike. */
export function readRequest(
  io: Io,
  paths: readonly string[],
  flags: FileFlags &
    Omit<ScopeFlags, "only"> &
    Partial<CoverageFlags> &
    Pick<ConnectionFlags, "concurrency"> & { readonly skipFailed?: boolean },
): Pick<
  PlanRequest,
  "load" | "skipFailed" | "scope" | "asOf" | "concurrency" | "requireCoverage" | "stop"
> {
  const { root, skipFailed = false } = flags;
  return {
    load: () => loadPlannable(io, paths, { root, skipFailed }),
    skipFailed,
    scope: flags,
    asOf: asOfDay(flags.asOf, io),
    concurrency: flags.concurrency,
    requireCoverage: flags.requireCoverage === true,
    stop: io.interrupt,
  };
}

async function present(
  io: Io,
  run: PlannedRun,
  paths: readonly string[],
  flags: PlanFlags,
): Promise<ExitCode> {
  const other = flags.expectDigest !== null && flags.expectDigest !== run.plan.digest;
  const incomplete = flags.requireCoverage && (run.plan.uncovered ?? []).length > 0;
  const exitCode =
    other || incomplete ? EXIT.refused : planExitCode(run.plan, flags.detailedExitcode);
  await showProblems(io, run.problems, flags);
  await showPlan(
    io,
    { ...run, command: incomplete ? null : applyCommand(paths, run.plan.digest, flags) },
    flags,
    exitCode,
  );
  checkDigest(run.plan, flags.expectDigest);
  checkCoverage(run.plan.uncovered, flags);
  return exitCode;
}

/** The command that applies exactly what is shown, or nothing. */
function applyCommand(
  paths: readonly string[],
  digest: string | null,
  flags: PlanFlags,
): string | null {
  if (digest === null) return null;
  const saved = artifactOf(flags);
  const words =
    saved === null
      ? [
          "apply",
          "--yes",
          "--expect-digest",
          digest,
          ...repeated(flags, NOT_REPEATED_FOR_APPLY),
          ...paths,
        ]
      : ["apply", "--yes", "--plan", saved, ...repeated(flags, NOT_WITH_SAVED_PLAN)];
  return shellCommand(words);
}

/** Flags that concern only showing a plan, or that the suggested command already has. */
const NOT_REPEATED_FOR_APPLY: ReadonlySet<string> = new Set([
  "--output",
  "--diff",
  "--markdown-limit",
  "--since",
  "--detailed-exitcode",
  "--expect-digest",
  "--yes",
  "--dry-run",
]);
/** A saved plan is applied whole, and without the files. */
const NOT_WITH_SAVED_PLAN: ReadonlySet<string> = new Set([
  ...NOT_REPEATED_FOR_APPLY,
  "--only",
  "--organization",
  "--shard",
  "--require-coverage",
  "--root",
]);

/** The flags of this run that the apply needs too. */
function repeated({ written }: PlanFlags, left: ReadonlySet<string>): readonly string[] {
  return written
    .filter(({ flag }) => !left.has(flag))
    .flatMap(({ flag, value }) => {
      if (value === null) return [flag];
      return value.startsWith("-") ? [`${flag}=${value}`] : [flag, value];
    });
}
