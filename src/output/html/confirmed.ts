/**
 * Decides for which organizations a table of users and roles is shown after an apply. The table is made from the
 * plan, so it is correct only if every change was made and the read-back found no difference. Otherwise it is
 * omitted rather than shown with a warning, which a filter, a print-out or a screenshot would lose; `report` lists
 * the current users.
 */
import type { AccessTable } from "../../model/access.ts";
import type { ApplyResult, OrganizationResult } from "../../model/result.ts";
import { grouped } from "../../model/text.ts";
import { markup } from "./document.ts";
import type { Section } from "./sections.ts";

export interface ConfirmedTables {
  readonly shown: readonly AccessTable[];
  readonly leftOut: readonly AccessTable[];
}

export function confirmedTables(
  result: ApplyResult,
  tables: readonly AccessTable[],
): ConfirmedTables {
  const results = new Map(result.organizations.map((one) => [one.organization.id, one]));
  const confirmed = ({ organization }: AccessTable): boolean =>
    isConfirmed(results.get(organization.id));
  return { shown: tables.filter(confirmed), leftOut: tables.filter((table) => !confirmed(table)) };
}

function isConfirmed(result: OrganizationResult | undefined): boolean {
  if (result === undefined || result.differences.length > 0) return false;
  const outcomes = result.results.map(({ outcome }) => outcome);
  if (outcomes.some((one) => one === "failed" || one === "not-attempted")) return false;
  return outcomes.includes("applied") ? result.verified === true : result.verified !== false;
}

export function leftOutSection(tables: readonly AccessTable[]): Section {
  return {
    id: "no-table",
    title: "No table of users and roles",
    count: grouped(tables.length),
    tone: "plain",
    body: markup`<p>
        It is unknown whether Polytomic matches the plan, so a table made from the plan could be wrong.
        <code>polytomic-users report</code> lists who has access now.
      </p>
      <ul class="lines">
        ${tables.map(
          ({ organization, source }) => markup`<li>
    <span class="who">${organization.name}</span> <code>${organization.id}</code>
    <span class="why"><code>${source}</code></span>
  </li> `,
        )}
      </ul> `,
  };
}
