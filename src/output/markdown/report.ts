/** Who has access, for a review: holders of the admin role first and never folded, the others in folds. */
import type { AccessTable, Person } from "../../model/access.ts";
import { accessHeadline, grantWords, isAdmin, personWords } from "../access-words.ts";
import { roleLabels } from "../role-labels.ts";
import { counted } from "../../model/words.ts";
import { fitMarkdown, type Section } from "./budget.ts";
import {
  cell,
  cellProse,
  name,
  organizationColumn,
  type TableColumn,
  titleProse,
} from "./cells.ts";
import { tableSection, URGENT } from "./section.ts";

interface Row {
  readonly table: AccessTable;
  readonly person: Person;
}

export function renderReportMarkdown(
  tables: readonly AccessTable[],
  { limit }: { readonly limit: number },
): string {
  const several = tables.length > 1;
  const all = tables.flatMap((table) => table.people.map((person): Row => ({ table, person })));
  const admins = all.filter(({ table, person }) => isAdmin(table, person));
  const others = all.filter(({ table, person }) => !isAdmin(table, person));
  const organization = organizationColumn<Row>(several, ({ table }) => table.organization);
  const short = [PERSON, ...organization];
  const full = [...short, ROLES, ABOUT];
  return fitMarkdown(
    {
      top: top(tables),
      urgent: [
        () => ({ note: "", sections: [tableSection("With the admin role", admins, full, URGENT)] }),
        () => ({
          note: "Their roles are left out to fit.\n",
          sections: [tableSection("With the admin role", admins, short, URGENT)],
        }),
      ],
      rest: rest(others, full),
      bottom: "",
      elsewhere: "The text, CSV and HTML reports have all of it.",
    },
    limit,
  );
}

/** One organization is named; of several, their number is. */
function top(tables: readonly AccessTable[]): string {
  const [only] = tables;
  if (tables.length === 1 && only !== undefined) {
    const { organization, source } = only;
    const where = `${name(organization.name)} (${name(organization.id)}), ${name(source)}`;
    return `### Polytomic access: ${accessHeadline(only, titleProse)}\n\n${where}\n`;
  }
  const people = tables.reduce(
    (sum, { people }) => sum + people.filter(({ now }) => now).length,
    0,
  );
  const sum = `${counted(people, "person", "people")} in ${counted(tables.length, "organization")}`;
  return `### Polytomic access: ${sum}\n`;
}

function rest(others: readonly Row[], columns: readonly TableColumn<Row>[]): readonly Section[] {
  const of = (standing: Person["standing"]): readonly Row[] =>
    others.filter(({ person }) => person.standing === standing);
  return [
    tableSection("Not in the files", of("unmanaged"), columns, { folded: true, priority: 1 }),
    tableSection("In the files", of("managed"), columns, { folded: true, priority: 2 }),
    tableSection("Ignored", of("ignored"), columns, { folded: true, priority: 3 }),
  ];
}

const PERSON: TableColumn<Row> = { title: "Person", of: ({ person }) => cell(person.email) };
const ROLES: TableColumn<Row> = { title: "Roles, and where they come from", of: rolesOf };
const ABOUT: TableColumn<Row> = {
  title: "About",
  of: ({ person }) => personWords(person).map(cellProse).join(", "),
};

function rolesOf({ person }: Row): string {
  const label = roleLabels(person.holdings.map(({ role }) => role));
  return person.holdings
    .map((holding) => {
      const words = grantWords(person, holding).map(cellProse).join(", ");
      return `${cell(label(holding.role))}: ${words}`;
    })
    .join("<br>");
}
