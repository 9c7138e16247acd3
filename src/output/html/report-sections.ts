/** The sections of a report's page beside the table: who holds the admin role, and who is not in the files. */
import type { AccessTable, Person } from "../../model/access.ts";
import { isAdmin, personWords } from "../access-words.ts";
import { roleLabels } from "../role-labels.ts";
import { lineOf } from "../../model/words.ts";
import { roleList } from "./change-list.ts";
import { markup, joined, type Markup, type Piece } from "./markup.ts";
import { fold, type Section } from "./section.ts";

export function reportSections(tables: readonly AccessTable[]): readonly Section[] {
  const sections = [
    section(tables, "admins", "Holders of the admin role", (person, table) =>
      isAdmin(table, person),
    ),
    section(tables, "unmanaged", "Not in the files", ({ standing }) => standing === "unmanaged"),
    section(tables, "ignored", "Ignored", ({ standing }) => standing === "ignored"),
  ];
  return sections.filter(({ count }) => count > 0);
}

function section(
  tables: readonly AccessTable[],
  id: string,
  title: string,
  includes: (person: Person, table: AccessTable) => boolean,
): Section {
  const several = tables.length > 1;
  const lines = tables.flatMap((table) =>
    table.people
      .filter((person) => person.now && includes(person, table))
      .map((person) => personLine(person, table, several)),
  );
  const body = markup`<ul class="lines">
    ${lines}
  </ul> `;
  return { id, title, count: lines.length, alert: false, body: fold(lines.length, "people", body) };
}

function personLine(person: Person, table: AccessTable, several: boolean): Markup {
  const roles = person.holdings.filter(({ now }) => now).map(({ role }) => role);
  const labels = roles.map(roleLabels(roles));
  return markup`<li>
    <span class="who">${person.email}</span> <span>${roleList(labels, table.adminRole.name)}</span>
    <span class="why">${joined(facts(person, several ? table.organization.name : null), " · ")}</span>
  </li> `;
}

const STANDINGS = { managed: null, unmanaged: "not in the files", ignored: "ignored" } as const;

function facts(person: Person, organization: string | null): readonly Piece[] {
  return [
    organization,
    STANDINGS[person.standing],
    ...personWords(person),
    person.source === null ? null : markup`<code>${lineOf(person.source)}</code>`,
  ];
}
