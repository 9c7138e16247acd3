/** Who has access, for a review: holders of the admin role first and never folded, the others in folds. */
import type { AccessTable, Person } from "../../model/access.ts";
import { accessHeadline, grantWords, isAdmin, personWords } from "../access-words.ts";
import { roleLabels } from "../role-labels.ts";
import { counted } from "../words.ts";
import { fitMarkdown, type Rest, type Section } from "./budget.ts";
import {
  cell,
  cellProse,
  name,
  organizationColumn,
  type TableColumn,
  tableHead,
  tableRow,
  titleProse,
} from "./cells.ts";

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
        () => ({ note: "", sections: [section("With the admin role", admins, full)] }),
        () => ({
          note: "Their roles are left out to fit.\n",
          sections: [section("With the admin role", admins, short)],
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

function rest(others: readonly Row[], columns: readonly TableColumn<Row>[]): readonly Rest[] {
  const of = (standing: Person["standing"]): readonly Row[] =>
    others.filter(({ person }) => person.standing === standing);
  return [
    section("Not in the files", of("unmanaged"), columns),
    section("In the files", of("managed"), columns),
    section("Ignored", of("ignored"), columns),
  ]
    .filter(({ rows }) => rows.length > 0)
    .map((one, priority) => ({ ...one, folded: true, priority }));
}

function section(
  title: string,
  found: readonly Row[],
  columns: readonly TableColumn<Row>[],
): Section {
  return {
    title,
    folded: false,
    head: tableHead(columns),
    rows: found.map((row) => tableRow(row, columns)),
    count: found.length,
  };
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
