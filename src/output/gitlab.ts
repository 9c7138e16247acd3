/** GitLab's Terraform report (`artifacts:reports:terraform`): the numbers that a merge request shows. */
import type { Plan } from "../model/plan.ts";
import { changeCounts } from "./counts.ts";

export function renderGitlab(plan: Plan): string {
  const { create, update, remove } = changeCounts(plan);
  return `${JSON.stringify({ create, update, delete: remove })}\n`;
}
