/** The sections of an apply's page: what needs somebody first. A section without content is left out. */
import type { ApplyResult, Difference, Outcome, OrganizationResult } from "../../model/result.ts";
import { urgencyOf } from "../entries.ts";
import {
  DIFFERENCE_TITLES,
  type OrganizationOutcome,
  type OutcomeEntry,
  OUTCOME_WORDS,
  OUTCOMES,
} from "../outcomes.ts";
import { differenceText } from "../../model/wording.ts";
import { grouped } from "../../model/words.ts";
import { outcomeLists, type Voice } from "./change-list.ts";
import { failedOrganizations } from "./failed-organizations.ts";
import { figuresTable, type FiguresRow } from "./figures-table.ts";
import { markup, type Markup } from "./markup.ts";
import { fold, type Section } from "./section.ts";

export function applySections(
  result: ApplyResult,
  outcomes: readonly OrganizationOutcome[],
): readonly Section[] {
  const several = result.plan.organizations.length > 1;
  const changes = (group: Group): Section => changesSection(group, outcomes, several);
  const sections = [
    changes(FAILED),
    changes(NOT_ATTEMPTED),
    differences(outcomes, "planned", several),
    differences(outcomes, "foreign", several),
    failedOrganizations(result.plan.failed),
    changes(APPLIED_SERIOUS),
    changes(APPLIED_OTHER),
    changes(ALREADY),
    organizations(outcomes),
  ];
  return sections.filter(({ count }) => count > 0);
}

interface Group {
  readonly id: string;
  readonly title: string;
  readonly alert: boolean;
  readonly voice: Voice;
  /** What is missing, removed or gained as an administrator is never folded away. */
  readonly folds: boolean;
  /** One after the other within an organization. */
  readonly parts: readonly ((one: OutcomeEntry) => boolean)[];
}

const FAILED: Group = {
  id: "failed-changes",
  title: "Failed",
  alert: true,
  voice: "missing",
  folds: false,
  parts: [has("failed")],
};

const NOT_ATTEMPTED: Group = {
  id: "not-attempted",
  title: "Not attempted",
  alert: true,
  voice: "missing",
  folds: false,
  parts: [has("not-attempted")],
};

const APPLIED_SERIOUS: Group = {
  id: "serious",
  title: "Applied: removals and gained admin rights",
  alert: false,
  voice: "done",
  folds: false,
  parts: [applied("removed"), applied("gains-admin")],
};

const APPLIED_OTHER: Group = {
  id: "other",
  title: "Applied: other changes",
  alert: false,
  voice: "done",
  folds: true,
  parts: [applied("other")],
};

const ALREADY: Group = {
  id: "already",
  title: "Already so",
  alert: false,
  voice: "done",
  folds: true,
  parts: [has("already")],
};

function has(outcome: Outcome): (one: OutcomeEntry) => boolean {
  return (one) => one.outcome === outcome;
}

function applied(urgency: ReturnType<typeof urgencyOf>): (one: OutcomeEntry) => boolean {
  return ({ outcome, entry }) => outcome === "applied" && urgencyOf(entry) === urgency;
}

function changesSection(
  { id, title, alert, voice, folds, parts }: Group,
  outcomes: readonly OrganizationOutcome[],
  several: boolean,
): Section {
  const found = outcomes.flatMap(({ entries }) => parts.flatMap((part) => entries.filter(part)));
  const list = markup`${outcomeLists(found, several, voice)}`;
  const body = folds ? fold(found.length, "changes", list) : list;
  return { id, title, count: found.length, alert, body };
}

function differences(
  outcomes: readonly OrganizationOutcome[],
  kind: keyof typeof DIFFERENCE_TITLES,
  several: boolean,
): Section {
  const lines = outcomes.flatMap(({ result }) =>
    result.differences
      .filter(({ foreign }) => foreign === (kind === "foreign"))
      .map((difference) => differenceLine(difference, several ? result.organization.name : null)),
  );
  return {
    id: kind === "foreign" ? "foreign" : "different",
    title: DIFFERENCE_TITLES[kind],
    count: lines.length,
    alert: kind === "planned",
    body: markup`<ul class="lines">
      ${lines}
    </ul> `,
  };
}

function differenceLine(difference: Difference, organization: string | null): Markup {
  return markup`<li>
    <span class="who">${difference.email}</span> <span>${differenceText(difference)}</span>
    <span class="why">${organization}</span>
  </li> `;
}

/** One line an organization; an apply to one needs no such table. */
function organizations(outcomes: readonly OrganizationOutcome[]): Section {
  const columns = [...OUTCOMES.map((outcome) => capital(OUTCOME_WORDS[outcome])), "Read back"];
  return {
    id: "organizations",
    title: "Organizations",
    count: outcomes.length > 1 ? outcomes.length : 0,
    alert: false,
    body: fold(
      outcomes.length,
      "organizations",
      figuresTable(columns, outcomes.map(organizationRow)),
    ),
  };
}

function organizationRow({ result, entries }: OrganizationOutcome): FiguresRow {
  const counts = OUTCOMES.map((outcome) => entries.filter(has(outcome)).length);
  const { organization, source } = result;
  return { organization, source, cells: [...counts.map(grouped), readBack(result)] };
}

function readBack({ verified, results }: OrganizationResult): string {
  if (verified !== null) return verified ? "as planned" : "not as planned";
  const wrote = results.some(({ outcome }) => outcome === "applied" || outcome === "failed");
  return wrote ? "could not be listed" : "nothing written";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
