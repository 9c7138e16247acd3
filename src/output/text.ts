/** Text for terminals and logs. */
export { renderPlanText } from "./text/plan.ts";
