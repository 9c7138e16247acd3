/** Organizations that the plan could not be made for; it is as true after an apply of the others. */
import type { FailedOrganization } from "../../model/plan.ts";
import { markup, type Markup } from "./markup.ts";
import type { Section } from "./section.ts";

export function failedOrganizations(failed: readonly FailedOrganization[]): Section {
  return {
    id: "failed",
    title: "Organizations that could not be planned",
    count: failed.length,
    alert: true,
    body: markup`<ul class="messages">
      ${failed.map(failedLine)}
    </ul> `,
  };
}

function failedLine({ source, organization, message }: FailedOrganization): Markup {
  return markup`<li>
    <strong>${organization ?? source}</strong>
    ${organization === null ? null : markup`<code>${source}</code>`} ${message}
  </li> `;
}
