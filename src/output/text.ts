/** Text for terminals and logs. */
export { renderApplyText } from "./text/apply.ts";
export { renderPlanText } from "./text/plan.ts";
export { renderReportText } from "./text/report.ts";
