/**
 * HTML: one self-contained file for people who have nothing installed. `html/document.ts` is the file around it,
 * `html/*-sections.ts` what stands in it, `html/page.js` the table that can be searched. The same plan gives
 * the same bytes.
 */
import type { AccessTable } from "../model/access.ts";
import type { Plan } from "../model/plan.ts";
import type { ApplyResult, Outcome } from "../model/result.ts";
import { accessHeadline, isAdmin } from "./access-words.ts";
import { headline, planCounts } from "./counts.ts";
import { applySections } from "./html/apply-sections.ts";
import { document } from "./html/document.ts";
import { matrix, type Matrix } from "./html/matrix.ts";
import { markup, joined, type Markup, type Piece } from "./html/markup.ts";
import { peopleSection } from "./html/people-section.ts";
import { planSections } from "./html/plan-sections.ts";
import { reportSections } from "./html/report-sections.ts";
import { contents, type Section, sectionMarkup } from "./html/section.ts";
import { leftOutSection, settledTables } from "./html/settled.ts";
import { verdict } from "./html/verdict.ts";
import {
  type OrganizationOutcome,
  OUTCOME_WORDS,
  outcomeHeadline,
  outcomesOf,
} from "./outcomes.ts";
import { counted, grouped } from "../model/words.ts";

type Figure = readonly [label: string, value: number, kind: string];

/** The plan, and who has which role before and after it. Reads the page's style and script from its folder. */
export function renderPlanHtml(plan: Plan, tables: readonly AccessTable[]): string {
  return page({
    name: "Access plan",
    headline: headline(planCounts(plan), asText),
    verdict: null,
    figures: planFigures(plan),
    facts: planFacts(plan, "Digest"),
    sections: planSections(plan),
    matrix: matrix(tables, "plan"),
  });
}

/** What an apply did. `tables` are its plan's: shown of the organizations that are known to be as planned. */
export function renderApplyHtml(result: ApplyResult, tables: readonly AccessTable[]): string {
  const outcomes = outcomesOf(result);
  const { shown, leftOut } = settledTables(result, tables);
  const without = leftOut.length > 0 ? [leftOutSection(leftOut)] : [];
  return page({
    name: "Apply result",
    headline: outcomeHeadline(outcomes, result.plan),
    verdict: verdict(result),
    figures: outcomeFigures(outcomes),
    facts: planFacts(result.plan, "Digest of the plan"),
    sections: [...applySections(result, outcomes), ...without],
    matrix: matrix(shown, "apply"),
  });
}

/** Who has access now. */
export function renderReportHtml(tables: readonly AccessTable[]): string {
  return page({
    name: "Access report",
    headline: reportHeadline(tables),
    verdict: null,
    figures: reportFigures(tables),
    facts: markup`<dl class="facts">${scope(tables)}</dl> `,
    sections: reportSections(tables),
    matrix: matrix(tables, "report"),
  });
}

interface PageContent {
  readonly name: string;
  readonly headline: string;
  readonly verdict: Piece;
  readonly figures: readonly Figure[];
  readonly facts: Markup;
  readonly sections: readonly Section[];
  readonly matrix: Matrix;
}

function page(content: PageContent): string {
  const people = content.matrix.rows.length > 0 ? [peopleSection(content.matrix)] : [];
  const sections = [...content.sections, ...people];
  return document({
    title: `${content.name}: ${content.headline}`,
    header: markup`<header>
      <p class="product">polytomic-users</p>
      <h1>${content.name}</h1>
      <p class="headline">${content.headline}</p>
      ${content.verdict}<ul class="totals" aria-label="Totals">
        ${content.figures.map(tile)}
      </ul>
      ${content.facts}${contents(sections)}
    </header>`,
    main: sections.map(sectionMarkup),
    data: content.matrix,
  });
}

/** The whole headline becomes harmless where it is put into the page. */
function asText(text: string): string {
  return text;
}

function tile([label, value, kind]: Figure): Markup {
  const state = value === 0 ? "nothing" : kind;
  return markup`<li class="${state}"><strong>${grouped(value)}</strong> ${label}</li>`;
}

function planFacts(plan: Plan, digestLabel: string): Markup {
  return markup`<dl class="facts">
    ${scope(plan.organizations)}
    <div>
      <dt>Polytomic</dt>
      <dd>${plan.url}</dd>
    </div>
    ${digestFact(plan, digestLabel)}
  </dl> `;
}

function digestFact({ digest }: Plan, label: string): Piece {
  if (digest === null) return null;
  return markup`<div>
      <dt>${label}</dt>
      <dd><code>${digest}</code></dd>
    </div>`;
}

/** One organization by name, id and file; of several the number. */
function scope(all: readonly Pick<AccessTable, "organization" | "source">[]): Piece {
  const [only] = all;
  if (only === undefined || all.length > 1) {
    return markup`<div>
      <dt>Organizations</dt>
      <dd>${counted(all.length, "organization")}</dd>
    </div>`;
  }
  const { organization, source } = only;
  const where = joined(
    [markup`<code>${organization.id}</code>`, markup`<code>${source}</code>`],
    " · ",
  );
  return markup`<div>
    <dt>Organization</dt>
    <dd><strong>${organization.name}</strong> ${where}</dd>
  </div>`;
}

function planFigures(plan: Plan): readonly Figure[] {
  const counts = planCounts(plan);
  const unchanged = plan.organizations.reduce((sum, each) => sum + each.unchanged, 0);
  const rare: readonly Figure[] = [
    ["renamed", counts.renamed, "changed"],
    ["demoted instead of removed", counts.demoted, "changed"],
  ];
  return [
    ["added", counts.added, "gained"],
    ["changed", counts.changed, "changed"],
    ...rare.filter(([, count]) => count > 0),
    ["removed", counts.removed, "lost"],
    [
      counts.gainAdmin === 1 ? "gains admin rights" : "gain admin rights",
      counts.gainAdmin,
      "alert",
    ],
    ["unchanged", unchanged, "plain"],
  ];
}

function outcomeFigures(outcomes: readonly OrganizationOutcome[]): readonly Figure[] {
  const entries = outcomes.flatMap(({ entries }) => entries);
  const count = (which: Outcome) => entries.filter(({ outcome }) => outcome === which).length;
  return (["applied", "failed", "not-attempted", "already"] as const).map((outcome) => [
    OUTCOME_WORDS[outcome],
    count(outcome),
    OUTCOME_KINDS[outcome],
  ]);
}

const OUTCOME_KINDS: Readonly<Record<Outcome, string>> = {
  applied: "gained",
  failed: "alert",
  "not-attempted": "alert",
  already: "plain",
};

function reportFigures(tables: readonly AccessTable[]): readonly Figure[] {
  const people = tables.flatMap(({ people }) => people.filter(({ now }) => now));
  const standing = (is: string) => people.filter((person) => person.standing === is).length;
  const admins = adminsOf(tables);
  return [
    [people.length === 1 ? "person" : "people", people.length, "plain"],
    [admins === 1 ? "holds the admin role" : "hold the admin role", admins, "alert"],
    ["not in the files", standing("unmanaged"), "changed"],
    ["ignored", standing("ignored"), "plain"],
  ];
}

function adminsOf(tables: readonly AccessTable[]): number {
  return tables.flatMap((table) => table.people.filter((person) => isAdmin(table, person))).length;
}

function reportHeadline(tables: readonly AccessTable[]): string {
  const [only] = tables;
  if (only !== undefined && tables.length === 1) return accessHeadline(only, asText);
  const people = tables.flatMap(({ people }) => people.filter(({ now }) => now)).length;
  return `${counted(people, "person", "people")} in ${counted(tables.length, "organization")}, ${grouped(adminsOf(tables))} with the admin role`;
}
