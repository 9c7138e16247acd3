/** How a run ended; `commands/io.ts` has the exit codes. */
import { AfterWriting, Refused } from "../model/failure.ts";
import { changeCount, type Plan, violationsOf } from "../model/plan.ts";
import type { ApplyResult } from "../model/result.ts";
import { counted, listed } from "../model/text.ts";

/**
 * done: everything is as planned, or nothing was to be done. failed: before anything was written. changes: a plan
 * has some. refused: by a guard, or not what was approved; nothing was written. partly: some of it was not done.
 */
export type RunStatus = "done" | "failed" | "changes" | "refused" | "partly" | "interrupted";

export function planStatus(plan: Plan): RunStatus {
  if (violationsOf(plan).length > 0) return "refused";
  if (plan.failed.length > 0) return "failed";
  return changeCount(plan) > 0 ? "changes" : "done";
}

/** Why this plan is not applied; null where it may be. Organizations that failed are left out only on request. */
export function statusBeforeWriting(plan: Plan, skipFailed: boolean): "refused" | "failed" | null {
  if (violationsOf(plan).length > 0) return "refused";
  if (plan.failed.length === 0) return null;
  return skipFailed && plan.organizations.length > 0 ? null : "failed";
}

/**
 * A run is halted if its credential is rejected or a change cannot be recorded; it failed if it had sent no write.
 * `sent`: whether any write may have reached Polytomic, also one that was refused.
 */
export function applyStatus(
  { organizations, interrupted, halted, plan }: ApplyResult,
  sent: boolean,
): RunStatus {
  if (interrupted) return "interrupted";
  const results = organizations.flatMap((one) => one.results);
  const open = results.some(({ outcome }) => outcome === "failed" || outcome === "not-attempted");
  const unlike = organizations.some(({ verified }) => verified === false);
  if (open || unlike) return "partly";
  if (halted !== null) return sent ? "partly" : "failed";
  return plan.failed.length === 0 ? "done" : "partly";
}

/** Throws `Refused` where coverage is required and the key reaches an organization that no file covers. */
export function checkCoverage(
  uncovered: Plan["uncovered"] | null,
  { requireCoverage = false }: { readonly requireCoverage?: boolean },
): void {
  const missing = requireCoverage ? (uncovered ?? []) : [];
  if (missing.length === 0) return;
  const names = missing.slice(0, NAMED).map(({ id, name }) => `${name} (${id})`);
  const more = missing.length > NAMED ? `, and ${missing.length - NAMED} more` : "";
  throw new Refused(
    `no file covers ${counted(missing.length, "organization")} of this key: ${names.join(", ")}${more}`,
    {
      hint: "add a file for each (export --all --dir FOLDER writes them), or run without --require-coverage",
    },
  );
}

const NAMED = 10;

/** Where coverage is required and the organization of a file with problems is not known. */
export function coverageUnknown(sources: readonly string[]): Refused {
  return new Refused(
    `it is not known whether the files cover all organizations, because ${listed(sources)} ${sources.length === 1 ? "has" : "have"} problems`,
    { hint: "fix the files, or run without --require-coverage" },
  );
}

/** The status of a run that failed with this error. */
export function statusOfError(error: unknown, interrupted: boolean): RunStatus {
  if (interrupted) return "interrupted";
  if (error instanceof AfterWriting) return "partly";
  return error instanceof Refused ? "refused" : "failed";
}

/** Throws `Refused` unless the plan has the digest that was approved; null approves any. */
export function checkDigest({ digest }: Plan, expected: string | null): void {
  if (expected === null || expected === digest) return;
  throw new Refused(
    `the plan is not the approved one: ${digest === null ? "it has no digest, because no organization could be planned" : `its digest is ${digest}`}; the expected digest is ${expected}`,
    { hint: "have the new plan reviewed, then pass its digest" },
  );
}
