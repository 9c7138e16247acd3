/** The sections of a report's page besides the table: holders of the admin role, unmanaged, ignored, pending. */
import { grouped } from "../../model/text.ts";
import type { AccessOrganization, AccessReport, AccessUser } from "../../report/access.ts";
import { UNCOVERED_TITLE } from "../../report/sections.ts";
import { address, joined, markup, type Markup, type Piece } from "./document.ts";
import { fold, organizationLines, roleList, type Section } from "./sections.ts";

export function accessSections(report: AccessReport): readonly Section[] {
  const present = (_: AccessUser, id: string): boolean => id !== "pending";
  const inState =
    (is: AccessUser["state"]) =>
    (user: AccessUser, id: string): boolean =>
      present(user, id) && user.state === is;
  return [
    section(report, "admins", "Holders of the admin role", (_, id) => id === "admins"),
    section(report, "unmanaged", "Unmanaged: not in the files", inState("unmanaged")),
    section(report, "ignored", "Ignored (policy.ignore)", inState("ignored")),
    section(
      report,
      "pending",
      "Pending: in the files, not in Polytomic yet",
      (_, id) => id === "pending",
    ),
    uncovered(report),
  ].flatMap((one) => one ?? []);
}

function uncovered({ uncovered: rows }: AccessReport): Section | null {
  if (rows.length === 0) return null;
  return {
    id: "uncovered",
    title: UNCOVERED_TITLE,
    count: grouped(rows.length),
    tone: "plain",
    body: fold(rows.length, "organizations", organizationLines(rows)),
  };
}

function section(
  report: AccessReport,
  id: string,
  title: string,
  includes: (user: AccessUser, group: string) => boolean,
): Section | null {
  const several = report.organizations.length > 1;
  const lines = report.organizations.flatMap((one) =>
    one.groups.flatMap((group) =>
      group.users
        .filter((user) => includes(user, group.id))
        .map((user) => userLine(user, one, id, several)),
    ),
  );
  if (lines.length === 0) return null;
  const body = markup`<ul class="lines">
    ${lines}
  </ul> `;
  return {
    id,
    title,
    count: grouped(lines.length),
    tone: id === "admins" ? "admin" : "plain",
    body: fold(lines.length, "users", body),
  };
}

function userLine(user: AccessUser, one: AccessOrganization, id: string, several: boolean): Markup {
  // Of a holder of the admin role it matters where that role comes from.
  const roles = id === "pending" ? user.roles : user.roles.filter(({ held }) => held);
  const admin = id === "admins" ? roles.filter((role) => role.admin) : [];
  const facts: readonly Piece[] = [
    several ? one.where.name : null,
    ...admin.map(({ words }) => joined(words, ", ")),
    ...user.about,
    id === "admins" || user.source === null ? null : markup`<code>${user.source}</code>`,
  ];
  return markup`<li>
    <span class="who">${address(user.email)}</span> <span>${roleList(
      roles.map(({ name }) => name),
      one.adminRole,
    )}</span>
    <span class="why">${joined(facts, " · ")}</span>
  </li> `;
}
