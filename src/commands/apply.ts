/** `apply`: plan, judge, ask, write, read back, report. The one command that reaches the writer. */
import { createInterface } from "node:readline/promises";
import { Failure, Refused } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import { counted } from "../model/words.ts";
import { changeCount, violationsOf } from "../plan/assemble.ts";
import { type ApprovedRun, readApproved } from "../run/saved-plan.ts";
import { connect, type Connection } from "./connection.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { checkDigest, plan, type PlanFlags, planRequest } from "./plan.ts";
import { readPlan } from "../run/plan.ts";
import { checkTargets } from "./results.ts";
import { planRenderers, showPlan, showProblems } from "./show-plan.ts";
import { showNotes } from "./show-result.ts";
import { write } from "../run/write.ts";

export type ApplyFlags = PlanFlags & {
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** A saved plan to do, in place of one made now. */
  readonly plan: string | null;
  readonly auditLog: string | null;
};

const CTRL_C = "\u0003";

export async function apply(
  io: Io,
  paths: readonly string[],
  flags: ApplyFlags,
): Promise<ExitCode> {
  if (flags.dryRun && flags.plan === null) return plan(io, paths, flags);
  refuseMixtures(io, paths, flags);
  await checkTargets(io, flags.output);
  const connection = connect(io, flags);
  const run = await prepare(io, connection, paths, flags);
  if (io.interrupt.aborted) return EXIT.interrupted;
  await showProblems(io, run.problems);

  const verdict = verdictOn(run.plan);
  if (verdict !== null || flags.dryRun) {
    const exitCode = verdict ?? EXIT.done;
    await showPlan(io, { ...run, access: run.access, command: null }, flags, exitCode);
    await showNotes(io, run, flags);
    checkDigest(run.plan, flags);
    return exitCode;
  }
  await showOnTheWay(io, run, flags);
  checkDigest(run.plan, flags);
  if (!flags.yes && changeCount(run.plan) > 0) {
    const answer = await asked(io, run.plan);
    if (answer !== "yes") {
      await print(io.stderr, "Nothing was changed.\n");
      return answer === CTRL_C || io.interrupt.aborted ? EXIT.interrupted : EXIT.failed;
    }
    await refuseIfMoved(io, connection, paths, flags, run.plan);
  }
  return write(io, connection, run, flags);
}

function refuseMixtures(io: Io, paths: readonly string[], flags: ApplyFlags): void {
  if (flags.plan !== null && paths.length > 0) {
    throw new Failure("a saved plan and files at once", {
      hint: "apply --plan FILE does exactly what the plan says: leave the paths out",
    });
  }
  if (flags.plan !== null && narrowed(flags)) {
    throw new Failure("--plan with --only, --organization or --shard", {
      hint: "a saved plan is applied whole: make and review a narrower plan instead",
    });
  }
  if (!flags.yes && paths.includes("-") && !flags.dryRun) {
    throw new Failure(
      "the file comes from standard input, so there is nothing to answer the question with",
      {
        hint: "name a file, or review the plan and pass --yes",
      },
    );
  }
  const asks = !flags.yes && !flags.dryRun;
  if (asks && (io.stdin.isTTY !== true || io.stderr.isTTY !== true)) {
    throw new Failure("apply asks before it writes, and there is no terminal to ask on", {
      hint: "review the plan, then pass --yes",
    });
  }
}

function narrowed({ only, organization, shard }: ApplyFlags): boolean {
  return only.length > 0 || organization.length > 0 || shard !== null;
}

/** The plan of this run: made now from the files, or the approved one against what is there now. */
async function prepare(
  io: Io,
  connection: Connection,
  paths: readonly string[],
  flags: ApplyFlags,
): Promise<ApprovedRun> {
  if (flags.plan !== null) return readApproved(io, connection, flags.plan, flags);
  const run = await readPlan(io, connection, planRequest(paths, flags));
  return { ...run, already: [], drift: [] };
}

/** Null where there is something to apply and nothing against it. */
function verdictOn(plan: Plan): ExitCode | null {
  if (violationsOf(plan).length > 0) return EXIT.refused;
  if (plan.organizations.length === 0 && plan.failed.length > 0) return EXIT.failed;
  return null;
}

/** What is about to happen: on stderr where stdout carries a program's format. */
async function showOnTheWay(io: Io, run: ApprovedRun, flags: ApplyFlags): Promise<void> {
  const textToStdout = !flags.output.some(({ format, file }) => file === null && format !== "text");
  const text = `${(await planRenderers(io, { ...run, command: null }, flags)["text"]?.(null)) ?? ""}\n`;
  if (textToStdout) await print(io.stdout, text);
  else if (!flags.quiet) await print(io.stderr, text);
}

/** Anything but "yes" is a no: Ctrl-C, the end of the input, a closed terminal. */
async function asked(io: Io, plan: Plan): Promise<string> {
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new Promise<string>((resolve) => {
    prompt.once("close", () => resolve(""));
    prompt.once("SIGINT", () => resolve(CTRL_C)); // the terminal's line editor keeps it from being a signal
  });
  const question = `Make ${counted(changeCount(plan), "change")} at ${plan.url}? Only "yes" does it: `;
  const answer = prompt.question(question, { signal: io.interrupt }).catch(() => "");
  try {
    return (await Promise.race([answer, ended])).trim();
  } finally {
    prompt.close();
  }
}

/** Somebody may have looked at the question for an hour: what they said yes to must still be the plan. */
async function refuseIfMoved(
  io: Io,
  connection: Connection,
  paths: readonly string[],
  flags: ApplyFlags,
  shown: Plan,
): Promise<void> {
  const again = await prepare(io, connection, paths, flags);
  if (again.plan.digest === shown.digest && violationsOf(again.plan).length === 0) return;
  throw new Refused("Polytomic or the files changed while you were asked; nothing was written", {
    hint: "run apply again and look at the new plan",
  });
}
