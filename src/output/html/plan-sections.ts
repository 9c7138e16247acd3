/** The sections of a plan's page, the most serious first. A section without content is left out. */
import type { Expiring, OrganizationPlan, Plan } from "../../model/plan.ts";
import { violationText } from "../../model/wording.ts";
import { countsOf } from "../counts.ts";
import { entriesOf, type Entry, urgencyOf } from "../entries.ts";
import { roleLabels } from "../role-labels.ts";
import { counted, grouped, lineOf } from "../../model/words.ts";
import { changeLists, roleList } from "./change-list.ts";
import { failedOrganizations } from "./failed-organizations.ts";
import { figuresTable, type FiguresRow } from "./figures-table.ts";
import { joined, markup, type Markup } from "./markup.ts";
import { fold, type Section } from "./section.ts";

export function planSections(plan: Plan): readonly Section[] {
  const sections = [
    failedOrganizations(plan.failed),
    violations(plan),
    removalsAndAdmins(plan),
    otherChanges(plan),
    leftOut(plan),
    expiring(plan),
    bystanders(plan, "unmanaged"),
    bystanders(plan, "ignored"),
    organizations(plan),
  ];
  return sections.filter(({ count }) => count > 0);
}

function violations(plan: Plan): Section {
  const several = plan.organizations.length > 1;
  const items = plan.organizations.flatMap(({ organization, violations }) =>
    violations.map(
      (one) =>
        markup`<li>
          <strong class="badge alert">${one.guard}</strong>
          ${several ? markup`<strong>${organization.name}:</strong> ` : null}${violationText(one)}
        </li> `,
    ),
  );
  return {
    id: "violations",
    title: "Guard violations",
    count: items.length,
    alert: true,
    body: markup`<p>Nothing will be written while these stand.</p>
      <ul class="messages">
        ${items}
      </ul> `,
  };
}

function removalsAndAdmins(plan: Plan): Section {
  const entries = allEntries(plan).filter((entry) => urgencyOf(entry) !== "other");
  return {
    id: "serious",
    title: "Removals and gained admin rights",
    count: entries.length,
    alert: false,
    body: markup`${changeLists(entries, plan.organizations.length > 1)}`,
  };
}

function otherChanges(plan: Plan): Section {
  const entries = allEntries(plan).filter((entry) => urgencyOf(entry) === "other");
  return foldedChanges(plan, "other", "Other changes", entries);
}

function leftOut(plan: Plan): Section {
  const entries = plan.organizations.flatMap((each) => entriesOf(each, each.leftOut));
  return foldedChanges(plan, "left-out", "Left out by --only", entries);
}

function allEntries({ organizations }: Plan): readonly Entry[] {
  return organizations.flatMap((organization) => entriesOf(organization));
}

function foldedChanges(
  { organizations }: Plan,
  id: string,
  title: string,
  entries: readonly Entry[],
): Section {
  const lists = markup`${changeLists(entries, organizations.length > 1)}`;
  const body = fold(entries.length, "changes", lists);
  return { id, title, count: entries.length, alert: false, body };
}

function expiring({ organizations }: Plan): Section {
  const several = organizations.length > 1;
  const entries = organizations.flatMap(({ organization, expiring }) =>
    expiring.map((entry) => ({ entry, organization: organization.name })),
  );
  const lines = entries.map(({ entry, organization }) =>
    expiringLine(entry, several ? organization : null),
  );
  return {
    id: "expiring",
    title: "Ends within 14 days",
    count: lines.length,
    alert: false,
    body: fold(
      lines.length,
      "entries",
      markup`<ul class="lines">
        ${lines}
      </ul> `,
    ),
  };
}

function expiringLine({ email, role, on, source }: Expiring, organization: string | null): Markup {
  return markup`<li>
    <span class="who">${email}</span>
    <span>${role === null ? "all access" : roleList([role], "")} until ${on}</span>
    <span class="why">${joined([organization, markup`<code>${lineOf(source)}</code>`], " · ")}</span>
  </li> `;
}

function bystanders({ organizations }: Plan, kind: "unmanaged" | "ignored"): Section {
  const several = organizations.length > 1;
  const lines = organizations.flatMap((plan) =>
    plan[kind].map(
      ({ email, roles }) =>
        markup`<li>
          <span class="who">${email}</span>
          <span>${roleList(roles.map(roleLabels(roles)), plan.situation.adminRole.name)}</span>
          <span class="why">${several ? plan.organization.name : null}</span>
        </li> `,
    ),
  );
  return {
    id: kind,
    title: kind === "unmanaged" ? "Not in the files, kept" : "Ignored",
    count: lines.length,
    alert: false,
    body: fold(
      lines.length,
      "people",
      markup`<ul class="lines">
        ${lines}
      </ul> `,
    ),
  };
}

/** One line an organization; a plan of one needs no such table. */
function organizations({ organizations: all }: Plan): Section {
  const columns = ["Added", "Changed", "Removed", "Unchanged", "Violations"];
  const table = figuresTable(columns, all.map(organizationRow));
  return {
    id: "organizations",
    title: "Organizations",
    count: all.length > 1 ? all.length : 0,
    alert: false,
    body: fold(all.length, "organizations", table),
  };
}

function organizationRow(plan: OrganizationPlan): FiguresRow {
  const { organization, source, unchanged, violations } = plan;
  const { added, changed, demoted, renamed, removed } = countsOf(entriesOf(plan));
  const counts = [added, changed + demoted + renamed, removed, unchanged];
  const broken = violations.length === 0 ? "none" : counted(violations.length, "violation");
  return { organization, source, cells: [...counts.map(grouped), broken] };
}
