/** The result of an apply → its report: failed and missing changes first. */
import { groupBy } from "../model/group-by.ts";
import type { Origin } from "../model/access.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import {
  type ApplyResult,
  type ChangeResult,
  type Difference,
  hasWrites,
  type OrganizationResult,
  type Outcome,
  isVerified,
} from "../model/result.ts";
import { coverageText, differenceText } from "../model/plan-words.ts";
import { counted, grouped } from "../model/text.ts";
import { originFacts } from "./facts.ts";
import { makeEntry, lookalikesIn, type Step, pairRenames } from "./entries.ts";
import {
  changeSection,
  changeSections,
  factsOf,
  failedSection,
  gainsSentence,
  heading,
  locator,
  messageRow,
  messageSection,
  sorted,
  subjectOf,
} from "./sections.ts";
import type {
  ChangeRow,
  Fact,
  OrganizationTable,
  Report,
  Section,
  Totals,
  Verdict,
  Where,
} from "./report.ts";

/** `origin` is what the result says of itself; null leaves the address and the digest. */
export function applyReport(unsorted: ApplyResult, origin: Origin | null = null): Report {
  const result = sorted({ ...unsorted, plan: sorted(unsorted.plan) });
  const located = locator(result.plan);
  const planned = new Map(result.plan.organizations.map((one) => [one.organization.id, one]));
  const outcomes = result.organizations.flatMap((one) => {
    const plan = planned.get(one.organization.id);
    return plan === undefined ? [] : pairOutcomes(plan, one, located(plan));
  });
  const differences = result.organizations.flatMap((one) => {
    const plan = planned.get(one.organization.id);
    const where = plan === undefined ? [] : located(plan);
    return one.differences.map((difference) => ({ difference, where }));
  });
  return {
    view: "apply",
    subject: subjectOf(result.plan),
    verdict: applyVerdict(result, outcomes),
    sections: [
      changeSection("failed-changes", "Failed", rowsWith(outcomes, "failed")),
      ...notAttempted(rowsWith(outcomes, "not-attempted")),
      differenceSection("different", "Different from the plan when read back", differences),
      differenceSection("foreign", "Changed outside this run", differences),
      failedSection(result.plan.failed),
      ...changeSections(rowsWith(outcomes, "applied"), {
        "admin-gains": "Gained admin rights",
        removals: "Removed",
        changes: "Added or changed",
      }),
      changeSection("already", "Already up to date", rowsWith(outcomes, "already")),
    ].filter(({ rows }) => rows.length > 0),
    totals: applyTotals(outcomes, result),
    organizations: organizationTable(result, outcomes, located),
    facts: origin === null ? factsOf(result.plan) : resultFacts(origin, result),
  };
}

function resultFacts(origin: Origin, { plan, organizations }: ApplyResult): readonly Fact[] {
  const listedWhen = organizations.some(hasWrites) ? "before the apply" : null;
  return [
    ...originFacts(origin, listedWhen),
    ...factsOf(plan).filter(({ label }) => label === "Digest"),
  ];
}

interface OutcomeRow extends ChangeRow {
  readonly outcome: Outcome;
}

function rowsWith(rows: readonly OutcomeRow[], outcome: Outcome): readonly ChangeRow[] {
  return rows.filter((row) => row.outcome === outcome);
}

/** In the plan's order, one a user: the two changes of a rename are one, unless only the first was made. */
function pairOutcomes(
  plan: OrganizationPlan,
  { results }: OrganizationResult,
  where: readonly Where[],
): readonly OutcomeRow[] {
  const lookalikes = lookalikesIn(plan);
  const byChange = new Map(results.map((one) => [one.change, one]));
  const rowOf = (step: Step, { outcome, error }: ChangeResult): OutcomeRow => {
    const missing = outcome === "failed" || outcome === "not-attempted";
    const entry = makeEntry(plan, step, lookalikes);
    return { entry, voice: missing ? "missing" : "done", outcome, error, in: where };
  };
  return pairRenames(results.map(({ change }) => change)).flatMap((step) => {
    const first = byChange.get(step.change);
    if (first === undefined) return [];
    const second = step.kind === "rename" ? byChange.get(step.old) : undefined;
    if (second === undefined) return [rowOf(step, first)];
    if (!isDone(first)) return [rowOf(step, first)];
    if (isDone(second)) return [rowOf(step, first.outcome === "applied" ? first : second)];
    // The new address has its roles, and the old one keeps them: what was gained is not under what failed.
    const why = second.error === null ? "" : `: ${second.error}`;
    const error = `${first.change.email} was added, but ${second.change.email} was not removed${why}`;
    return [first, { ...second, error }].map((one) =>
      rowOf({ kind: "single", change: one.change }, one),
    );
  });
}

function isDone({ outcome }: ChangeResult): boolean {
  return outcome === "applied" || outcome === "already";
}

/** From this many on, changes not attempted for the same reason become one row. */
const MANY = 4;

/** Changes that were not attempted one by one; many with the same reason (an interruption) as one row. */
function notAttempted(rows: readonly ChangeRow[]): readonly Section[] {
  const groups = [...groupBy(rows, ({ error }) => error ?? "not sent")];
  const few = groups.filter(([, group]) => group.length < MANY).flatMap(([, group]) => group);
  const many = groups.filter(([, group]) => group.length >= MANY);
  const count = many.reduce((sum, [, group]) => sum + group.length, 0);
  return [
    changeSection("not-attempted", "Not attempted", few),
    {
      ...heading("not-attempted-many", "Not attempted, by reason", grouped(count)),
      shape: "messages",
      rows: many.map(([reason, group]) =>
        messageRow(counted(group.length, "change"), reason, {
          verbatim: true,
          users: [...new Set(group.map(({ entry }) => entry.email))],
        }),
      ),
    },
  ];
}

function differenceSection(
  id: "different" | "foreign",
  title: string,
  differences: readonly { readonly difference: Difference; readonly where: readonly Where[] }[],
): Section {
  const rows = differences
    .filter(({ difference }) => difference.foreign === (id === "foreign"))
    .map(({ difference, where }) =>
      messageRow(difference.email, differenceText(difference), { in: where }),
    );
  return messageSection(id, title, rows);
}

function organizationTable(
  { plan, organizations }: ApplyResult,
  rows: readonly OutcomeRow[],
  located: ReturnType<typeof locator>,
): OrganizationTable | null {
  if (plan.organizations.length + plan.failed.length <= 1) return null;
  const counts = new Map<string, Map<Outcome, number>>();
  for (const { outcome, in: where } of rows) {
    for (const { id } of where) {
      const of = counts.get(id) ?? new Map<Outcome, number>();
      counts.set(id, of.set(outcome, (of.get(outcome) ?? 0) + 1));
    }
  }
  const results = new Map(organizations.map((one) => [one.organization.id, one]));
  return {
    columns: ["Applied", "Failed", "Not attempted", "Already up to date", "Read back"],
    rows: plan.organizations.flatMap((one) =>
      located(one).map((where) => ({
        where,
        cells: [
          ...OUTCOMES.map((outcome) => grouped(counts.get(where.id)?.get(outcome) ?? 0)),
          readBack(results.get(where.id)),
        ],
      })),
    ),
  };
}

function readBack(result: OrganizationResult | undefined): string {
  if (result === undefined) return "";
  if (result.verified !== null) return result.verified ? "matches the plan" : "differs";
  return hasWrites(result) ? "could not be listed" : "nothing written";
}

const OUTCOMES = ["applied", "failed", "not-attempted", "already"] as const;

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  applied: "applied",
  failed: "failed",
  "not-attempted": "not attempted",
  already: "already up to date",
};

const OUTCOME_TONES = {
  applied: "added",
  failed: "alarm",
  "not-attempted": "alarm",
  already: "plain",
} as const;

function applyTotals(rows: readonly OutcomeRow[], { plan }: ApplyResult): Totals {
  const coverage = coverageText(plan);
  const figures = OUTCOMES.map((outcome) => ({
    label: OUTCOME_WORDS[outcome],
    value: rowsWith(rows, outcome).length,
    tone: OUTCOME_TONES[outcome],
  }));
  const parts = figures.map(({ label, value }) => `${grouped(value)} ${label}`);
  const gained = rows.filter(
    ({ entry, outcome }) => outcome === "applied" && entry.gainsAdmin !== null,
  );
  return {
    sentence: `${rows.length === 0 ? "Nothing to do" : `Apply: ${parts.join(", ")}`}${coverage === null ? "" : `; ${coverage}`}.`,
    gains: gainsSentence(gained, "gained"),
    figures,
  };
}

function applyVerdict(result: ApplyResult, rows: readonly OutcomeRow[]): Verdict {
  const open = rows.some(({ voice }) => voice === "missing");
  const skipped = result.plan.failed.length;
  const check = verification(result);
  const sentences = [
    ...(result.interrupted
      ? [
          "Interrupted: no new requests were started. Changes without a response are listed as failed and are in doubt: Polytomic may still make them.",
        ]
      : []),
    ...(result.halted === null ? [] : [`Stopped: ${result.halted}`]),
    ...(check === null ? [] : [checkSentence(check, result)]),
  ];
  const tone =
    result.interrupted || result.halted !== null || open || check === "different"
      ? "alarm"
      : skipped > 0 || check === "unknown"
        ? "plain"
        : "well";
  return {
    ready: false,
    tone,
    short: shortVerdict(result, rows, open),
    sentences,
    next: nextStep(rows, check, result),
  };
}

function shortVerdict(result: ApplyResult, rows: readonly OutcomeRow[], open: boolean): string {
  const skipped = result.plan.failed.length;
  if (result.interrupted) return "interrupted";
  if (result.halted !== null) return "stopped";
  if (open || isVerified(result.organizations) === false) return "partly applied";
  if (skipped > 0) return `applied, ${skipped} skipped`;
  return rows.length === 0 ? "nothing to do" : "applied";
}

/** Whether all, none or some of what was written was read back as planned. Null: nothing was written. */
function verification(result: ApplyResult): "verified" | "different" | "unknown" | null {
  const verified = isVerified(result.organizations);
  if (verified !== null) return verified ? "verified" : "different";
  return result.organizations.some(hasWrites) ? "unknown" : null;
}

function checkSentence(
  check: "verified" | "different" | "unknown",
  { plan, interrupted }: ApplyResult,
): string {
  const coverage = coverageText(plan);
  const sentence =
    check === "unknown" && interrupted
      ? "Not verified: the users were not listed again"
      : CHECKS[check];
  return `${sentence}${coverage === null ? "" : ` (${coverage})`}.`;
}

const CHECKS = {
  verified: "Verified: Polytomic matches the plan",
  different: "Not verified: Polytomic does not match the plan",
  unknown: "Not verified: the users could not be listed again",
} as const;

/** What the reader should do next, or null where all is done. */
function nextStep(
  rows: readonly OutcomeRow[],
  check: ReturnType<typeof verification>,
  { interrupted, plan }: ApplyResult,
): string | null {
  if (!interrupted && rows.some(({ outcome }) => outcome === "failed")) {
    return "Next: fix the cause of the failures, then run the same command again to apply the rest.";
  }
  if (interrupted || rows.some(({ outcome }) => outcome === "not-attempted")) {
    return "Next: run the same command again to apply the rest; changes already made count as done.";
  }
  if (check === "different") {
    return "Next: run plan to see the differences, then apply again unless they are intended.";
  }
  if (check === "unknown") return "Next: run plan; it should show no changes.";
  if (plan.failed.length === 0) return null;
  return "Next: fix the problems of the skipped organizations, then run plan and apply again.";
}
