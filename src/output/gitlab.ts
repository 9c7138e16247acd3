/** GitLab's Terraform report (`artifacts:reports:terraform`): the numbers that a merge request shows. */
import type { Plan } from "../model/plan.ts";
import { planCounts } from "../report/plan.ts";

export function renderGitlab(plan: Plan): string {
  const { add, change, rename, remove } = planCounts(plan);
  return `${JSON.stringify({ create: add, update: change + rename, delete: remove })}\n`;
}
