/**
 * A complete apply: plan, check, show, ask, plan again, write, report. Used by `commands/apply.ts` and the
 * simulation.
 */
import type { Progress } from "../apply/progress.ts";
import { AfterWriting, Refused } from "../model/failure.ts";
import { changeCount, type Plan, violationsOf } from "../model/plan.ts";
import type { ApplyResult, ChangeResult } from "../model/result.ts";
import type { Connection } from "./connection.ts";
import type { PlannedRun } from "./plan.ts";
import {
  applyStatus,
  checkCoverage,
  checkDigest,
  type RunStatus,
  statusBeforeWriting,
} from "./status.ts";
import { PARTS, type WriteOptions, type WriteParts, writePlan } from "./write.ts";

export interface ApplyRequest {
  /** Makes the plan, from files or from a saved one; called once more after the question. */
  readonly prepare: () => Promise<PlannedRun>;
  readonly dryRun: boolean;
  /** `--skip-failed`: apply without the organizations that could not be planned. */
  readonly skipFailed: boolean;
  /** `--require-coverage`. */
  readonly requireCoverage?: boolean;
  /** `--expect-digest`; null approves any. */
  readonly expectDigest: string | null;
  readonly write: Omit<WriteOptions, "onResult">;
}

export type Answer = "yes" | "no" | "interrupted";

/** The interaction with the user. */
export interface ApplySteps {
  /** A plan that ends here: refused, failed or a dry run. */
  showPlan(run: PlannedRun, status: RunStatus): Promise<void>;
  /** A plan that is about to be applied. */
  preview(run: PlannedRun): Promise<void>;
  /** Null applies without a question. */
  readonly confirm: ((plan: Plan) => Promise<Answer>) | null;
  progress(plan: Plan): Promise<Progress>;
  report(result: ApplyResult, run: PlannedRun, status: RunStatus): Promise<void>;
}

/** Throws `Failure` and `Refused` where nothing was written, and `AfterWriting` for what fails later. */
export async function applyRun(
  connection: Connection,
  request: ApplyRequest,
  steps: ApplySteps,
  parts: WriteParts = PARTS,
): Promise<RunStatus> {
  const run = await request.prepare();
  const { stop } = request.write;
  if (stop.aborted) return "interrupted";
  const ended =
    statusBeforeWriting(run.plan, request.skipFailed) ?? (request.dryRun ? "done" : null);
  if (ended !== null) {
    await steps.showPlan(run, ended);
    checkDigest(run.plan, request.expectDigest);
    checkCoverage(run.plan.uncovered, request);
    return ended;
  }
  await steps.preview(run);
  checkDigest(run.plan, request.expectDigest);
  checkCoverage(run.plan.uncovered, request);
  if (steps.confirm !== null && changeCount(run.plan) > 0) {
    const answer = await steps.confirm(run.plan);
    if (answer === "interrupted" || stop.aborted) return "interrupted";
    if (answer === "no") return "failed";
    const again = await request.prepare();
    if (stop.aborted) return "interrupted";
    refuseIfMoved(run.plan, again.plan);
    return write(connection, again, request, steps, parts);
  }
  return write(connection, run, request, steps, parts);
}

/**
 * The user may have answered after an hour: the confirmed plan must still be current. A saved plan keeps its digest,
 * so what is left of it is compared as well: less than was confirmed is fine (the rest is already up to date), more
 * is not.
 */
export function refuseIfMoved(shown: Plan, again: Plan): void {
  const confirmed = new Set(changeKeys(shown));
  if (
    again.digest === shown.digest &&
    again.failed.length === shown.failed.length &&
    violationsOf(again).length === 0 &&
    changeKeys(again).every((key) => confirmed.has(key))
  ) {
    return;
  }
  throw new Refused("Polytomic or the files changed before you confirmed; nothing was written", {
    hint: "run apply again and check the new plan",
  });
}

function changeKeys({ organizations }: Plan): readonly string[] {
  return organizations.flatMap(({ organization, changes }) =>
    changes.map(({ action, email }) => `${organization.id} ${action} ${email}`),
  );
}

async function write(
  connection: Connection,
  run: PlannedRun,
  request: ApplyRequest,
  steps: ApplySteps,
  parts: WriteParts,
): Promise<RunStatus> {
  const progress = await steps.progress(run.plan);
  const options = { ...request.write, onResult: (one: ChangeResult) => progress.add(one) };
  const written = await writePlan(connection, run, options, parts).finally(() => progress.end());
  try {
    if (written.kind === "failed") throw written.error;
    const status = applyStatus(written.result, written.sent);
    await steps.report(written.result, run, status);
    if (written.unrecorded !== null) throw written.unrecorded;
    return status;
  } catch (error) {
    throw written.sent ? new AfterWriting(error) : error;
  }
}
