/** The HTML of every situation, without the style and the script, which are the same in all. */
import { test } from "node:test";
import { abridged, assertGolden } from "./golden.ts";
import { tablesOf } from "./html-situations.ts";
import { plans, results, tables } from "./situations.ts";
import { renderApplyHtml, renderPlanHtml, renderReportHtml } from "./render.ts";

/** The whole text unless it is very long; the data with one line per user. */
function content(html: string): string {
  const text = html
    .replace(/(<style>).*?(<\/style>)/s, "$1…$2")
    .replace(/(<script>).*?(<\/script>)/s, "$1…$2")
    .replaceAll(/'sha256-[^']*'/g, "'sha256-…'")
    .replaceAll(/(?<=[[,])(?=\{"(organization|name)":)/g, "\n");
  return text.split("\n").length > 500 ? abridged(text) : text;
}

for (const [name, plan] of Object.entries(plans)) {
  test(`plan: ${name}`, () => {
    assertGolden(`${name}.html`, content(renderPlanHtml(plan, tablesOf(plan))));
  });
}

for (const [name, result] of Object.entries(results)) {
  test(`apply: ${name}`, () => {
    const html = renderApplyHtml(result, tablesOf(result.plan));
    assertGolden(`${name}.apply.html`, content(html));
  });
}

for (const [name, access] of Object.entries(tables)) {
  test(`report: ${name}`, () => {
    assertGolden(`${name}.report.html`, content(renderReportHtml(access)));
  });
}
