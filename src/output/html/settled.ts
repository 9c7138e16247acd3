/**
 * Of which organizations a table of people and roles may be shown after an apply. It is made from the plan, so it
 * shows what is there only where every change is so and the read-back found nothing else. Where that is not known
 * there is none, rather than one with a warning: a warning does not survive a filter, a print-out or a screenshot,
 * and `report` lists what is there.
 */
import type { AccessTable } from "../../model/access.ts";
import type { ApplyResult, OrganizationResult } from "../../model/result.ts";
import { markup, type Markup } from "./markup.ts";
import type { Section } from "./section.ts";

export interface Settled {
  readonly shown: readonly AccessTable[];
  readonly leftOut: readonly AccessTable[];
}

export function settledTables(result: ApplyResult, tables: readonly AccessTable[]): Settled {
  const results = new Map(result.organizations.map((one) => [one.organization.id, one]));
  const settled = ({ organization }: AccessTable): boolean =>
    isSettled(results.get(organization.id));
  return { shown: tables.filter(settled), leftOut: tables.filter((table) => !settled(table)) };
}

function isSettled(result: OrganizationResult | undefined): boolean {
  if (result === undefined || result.differences.length > 0) return false;
  const outcomes = result.results.map(({ outcome }) => outcome);
  if (outcomes.some((one) => one === "failed" || one === "not-attempted")) return false;
  return outcomes.includes("applied") ? result.verified === true : result.verified !== false;
}

export function leftOutSection(tables: readonly AccessTable[]): Section {
  return {
    id: "no-table",
    title: "No table of people and roles",
    count: tables.length,
    alert: false,
    body: markup`<p>
        What is there is not known to be what was planned, so a table made from the plan could be wrong.
        <code>polytomic-users report</code> lists who has access now.
      </p>
      <ul class="lines">
        ${tables.map(organizationLine)}
      </ul> `,
  };
}

function organizationLine({ organization, source }: AccessTable): Markup {
  return markup`<li>
    <span class="who">${organization.name}</span> <code>${organization.id}</code>
    <span class="why"><code>${source}</code></span>
  </li> `;
}
