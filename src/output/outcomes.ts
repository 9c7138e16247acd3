/** What an apply did, as people read it: an outcome each, in the words of the plan. All text is still hostile. */
import type { OrganizationPlan, Plan } from "../model/plan.ts";
import type { ApplyResult, ChangeResult, Outcome, OrganizationResult } from "../model/result.ts";
import { type Entry, entryOf } from "./entries.ts";
import { coverageText, renameTexts } from "../model/wording.ts";
import { grouped } from "../model/words.ts";

export interface OutcomeEntry {
  /** Beside the plan, which has said why: of the reasons only a rename is told, since its halves can end differently. */
  readonly entry: Entry;
  /** For a report that stands by itself: with all reasons. */
  readonly whole: Entry;
  readonly outcome: Outcome;
  readonly error: string | null;
}

export interface OrganizationOutcome {
  readonly result: OrganizationResult;
  /** In the plan's order. */
  readonly entries: readonly OutcomeEntry[];
}

/** In the order of the reports: what is done first, what needs somebody last, next to the sum. */
export const OUTCOMES = [
  "applied",
  "already",
  "not-attempted",
  "failed",
] as const satisfies readonly Outcome[];

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  applied: "applied",
  failed: "failed",
  "not-attempted": "not attempted",
  already: "already so",
};

export function outcomesOf({ plan, organizations }: ApplyResult): readonly OrganizationOutcome[] {
  const results = new Map(organizations.map((result) => [result.organization.id, result]));
  return plan.organizations.flatMap((planned) => {
    const result = results.get(planned.organization.id);
    if (result === undefined) return [];
    return [{ result, entries: result.results.map((one) => outcomeEntry(planned, one)) }];
  });
}

function outcomeEntry(
  plan: OrganizationPlan,
  { change, outcome, error }: ChangeResult,
): OutcomeEntry {
  const whole = entryOf(plan, change);
  const reasons = renameTexts(change);
  return { entry: { ...whole, reasons, source: null, until: null }, whole, outcome, error };
}

/** `12 applied, 1 failed, 2 not attempted, 0 already so` */
export function outcomeHeadline(outcomes: readonly OrganizationOutcome[], plan: Plan): string {
  const coverage = coverageText(plan);
  return [totals(outcomes), ...(coverage === null ? [] : [coverage])].join("; ");
}

function totals(outcomes: readonly OrganizationOutcome[]): string {
  const counts = { applied: 0, failed: 0, "not-attempted": 0, already: 0 };
  for (const { entries } of outcomes) for (const { outcome } of entries) counts[outcome] += 1;
  if (Object.values(counts).every((count) => count === 0)) return "Nothing to do";
  return (["applied", "failed", "not-attempted", "already"] as const)
    .map((outcome) => `${grouped(counts[outcome])} ${OUTCOME_WORDS[outcome]}`)
    .join(", ");
}

/** Whether all, none or some of what was written was read back as planned. Null: nothing was written. */
function verification(result: ApplyResult): "verified" | "different" | "unknown" | null {
  const written = result.organizations.filter(({ results }) =>
    results.some(({ outcome }) => outcome === "applied" || outcome === "failed"),
  );
  if (result.organizations.some(({ verified }) => verified === false)) return "different";
  if (written.some(({ verified }) => verified === null)) return "unknown";
  return written.length === 0 ? null : "verified";
}

const VERIFICATIONS = {
  verified: "Verified: Polytomic matches the plan",
  different: "Not verified: Polytomic does not match the plan",
  unknown: "Not verified: the users could not be listed again",
} as const;

export function verificationText(result: ApplyResult): string | null {
  const check = verification(result);
  const coverage = coverageText(result.plan);
  if (check === null) return null;
  return `${VERIFICATIONS[check]}${coverage === null ? "" : ` (${coverage})`}.`;
}

export const INTERRUPTED =
  "Interrupted: what was in flight was finished, and nothing new was begun.";

export const DIFFERENCE_TITLES = {
  planned: "Not as planned when it was read back",
  foreign: "Changed by somebody else in the meantime",
} as const;

/** What the reader should do next, or null where all is done. */
export function nextStep(result: ApplyResult): string | null {
  const outcomes = result.organizations.flatMap(({ results }) =>
    results.map(({ outcome }) => outcome),
  );
  if (outcomes.includes("failed")) {
    return "Next: put right what failed, then run the same command again: it makes what is missing.";
  }
  if (outcomes.includes("not-attempted")) {
    return "Next: run the same command again: it makes what is missing.";
  }
  const check = verification(result);
  if (check === "different")
    return "Next: run plan to see what is different, and apply again if it should not be.";
  return check === "unknown" ? "Next: run plan; it should show no changes." : null;
}
