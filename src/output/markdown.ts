/** GitHub-flavoured Markdown for pull requests, merge requests and job summaries. */
export { renderApplyMarkdown } from "./markdown/apply.ts";
export { renderPlanMarkdown } from "./markdown/plan.ts";
export { renderReportMarkdown } from "./markdown/report.ts";
