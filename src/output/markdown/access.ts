/** Who has access, for a review: first the holders of the admin role, then the others, in collapsed sections. */
import type { AccessGroup, AccessReport, AccessUser } from "../../report/access.ts";
import { UNCOVERED_TITLE } from "../../report/sections.ts";
import { grouped } from "../../model/text.ts";
import { fitMarkdown, type Section } from "./budget.ts";
import {
  cell,
  cellProse,
  name,
  organizationsForm,
  prose,
  type TableColumn,
  tableForm,
  titleProse,
} from "./cells.ts";

interface Row {
  readonly user: AccessUser;
  readonly organization: string;
}

export function renderReportMarkdown(
  report: AccessReport,
  { limit }: { readonly limit: number },
): string {
  const several = report.organizations.length > 1;
  const of = (id: AccessGroup["id"]): readonly Row[] =>
    report.organizations.flatMap((one) =>
      one.groups
        .filter((group) => group.id === id)
        .flatMap(({ users }) => users.map((user) => ({ user, organization: one.where.name }))),
    );
  const others = of("others").toSorted(
    (a, b) => ORDER.indexOf(a.user.state) - ORDER.indexOf(b.user.state),
  );
  return fitMarkdown(
    {
      top: top(report),
      sections: [
        section("Holders of the admin role", of("admins"), several, 0),
        section("Other users", others, several, 1),
        section("Pending, in the files and not in Polytomic yet", of("pending"), several, 2),
        uncovered(report),
      ].flatMap((one) => one),
      bottom: report.facts.map(({ label, value }) => `- ${label}: ${prose(value)}\n`).join(""),
      elsewhere: "The text, CSV and HTML reports are complete.",
    },
    limit,
  );
}

/** What deserves a look first. */
const ORDER: readonly AccessUser["state"][] = ["unmanaged", "managed", "ignored"];

/** One organization is named; of several, their number is. */
function top(report: AccessReport): string {
  const notice = report.notice === null ? "" : `\n> [!WARNING]\n> ${prose(report.notice)}\n`;
  const title = `### Polytomic access: ${titleProse(report.headline)}\n${notice}`;
  const [only] = report.organizations;
  if (only === undefined || report.organizations.length > 1) return title;
  const { organization, source } = only;
  return `${title}\n${name(organization.name)} (${name(organization.id)}), ${name(source)}\n`;
}

function section(
  title: string,
  rows: readonly Row[],
  several: boolean,
  priority: number,
): readonly Section[] {
  if (rows.length === 0) return [];
  const short: readonly TableColumn<Row>[] = [
    USER,
    ...(several ? [{ title: "Organization", of: (row: Row) => cell(row.organization) }] : []),
  ];
  const urgent = priority === 0;
  const brief = () => tableForm(rows, short, "Their roles are omitted to fit.");
  return [
    {
      title,
      count: grouped(rows.length),
      style: urgent ? "open" : "folded",
      urgent,
      priority,
      forms: [() => tableForm(rows, [...short, ROLES, ABOUT]), ...(urgent ? [brief] : [])],
    },
  ];
}

function uncovered({ uncovered: rows }: AccessReport): readonly Section[] {
  if (rows.length === 0) return [];
  const count = grouped(rows.length);
  const forms = [() => organizationsForm(rows)];
  return [{ title: UNCOVERED_TITLE, count, style: "folded", urgent: false, priority: 3, forms }];
}

const USER: TableColumn<Row> = { title: "User", of: ({ user }) => cell(user.email) };
const ROLES: TableColumn<Row> = {
  title: "Roles, and where they come from",
  of: ({ user }) =>
    user.roles
      .map(({ name, words }) => `${cell(name)}: ${words.map(cellProse).join(", ")}`)
      .join("<br>"),
};
const ABOUT: TableColumn<Row> = {
  title: "About",
  of: ({ user }) => user.about.map(cellProse).join(", "),
};
