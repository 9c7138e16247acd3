/** Every role of every user as a row, with its source and start date: the table that is signed. It needs no script. */
import { dayOf } from "../../model/days.ts";
import type { Since } from "../../model/history.ts";
import { grouped } from "../../model/text.ts";
import type {
  AccessOrganization,
  AccessReport,
  AccessRole,
  AccessUser,
} from "../../report/access.ts";
import { sinceText } from "../../report/history-words.ts";
import { address, joined, markup, type Markup, type Piece } from "./document.ts";
import type { Section } from "./sections.ts";

/** Nothing where nothing of it is known: a report without files. */
export function registerSection(report: AccessReport): readonly Section[] {
  if (report.organizations.every(({ basis }) => basis === "polytomic")) return [];
  const several = report.organizations.length > 1;
  const rows = report.organizations.flatMap((one) =>
    one.groups.flatMap(({ users }) => users.flatMap((user) => userRows(user, one, several))),
  );
  if (rows.length === 0) return [];
  const columns = [
    ...(several ? ["Organization"] : []),
    "User",
    "Role",
    "Granted in",
    "Since",
    "Commit",
    "Expires",
    "Reason and remarks",
  ];
  return [
    {
      id: "register",
      title: "Every role: source and start date",
      count: grouped(rows.length),
      tone: "plain",
      body: markup`<div
        class="scroller"
        role="region"
        tabindex="0"
        aria-label="Every role (scrollable)"
      >
        <table>
          <thead>
            <tr>
              ${columns.map((name) => markup`<th scope="col">${name}</th> `)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div> `,
    },
  ];
}

function userRows(user: AccessUser, one: AccessOrganization, several: boolean): readonly Markup[] {
  const roles = user.roles.length === 0 ? [null] : user.roles;
  return roles.map(
    (role) =>
      markup`<tr>
        ${several ? markup`<td data-label="Organization">${one.where.name}</td> ` : null}
        <th scope="row">${address(user.email)}</th>
        <td data-label="Role">${role === null ? "no role" : roleName(role)}</td>
        <td data-label="Granted in">${role === null ? null : joined(role.grantedBy, ", ")}</td>
        ${sinceCells(role?.since ?? null)}
        <td class="day" data-label="Expires">${role?.expires ?? null}</td>
        <td data-label="Reason and remarks">${joined(remarks(user, role), ", ")}</td>
      </tr> `,
  );
}

function roleName({ name, admin }: AccessRole): Piece {
  return admin ? markup`<strong>${name}</strong>` : name;
}

function sinceCells(since: Since | null): Piece {
  if (since === null) return markup`<td></td> <td></td>`;
  if (since.kind !== "commit")
    return markup`<td colspan="2" data-label="Since">${sinceText(since) ?? "not known"}</td>`;
  const { commit } = since;
  const label = commit.pullRequest === null ? null : ` ${commit.pullRequest.label}`;
  return markup`<td class="day" data-label="Since">${dayOf(commit.time)}</td>
    <td data-label="Commit"><code>${commit.id.slice(0, 12)}</code>${label}<br />${commit.author}: ${commit.subject}</td>`;
}

function remarks(user: AccessUser, role: AccessRole | null): readonly Piece[] {
  return [
    role !== null && !role.held ? "pending: not in Polytomic yet" : null,
    role !== null && role.removed ? "apply would remove it" : null,
    ...user.about,
  ];
}
