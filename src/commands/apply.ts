/** `apply`: plans, checks the guards, asks, writes, reads back, reports. The only command that can use the writer. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { checkOutputs, inputFiles, type NamedFile } from "./files.ts";
import { findCommit } from "../history/head.ts";
import { Failure } from "../model/failure.ts";
import { AppendFile } from "../apply/append-file.ts";
import { createProgress, type Progress } from "../apply/progress.ts";
import type { Plan } from "../model/plan.ts";
import { counted } from "../model/text.ts";
import { coverageText } from "../model/plan-words.ts";
import { formatFailure } from "../output/problems.ts";
import { changeTotal, type PlanUse, renameAdditions } from "../report/plan.ts";
import { type Answer, type ApplyRequest, applyRun, type ApplySteps } from "../run/apply.ts";
import type { Connection } from "../run/connection.ts";
import { GRACE_MS } from "../polytomic/grace-period.ts";
import { type PlannedRun, planFromFiles } from "../run/plan.ts";
import { readMadeAt, resultOrigin } from "../run/origin.ts";
import { connect } from "./connection.ts";
import { asOfDay, checkPrinted, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { plan, type PlanFlags, planRequest } from "./plan.ts";
import { readPlan } from "./saved-plan.ts";
import { planRenderers, showPlan } from "./show-plan.ts";
import { showProblems } from "./show-problems.ts";
import { showNotes, showResult } from "./show-result.ts";
import { inPlace, readProgress } from "./show-waiting.ts";

export type ApplyFlags = PlanFlags & {
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** A saved plan to apply instead of a new one. */
  readonly plan: string | null;
  readonly auditLog: string | null;
  readonly skipFailed: boolean;
};

const CTRL_C = "\u0003";

export async function apply(
  io: Io,
  paths: readonly string[],
  flags: ApplyFlags,
): Promise<ExitCode> {
  if (flags.dryRun && flags.plan === null) return plan(io, paths, flags);
  refuseMixtures(io, paths, flags);
  await checkOutputs(io, flags.output, filesOf(paths, flags));
  const connection = connect(io, flags);
  const read: FilesRead = { files: new Set() };
  const request = applyRequest(io, connection, paths, flags, read);
  return EXIT[await applyRun(connection, request, makeSteps(io, connection, flags, read))];
}

/** Every file that the plan was made from; empty for a saved plan. */
export interface FilesRead {
  files: ReadonlySet<string>;
}

function applyRequest(
  io: Io,
  connection: Connection,
  paths: readonly string[],
  flags: ApplyFlags,
  read: FilesRead,
): ApplyRequest {
  const { auditLog, concurrency, minAdmins } = flags;
  return {
    prepare: () => prepare(io, connection, paths, flags, read),
    dryRun: flags.dryRun,
    skipFailed: flags.skipFailed,
    requireCoverage: flags.requireCoverage,
    expectDigest: flags.expectDigest,
    write: {
      openAudit: auditLog === null ? null : () => AppendFile.open(resolve(io.cwd, auditLog)),
      commit: async () =>
        io.env["GITHUB_SHA"] ?? io.env["CI_COMMIT_SHA"] ?? findCommit(read.files, io.cwd, io.env),
      newId: randomUUID,
      clock: io.clock,
      stop: io.interrupt,
      stopWaiting: io.interruptAgain,
      concurrency,
      minAdmins,
    },
  };
}

/** The plan of this run: made from the files, or the saved one compared with the current state. */
async function prepare(
  io: Io,
  connection: Connection,
  paths: readonly string[],
  flags: ApplyFlags,
  read: FilesRead,
): Promise<PlannedRun> {
  const progress = readProgress(io, "planned", flags);
  if (flags.plan !== null) {
    return readPlan(io, connection, { ...flags, plan: flags.plan }, progress);
  }
  const request = planRequest(io, paths, flags);
  const load: typeof request.load = async () => {
    const loaded = await request.load();
    read.files = new Set(loaded.organizations.flatMap(({ files }) => files));
    return loaded;
  };
  const { onRead, end } = progress;
  return planFromFiles(connection, { ...request, load, onRead }).finally(end);
}

export function makeSteps(
  io: Io,
  connection: Connection,
  flags: ApplyFlags,
  read: FilesRead,
): ApplySteps {
  return {
    async showPlan(run, status) {
      await showProblems(io, run.problems, flags);
      await showPlan(io, { ...run, command: null, use: useOf(flags) }, flags, EXIT[status]);
      await showNotes(io, run, flags);
      if (status === "failed") await print(io.stderr, `${formatFailure(notPlanned(run.plan))}\n`);
    },
    async preview(run) {
      await showProblems(io, run.problems, flags);
      await showOnTheWay(io, run, flags);
      await checkPrinted(io); // a plan that could not be shown is not applied
    },
    confirm: flags.yes ? null : (plan) => confirm(io, plan),
    progress: (plan) => startProgress(io, plan, flags),
    async report(result, run, status) {
      const origin = await resultOrigin(connection, result, {
        asOf: asOfDay(flags.asOf, io),
        madeAt: readMadeAt(io.env, io.clock.now()),
        files: read.files,
        savedPlan: flags.plan !== null,
        cwd: io.cwd,
        env: io.env,
      });
      await showResult(io, result, { ...run, origin }, flags, EXIT[status]);
      if (status === "done") await checkPrinted(io);
    },
  };
}

function useOf({ plan, dryRun, skipFailed }: ApplyFlags): PlanUse {
  return { saved: plan !== null, applying: !dryRun, skipping: skipFailed && !dryRun };
}

function refuseMixtures(io: Io, paths: readonly string[], flags: ApplyFlags): void {
  if (flags.plan !== null && paths.length > 0) {
    throw new Failure("--plan cannot be combined with paths", {
      hint: "apply --plan FILE applies exactly the saved plan: remove the paths",
    });
  }
  if (!flags.dryRun || flags.plan !== null) {
    const useless = [
      ...(flags.since.length > 0 ? ["--since"] : []),
      ...(flags.detailedExitcode ? ["--detailed-exitcode"] : []),
    ];
    if (useless.length > 0) {
      throw new Failure(`${useless.join(" and ")} cannot be used when applying`, {
        hint: `${useless.length > 1 ? "they work" : "it works"} only with plan, and with apply --dry-run without --plan`,
      });
    }
  }
  if (flags.plan !== null && narrowed(flags)) {
    throw new Failure("--plan cannot be combined with --only, --organization or --shard", {
      hint: "a saved plan is applied as a whole: make a narrower plan and have it reviewed",
    });
  }
  if (flags.plan !== null && flags.requireCoverage) {
    throw new Failure("--plan cannot be combined with --require-coverage", {
      hint: "coverage is checked against the files: pass --require-coverage to plan",
    });
  }
  if (!flags.yes && paths.includes("-") && !flags.dryRun) {
    throw new Failure(
      "apply cannot ask for confirmation, because the file comes from standard input",
      {
        hint: "name a file, or review the plan and pass --yes",
      },
    );
  }
  const asks = !flags.yes && !flags.dryRun;
  if (asks && (io.stdin.isTTY !== true || io.stderr.isTTY !== true)) {
    throw new Failure("apply cannot ask for confirmation without a terminal", {
      hint: "review the plan, then pass --yes",
    });
  }
}

function filesOf(paths: readonly string[], flags: ApplyFlags): readonly NamedFile[] {
  const { plan, auditLog } = flags;
  return [
    ...(plan === null
      ? inputFiles(paths)
      : [{ path: plan, as: `--plan ${plan}`, use: "read" as const }]),
    ...(auditLog === null
      ? []
      : [{ path: auditLog, as: `--audit-log ${auditLog}`, use: "write" as const }]),
  ];
}

function narrowed({ only, organization, shard }: ApplyFlags): boolean {
  return only.length > 0 || organization.length > 0 || shard !== null;
}

function notPlanned(plan: Plan): Failure {
  const all = plan.organizations.length + plan.failed.length;
  return new Failure(
    `${plan.failed.length} of ${counted(all, "organization")} could not be planned; nothing was written`,
    {
      hint:
        plan.organizations.length === 0
          ? "fix the problems listed above, then run apply again"
          : "fix the problems listed above, or pass --skip-failed to apply the other organizations",
    },
  );
}

/** Shows the plan, on stderr if stdout carries another format. */
async function showOnTheWay(io: Io, run: PlannedRun, flags: ApplyFlags): Promise<void> {
  const textToStdout = !flags.output.some(({ format, file }) => file === null && format !== "text");
  const renderers = planRenderers(io, { ...run, command: null, use: useOf(flags) }, flags);
  const text = `${(await renderers["text"]?.(null)) ?? ""}\n`;
  if (textToStdout) await print(io.stdout, text);
  else if (!flags.quiet) await print(io.stderr, text);
}

/** Anything but "yes" is a no, including Ctrl-C, end of input and a closed terminal. */
async function confirm(io: Io, plan: Plan): Promise<Answer> {
  const answer = await asked(io, plan);
  if (answer === "yes") return "yes";
  const typed = answer !== CTRL_C && answer !== "" && !io.interrupt.aborted;
  await print(io.stderr, `Nothing was changed${typed ? ': only "yes" is accepted' : ""}.\n`);
  return answer === CTRL_C || io.interrupt.aborted ? "interrupted" : "no";
}

async function asked(io: Io, plan: Plan): Promise<string> {
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new Promise<string>((resolve) => {
    prompt.once("close", () => resolve(""));
    prompt.once("SIGINT", () => resolve(CTRL_C)); // readline turns Ctrl-C into this event
  });
  const coverage = coverageText(plan);
  const question = `Make ${counted(changeTotal(plan), "change")} at ${plan.url}${coverage === null ? "" : ` (${coverage})`}? Type "yes" to apply: `;
  const answer = prompt.question(question, { signal: io.interrupt }).catch(() => "");
  try {
    return (await Promise.race([answer, ended])).trim();
  } finally {
    prompt.close();
  }
}

/** Shows the progress of the apply, and says when it is interrupted. */
async function startProgress(io: Io, plan: Plan, flags: ApplyFlags): Promise<Progress> {
  const additions = renameAdditions(plan);
  const progress = await createProgress({
    stream: io.stderr,
    isTerminal: inPlace(io),
    quiet:
      flags.quiet || flags.output.some(({ format, file }) => file === null && format !== "text"),
    clock: io.clock,
    total: changeTotal(plan),
  });
  const onStop = (): void => {
    progress.end();
    io.stderr.write(
      `Stopping: waiting up to ${GRACE_MS / 1000} s for requests that were already sent. Interrupt again to stop waiting.\n`,
    );
  };
  io.interrupt.addEventListener("abort", onStop, { once: true });
  return {
    add: (result) => {
      if (!additions.has(result.change)) progress.add(result);
    },
    end: () => {
      progress.end();
      io.interrupt.removeEventListener("abort", onStop);
    },
  };
}
