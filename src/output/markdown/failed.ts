/** Organizations that could not be planned, and so were not touched. */
import type { FailedOrganization } from "../../model/plan.ts";
import type { Section } from "./budget.ts";
import { name, prose } from "./cells.ts";
import { listSection } from "./section.ts";

export function failedSection(failed: readonly FailedOrganization[]): Section {
  const sentences = failed.map(({ source, organization, message }) => {
    const who = organization === null ? name(source) : `${name(organization)} (${name(source)})`;
    return `${who}: ${prose(message)}`;
  });
  return listSection("Organizations that could not be planned", sentences, 1);
}
