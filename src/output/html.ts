/**
 * HTML: one self-contained file. `html/document.ts` is the frame, `html/sections.ts` the content, `html/page.js` the
 * searchable table. The same plan gives the same bytes.
 */
import type { AccessTable } from "../model/access.ts";
import type { ApplyResult } from "../model/result.ts";
import { counted, grouped } from "../model/text.ts";
import type { AccessReport } from "../report/access.ts";
import type { Fact, Figure, Report, Subject } from "../report/report.ts";
import { accessSections } from "./html/access.ts";
import { confirmedTables, leftOutSection } from "./html/confirmed.ts";
import { document, joined, markup, type Markup, type Piece } from "./html/document.ts";
import { registerSection } from "./html/register.ts";
import { matrix, type Matrix } from "./html/matrix.ts";
import { usersSection } from "./html/users.ts";
import {
  contents,
  organizationsSection,
  type Section,
  sectionMarkup,
  renderSection,
} from "./html/sections.ts";

/** The plan, and who has which role before and after it. Reads the page's style and script from its folder. */
export function renderPlanHtml(report: Report, tables: readonly AccessTable[]): string {
  return reportPage(report, "Access plan", matrix(tables, "plan"), []);
}

/** What an apply did. `tables` are its plan's: shown of the organizations that are known to be as planned. */
export function renderApplyHtml(
  report: Report,
  result: ApplyResult,
  tables: readonly AccessTable[],
): string {
  const { shown, leftOut } = confirmedTables(result, tables);
  const more = leftOut.length > 0 ? [leftOutSection(leftOut)] : [];
  return reportPage(report, "Apply result", matrix(shown, "apply"), more);
}

/** Who has access now. */
export function renderReportHtml(report: AccessReport, tables: readonly AccessTable[]): string {
  const { users, admins, unmanaged, ignored, pending } = report.figures;
  const [only] = report.organizations;
  const subject =
    only !== undefined && report.organizations.length === 1
      ? ({ kind: "one", organization: only.organization, source: only.source } as const)
      : ({ kind: "many", count: report.organizations.length } as const);
  return page({
    name: "Access report",
    heading: subject.kind === "one" ? subject.organization.name : subjectName(subject),
    headline: `${report.headline}.`,
    verdict:
      report.notice === null
        ? null
        : markup`<div class="verdict plain"><p><strong>${report.notice}</strong></p></div> `,
    figures: [
      { label: users === 1 ? "user" : "users", value: users, tone: "plain" },
      { label: "with the admin role", value: admins, tone: "admin" },
      { label: "unmanaged", value: unmanaged, tone: "changed" },
      { label: "ignored", value: ignored, tone: "plain" },
      ...(pending === 0 ? [] : [{ label: "pending", value: pending, tone: "added" } as const]),
    ],
    facts: factList(subject, report.facts),
    footer: footerOf("Access report", subject, report.facts),
    sections: [...accessSections(report), ...registerSection(report)],
    matrix: matrix(tables, "report"),
  });
}

function reportPage(report: Report, name: string, table: Matrix, more: readonly Section[]): string {
  const { subject, verdict, totals, sections, organizations, facts } = report;
  const gains = totals.gains === null ? "" : ` ${totals.gains}.`;
  return page({
    name,
    heading: `${subjectName(subject)}: ${verdict.short}`,
    headline: totals.sentence + gains,
    verdict: verdictMarkup(report),
    figures: totals.figures,
    facts: factList(subject, facts),
    footer: footerOf(name, subject, facts),
    sections: [
      ...sections.map(renderSection),
      ...more,
      ...(organizations === null ? [] : [organizationsSection(organizations)]),
    ],
    matrix: table,
  });
}

interface PageContent {
  /** What kind of page it is. */
  readonly name: string;
  /** What it is about, and the verdict. */
  readonly heading: string;
  readonly headline: string;
  readonly verdict: Piece;
  readonly figures: readonly Figure[];
  readonly facts: Markup;
  readonly footer: string;
  readonly sections: readonly Section[];
  readonly matrix: Matrix;
}

function page(content: PageContent): string {
  const users = content.matrix.rows.length > 0 ? [usersSection(content.matrix)] : [];
  const sections = [...content.sections, ...users];
  return document({
    title: `${content.name} for ${content.heading}`,
    footer: content.footer,
    header: markup`<header>
      <p class="product">polytomic-users · ${content.name}</p>
      <h1>${content.heading}</h1>
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

/**
 * `Access report · Acme · as of 2026-11-24 · created 2026-11-24T12:00:00Z by polytomic-users 0.1.0 · commit
 * 0123456789ab`
 */
function footerOf(name: string, subject: Subject, facts: readonly Fact[]): string {
  const parts = ["As of", "Created", "Commit", "Digest"].flatMap((label) => {
    const fact = facts.find((one) => one.label === label);
    if (fact === undefined) return [];
    const value = fact.code ? fact.value.replace(/^sha256:/, "").slice(0, 12) : fact.value;
    return [`${label.toLowerCase()} ${value}`];
  });
  return [name, printedName(subject), ...parts].join(" · ");
}

/** By its id where its name has other letters than the footer can show. */
function printedName(subject: Subject): string {
  if (subject.kind !== "one") return subjectName(subject);
  const { id, name } = subject.organization;
  return /^[A-Za-z0-9 .,-]{1,40}$/.test(name) ? name : id;
}

function tile({ label, value, tone }: Figure): Markup {
  const state = value === 0 ? "nothing" : tone;
  return markup`<li class="${state}"><strong>${grouped(value)}</strong> ${label}</li>`;
}

function verdictMarkup({ verdict }: Report): Piece {
  const { sentences, next, tone } = verdict;
  const lines = sentences.map((line) => markup`<p>${line}</p> `);
  if (next !== null) lines.push(markup`<p><strong>${next}</strong></p> `);
  if (lines.length === 0) return null;
  return markup`<div class="verdict ${tone}">${lines}</div> `;
}

function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case "one":
      return subject.organization.name;
    case "many":
      return counted(subject.count, "organization");
    case "none":
      return counted(subject.failed, "organization");
  }
}

/** One organization by name, id and file; of several the number. */
function factList(subject: Subject, facts: readonly Fact[]): Markup {
  return markup`<dl class="facts">${subjectFact(subject)}${facts.map(
    ({ label, value, code }) => markup`
    <div>
      <dt>${label}</dt>
      <dd>${code ? markup`<code>${value}</code>` : value}</dd>
    </div>`,
  )}
  </dl> `;
}

function subjectFact(subject: Subject): Piece {
  if (subject.kind !== "one") return null;
  const { organization, source } = subject;
  const where = joined(
    [markup`<code>${organization.id}</code>`, markup`<code>${source}</code>`],
    " · ",
  );
  return markup`
    <div>
      <dt>Organization</dt>
      <dd><strong>${organization.name}</strong> ${where}</dd>
    </div>`;
}
