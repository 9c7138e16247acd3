/** Organizations that could not be planned, and so were not touched. */
import type { FailedOrganization } from "../../model/plan.ts";
import type { Rest } from "./budget.ts";
import { name, prose } from "./cells.ts";

export function failedSection(failed: readonly FailedOrganization[]): readonly Rest[] {
  if (failed.length === 0) return [];
  const rows = failed.map(({ source, organization, message }) => {
    const who = organization === null ? name(source) : `${name(organization)} (${name(source)})`;
    return `- ${who}: ${prose(message)}`;
  });
  const title = "Organizations that could not be planned";
  return [{ title, folded: false, head: "", rows, count: rows.length, priority: 1 }];
}
