/** What an apply did, for a pull request or a job's summary: what failed first, and what is next. */
import type { ApplyResult, Difference, Outcome } from "../../model/result.ts";
import { differenceText } from "../../model/wording.ts";
import { urgencyOf } from "../entries.ts";
import {
  DIFFERENCE_TITLES,
  INTERRUPTED,
  nextStep,
  type OrganizationOutcome,
  type OutcomeEntry,
  outcomeHeadline,
  outcomesOf,
  verificationText,
} from "../outcomes.ts";
import { fitMarkdown, type Pieces, type Section } from "./budget.ts";
import {
  cell,
  cellProse,
  name,
  names,
  organizationColumn,
  prose,
  type TableColumn,
} from "./cells.ts";
import { failedSection } from "./failed.ts";
import { elsewhere } from "./plan.ts";
import { listSection, tableSection, URGENT } from "./section.ts";

export interface ApplyMarkdownOptions {
  /** Characters. */
  readonly limit: number;
  /** The file that has all of it, or null. */
  readonly artifact: string | null;
}

export function renderApplyMarkdown(result: ApplyResult, options: ApplyMarkdownOptions): string {
  const outcomes = outcomesOf(result);
  const several = result.plan.organizations.length + result.plan.failed.length > 1;
  const entries = outcomes.flatMap(({ entries }) => entries);
  return fitMarkdown(
    {
      top: top(result, outcomes),
      urgent: urgentForms(entries, several),
      rest: [
        differences(DIFFERENCE_TITLES.planned, outcomes, false),
        differences(DIFFERENCE_TITLES.foreign, outcomes, true),
        failedSection(result.plan.failed),
        ...done(entries, several),
      ],
      bottom: bottom(result),
      elsewhere: elsewhere(options.artifact),
    },
    options.limit,
  );
}

function top(result: ApplyResult, outcomes: readonly OrganizationOutcome[]): string {
  const check = verificationText(result);
  const lines = [
    `### Polytomic access: ${outcomeHeadline(outcomes, result.plan)}`,
    ...(result.interrupted ? [INTERRUPTED] : []),
    ...(result.halted === null ? [] : [`Stopped: ${prose(result.halted)}`]),
    ...(check === null ? [] : [check]),
  ];
  return `${lines.join("\n\n")}\n`;
}

function bottom(result: ApplyResult): string {
  const next = nextStep(result);
  const digest =
    result.plan.digest === null ? "" : `Digest of the plan: ${name(result.plan.digest)}\n`;
  return next === null ? digest : `${next}\n\n${digest}`;
}

/** Failed, not attempted, removed, gained: with everything, or the addresses alone. */
function urgentForms(entries: readonly OutcomeEntry[], several: boolean): Pieces["urgent"] {
  const groups: readonly (readonly [title: string, found: readonly OutcomeEntry[]])[] = [
    ["Failed", withOutcome(entries, "failed")],
    ["Not attempted", withOutcome(entries, "not-attempted")],
    ["Removed", withOutcome(entries, "applied").filter((one) => urgency(one) === "removed")],
    [
      "Gained the admin role",
      withOutcome(entries, "applied").filter((one) => urgency(one) === "gains-admin"),
    ],
  ];
  const form = (columns: readonly TableColumn<OutcomeEntry>[]): readonly Section[] =>
    groups.map(([title, found]) => table(title, found, columns, several));
  return [
    () => ({ note: "", sections: form([CHANGE, GAINS, LOSES, KEEPS, WHY, ERROR]) }),
    () => ({ note: "Roles and errors above are left out to fit.\n", sections: form([CHANGE]) }),
  ];
}

function done(entries: readonly OutcomeEntry[], several: boolean): readonly Section[] {
  const applied = withOutcome(entries, "applied").filter((one) => urgency(one) === "other");
  const columns = [CHANGE, GAINS, LOSES, KEEPS, WHY];
  const folded = (title: string, found: readonly OutcomeEntry[]): Section => ({
    ...table(title, found, columns, several),
    folded: true,
    priority: 10,
  });
  return [
    folded("Applied, the others", applied),
    folded("Already so", withOutcome(entries, "already")),
  ];
}

function withOutcome(entries: readonly OutcomeEntry[], outcome: Outcome): readonly OutcomeEntry[] {
  return entries.filter((one) => one.outcome === outcome);
}

function urgency({ entry }: OutcomeEntry): ReturnType<typeof urgencyOf> {
  return urgencyOf(entry);
}

type Column = TableColumn<OutcomeEntry>;

const CHANGE: Column = { title: "Change", of: ({ entry }) => entry.kind };
const GAINS: Column = { title: "Gains", of: ({ entry }) => names(entry.gained) };
const LOSES: Column = { title: "Loses", of: ({ entry }) => names(entry.lost) };
const KEEPS: Column = { title: "Keeps", of: ({ entry }) => names(entry.kept) };
const WHY: Column = {
  title: "Why",
  of: ({ entry }) => entry.reasons.map(cellProse).join(", "),
};
const ERROR: Column = {
  title: "Error",
  of: ({ error }) => (error === null ? "" : cellProse(error)),
};

function table(
  title: string,
  found: readonly OutcomeEntry[],
  columns: readonly Column[],
  several: boolean,
): Section {
  // A column that is empty throughout says nothing.
  const used = columns.filter(({ of }) => found.some((one) => of(one) !== ""));
  const all: readonly Column[] = [
    { title: "Person", of: ({ entry }) => cell(entry.email) },
    ...organizationColumn<OutcomeEntry>(several, ({ entry }) => entry.organization),
    ...used,
  ];
  return tableSection(title, found, all, URGENT);
}

function differences(
  title: string,
  outcomes: readonly OrganizationOutcome[],
  foreign: boolean,
): Section {
  const several = outcomes.length > 1;
  const row = (one: Difference, organization: string): string =>
    `${several ? `${name(organization)}: ` : ""}${name(one.email)}: ${prose(differenceText(one))}`;
  const rows = outcomes.flatMap(({ result }) =>
    result.differences
      .filter((one) => one.foreign === foreign)
      .map((one) => row(one, result.organization.name)),
  );
  return listSection(title, rows, foreign ? 3 : 2);
}
