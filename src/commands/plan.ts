/** `plan`: what apply would do, and what the guards say of it. It has nothing to write with. */
import { Refused } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import { withCauses } from "../plan/drift.ts";
import { connect } from "./connection.ts";
import type {
  ConnectionFlags,
  FileFlags,
  GlobalFlags,
  GuardFlags,
  OutputFlags,
  ScopeFlags,
} from "./flags.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { readBaseline } from "../run/baseline.ts";
import { type PlannedRun, type PlanRequest, readPlan } from "../run/plan.ts";
import { artifactOf, planExitCode, showPlan, showProblems } from "./show-plan.ts";

export type PlanFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags &
  ScopeFlags &
  GuardFlags &
  OutputFlags & {
    readonly detailedExitcode: boolean;
    /** Refuse unless the plan has this digest. */
    readonly expectDigest: string | null;
    /** Saved plans and audit logs that tell what Polytomic was like earlier. */
    readonly since: readonly string[];
  };

export async function plan(io: Io, paths: readonly string[], flags: PlanFlags): Promise<ExitCode> {
  const connection = connect(io, flags);
  const earlier = await readBaseline(io, flags.since, connection.url);
  const run = await readPlan(io, connection, planRequest(paths, flags));
  if (io.interrupt.aborted) return EXIT.interrupted;
  const plan = earlier === null ? run.plan : withCauses(run.plan, earlier);
  return present(io, { ...run, plan }, paths, flags);
}

export function planRequest(paths: readonly string[], flags: PlanFlags): PlanRequest {
  return {
    paths,
    flags,
    overrides: flags,
    concurrency: flags.concurrency,
    withAccess: flags.output.some(({ format }) => format === "html"),
  };
}

async function present(
  io: Io,
  run: PlannedRun,
  paths: readonly string[],
  flags: PlanFlags,
): Promise<ExitCode> {
  const other = flags.expectDigest !== null && flags.expectDigest !== run.plan.digest;
  const exitCode = other ? EXIT.refused : planExitCode(run.plan, flags.detailedExitcode);
  await showProblems(io, run.problems);
  await showPlan(
    io,
    { ...run, command: applyCommand(paths, run.plan.digest, flags) },
    flags,
    exitCode,
  );
  checkDigest(run.plan, flags);
  return exitCode;
}

/** After the plan is shown, so that one sees what there is instead of what was approved. */
export function checkDigest({ digest }: Plan, { expectDigest }: PlanFlags): void {
  if (expectDigest === null || expectDigest === digest) return;
  throw new Refused(
    `the plan is not the approved one: its digest is ${digest}, expected was ${expectDigest}`,
    {
      hint: "have the new plan reviewed, then expect its digest",
    },
  );
}

/** The command that applies exactly what is shown, or nothing. */
function applyCommand(paths: readonly string[], digest: string, flags: PlanFlags): string {
  const saved = artifactOf(flags);
  const words =
    saved === null
      ? ["apply", "--yes", "--expect-digest", digest, ...paths, ...repeatedFlags(flags)]
      : ["apply", "--yes", "--plan", saved];
  return ["polytomic-users", ...words.map(quoted)].join(" ");
}

function repeatedFlags({ only, organization }: PlanFlags): readonly string[] {
  return [
    ...only.flatMap((email) => ["--only", email]),
    ...organization.flatMap((name) => ["--organization", name]),
  ];
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_\-./:@=%+,]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
