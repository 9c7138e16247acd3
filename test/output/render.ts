/** Renders a plan, a result or access tables, through their report, in each format. */
import type { AccessTable, Origin } from "../../src/model/access.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import * as html from "../../src/output/html.ts";
import { type MarkdownOptions, renderMarkdown } from "../../src/output/markdown.ts";
import { renderReportMarkdown as reportMarkdown } from "../../src/output/markdown/access.ts";
import { renderText } from "../../src/output/text.ts";
import { renderReportText as reportText } from "../../src/output/text/access.ts";
import { accessReport } from "../../src/report/access.ts";
import { originFacts } from "../../src/report/facts.ts";
import { applyReport } from "../../src/report/apply.ts";
import { planReport } from "../../src/report/plan.ts";

type AllTextOptions = Parameters<typeof renderText>[1];
type TextOptions = Omit<AllTextOptions, "command"> & Partial<AllTextOptions>;
type Markdown = Pick<MarkdownOptions, "limit"> & Partial<MarkdownOptions>;

const markdownDefaults = { command: null, merge: false, artifact: null };

export function renderPlanText(plan: Plan, options: TextOptions): string {
  return renderText(planReport(plan), { command: null, ...options });
}

export function renderApplyText(result: ApplyResult, options: TextOptions): string {
  return renderText(applyReport(result), { command: null, ...options });
}

export function renderReportText(tables: readonly AccessTable[], options: TextOptions): string {
  return reportText(accessReport(tables), options);
}

export function renderPlanMarkdown(plan: Plan, options: Markdown): string {
  return renderMarkdown(planReport(plan), { ...markdownDefaults, ...options });
}

export function renderApplyMarkdown(result: ApplyResult, options: Markdown): string {
  return renderMarkdown(applyReport(result), { ...markdownDefaults, ...options });
}

export function renderReportMarkdown(
  tables: readonly AccessTable[],
  options: { readonly limit: number },
): string {
  return reportMarkdown(accessReport(tables), options);
}

export function renderPlanHtml(plan: Plan, tables: readonly AccessTable[]): string {
  return html.renderPlanHtml(planReport(plan), tables);
}

export function renderApplyHtml(result: ApplyResult, tables: readonly AccessTable[]): string {
  return html.renderApplyHtml(applyReport(result), result, tables);
}

export function renderReportHtml(tables: readonly AccessTable[], origin?: Origin): string {
  const facts = origin === undefined ? [] : originFacts(origin);
  return html.renderReportHtml(accessReport(tables, facts), tables);
}
