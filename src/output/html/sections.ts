/**
 * The sections of a page. Changes are shown as in a diff: the action, the user, the roles before and after, and the
 * reason; after an apply, also the API's error message.
 */
import { counted, grouped, pathAndLine } from "../../model/text.ts";
import type { Entry, Kind } from "../../report/entries.ts";
import type {
  ChangeRow,
  ExpiringRow,
  MessageRow,
  OrganizationRow,
  OrganizationTable,
  Section as ReportSection,
  UserRow,
  Where,
} from "../../report/report.ts";
import { singleName } from "../../report/rows.ts";
import { address, joined, markup, type Markup, type Piece } from "./document.ts";

/** A part of the page with a heading and an entry in the contents. */
export interface Section {
  /** The element's id. */
  readonly id: string;
  readonly title: string;
  readonly count: string;
  readonly tone: "alarm" | "admin" | "plain";
  readonly body: Markup;
}

/** Longer lists open on request. */
const FOLD_ABOVE = 100;

export function sectionMarkup({ id, title, count, tone, body }: Section): Markup {
  return markup`<section id="${id}" class="${tone}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title} <span class="count">${count}</span></h2>
    ${body}
  </section> `;
}

/** Links to the sections, with their counts. */
export function contents(sections: readonly Section[]): Markup {
  const entries = sections.map(
    ({ id, title, count, tone }) => markup`<li>
    <a href="#${id}" class="${tone}">${title} <span class="count">${count.replace(/ .*/, "")}</span></a>
  </li> `,
  );
  return markup`<nav aria-label="Contents">
    <ul>
      ${entries}
    </ul>
  </nav> `;
}

export function fold(count: number, things: string, body: Markup, above = FOLD_ABOVE): Markup {
  if (count <= above) return body;
  return markup`<details>
    <summary>Show ${grouped(count)} ${things}</summary>
    ${body}
  </details> `;
}

export function renderSection(section: ReportSection): Section {
  const { id, title, count, tone, urgent } = section;
  const body = renderBody(section);
  const folds = !urgent && tone === "plain";
  return {
    id,
    title,
    count,
    tone,
    body: folds ? fold(section.rows.length, "entries", body) : body,
  };
}

function renderBody(section: ReportSection): Markup {
  switch (section.shape) {
    case "changes":
      return markup`${changeLists(section.rows)}`;
    case "messages":
      return markup`<ul class="messages">
        ${section.rows.map(messageLine)}
      </ul> `;
    case "users":
      return markup`<ul class="lines">
        ${section.rows.map(userLine)}
      </ul> `;
    case "expiring":
      return markup`<ul class="lines">
        ${section.rows.map(expiringLine)}
      </ul> `;
    case "organizations":
      return organizationLines(section.rows);
  }
}

export function organizationLines(rows: readonly OrganizationRow[]): Markup {
  return markup`<ul class="lines">
    ${rows.map(({ id, name }) => markup`<li><span class="who">${name}</span> <code>${id}</code></li> `)}
  </ul> `;
}

/** What is the same in many organizations first, then one list an organization, under its name. */
function changeLists(rows: readonly ChangeRow[]): Piece {
  const groups: { name: string | null; rows: ChangeRow[] }[] = [];
  for (const row of rows) {
    const name = singleName(row.in);
    const last = groups.at(-1);
    if (last !== undefined && last.name === name) last.rows.push(row);
    else groups.push({ name, rows: [row] });
  }
  return groups.map(({ name, rows }) => [
    name === null ? null : markup`<h3>${name}</h3> `,
    markup`<ul class="changes">
      ${rows.map(changeLine)}
    </ul> `,
  ]);
}

const SIGNS: Readonly<Record<Kind, string>> = { add: "+", change: "~", rename: "~", remove: "−" };

const WORDS: Readonly<Record<ChangeRow["voice"], Readonly<Record<Kind, string>>>> = {
  planned: { add: "add", change: "change", rename: "rename", remove: "remove" },
  missing: { add: "add", change: "change", rename: "rename", remove: "remove" },
  done: { add: "added", change: "changed", rename: "renamed", remove: "removed" },
};

const ADMIN_WORDS: Readonly<Record<ChangeRow["voice"], readonly [gains: string, loses: string]>> = {
  planned: ["gains", "loses"],
  done: ["gained", "lost"],
  missing: ["would gain", "would lose"],
};

function changeLine(row: ChangeRow): Markup {
  const { entry, voice, error } = row;
  return markup`<li class="${entry.kind}">
    <span class="what"><span class="sign" aria-hidden="true">${SIGNS[entry.kind]}</span> ${WORDS[voice][entry.kind]}</span>
    <span class="who">${who(entry)}</span>
    <span class="roles">${roleChange(entry)}${adminBadges(row)}</span>
    <span class="why">${why(entry)}</span>${whereFold(row.in)}${error === null ? null : markup` <span class="error">${error}</span>`}
  </li> `;
}

function who({ email, formerly }: Entry): Piece {
  if (formerly === null) return address(email);
  return markup`<span class="formerly">${address(formerly)}</span>${ARROW}${address(email)}`;
}

function roleChange({ before, after, gained, lost }: Entry): Piece {
  if (gained.length === 0 && lost.length === 0)
    return [roles(after, [], null), markup` <span class="none">(the same roles)</span>`];
  return [roles(before, lost, "lost"), ARROW, roles(after, gained, "gained")];
}

const ARROW = markup` <span class="arrow" aria-hidden="true">→</span><span class="sr">to</span> `;

/** Those that are marked carry a sign as well as a colour. */
function roles(
  all: readonly string[] | null,
  marked: readonly string[],
  mark: "gained" | "lost" | null,
): Piece {
  if (all === null) return markup`<span class="none">no access</span>`;
  if (all.length === 0) return markup`<span class="none">no role</span>`;
  return joined(
    all.map((role) =>
      marked.includes(role)
        ? markup`<span class="role ${mark}">${mark === "gained" ? "+" : "−"}${role}</span>`
        : markup`<span class="role">${role}</span>`,
    ),
    " ",
  );
}

function adminBadges({ entry, voice }: ChangeRow): Piece {
  const { kind, gainsAdmin, losesAdmin } = entry;
  const [gains, loses] = ADMIN_WORDS[voice];
  return [
    gainsAdmin === null
      ? null
      : markup` <strong class="badge admin">${gains} ${gainsAdmin}</strong>`,
    losesAdmin === null || kind === "remove"
      ? null
      : markup` <strong class="badge">${loses} ${losesAdmin}</strong>`,
  ];
}

function why({ why, source }: Entry): Piece {
  return joined(
    [...why, source === null ? null : markup`<code>${pathAndLine(source)}</code>`],
    " · ",
  );
}

/** The organizations of a row that stands for many. */
function whereFold(where: readonly Where[]): Piece {
  if (where.length < 2) return null;
  return namesFold(
    `in ${counted(where.length, "organization")}`,
    where.map(({ name }) => name),
  );
}

function namesFold(summary: string, names: readonly string[]): Markup {
  return markup` <details class="names"><summary>${summary}</summary>
    <ul>${names.map((one) => markup`<li>${one}</li> `)}</ul></details>`;
}

const BADGES = { alert: "badge alert", note: "badge", none: "who" } as const;

function messageLine({ label, badge, source, text, users, in: where }: MessageRow): Markup {
  const name = singleName(where);
  return markup`<li>
    ${name === null ? null : markup`<strong>${name}:</strong> `}<strong class="${BADGES[badge ?? "none"]}">${badge === null ? address(label) : label}</strong>
    ${source === null ? null : markup`<code>${source}</code>`} <span class="text">${text}</span>${whereFold(where)}${users.length === 0 ? null : namesFold(counted(users.length, "user"), users)}
  </li> `;
}

/** Roles side by side. */
export function roleList(roles: readonly string[], adminRole: string): Piece {
  if (roles.length === 0) return markup`<span class="none">no role</span>`;
  return joined(
    roles.map(
      (role) => markup`<span class="role${role === adminRole ? " admin" : null}">${role}</span>`,
    ),
    " ",
  );
}

function userLine({ email, roles, adminRole, note, in: where }: UserRow): Markup {
  return markup`<li>
    <span class="who">${address(email)}</span>
    <span>${roleList(roles, adminRole)}</span>
    <span class="why">${joined([singleName(where), note], " · ")}</span>${whereFold(where)}
  </li> `;
}

function expiringLine({ email, role, on, source, in: where }: ExpiringRow): Markup {
  return markup`<li>
    <span class="who">${address(email)}</span>
    <span>${role === null ? "all access" : roleList([role], "")} expires ${on}</span>
    <span class="why">${joined([singleName(where), markup`<code>${pathAndLine(source)}</code>`], " · ")}</span>${whereFold(where)}
  </li> `;
}

/** One line an organization, with its figures. */
export function organizationsSection({ columns, rows }: OrganizationTable): Section {
  const table = markup`<div
    class="scroller"
    role="region"
    tabindex="0"
    aria-label="Organizations (scrollable)"
  >
    <table class="figures">
      <thead>
        <tr>
          ${["Organization", "File", ...columns].map((name) => markup`<th scope="col">${name}</th> `)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ where, cells }) => markup`<tr>
    <th scope="row">${where.name}<br /><code>${where.id}</code></th>
    <td><code>${where.source}</code></td>
    ${cells.map((cell, at) => markup`<td data-label="${columns[at] ?? null}">${cell}</td>`)}
  </tr> `,
        )}
      </tbody>
    </table>
  </div> `;
  return {
    id: "organizations",
    title: "Organizations",
    count: grouped(rows.length),
    tone: "plain",
    body: fold(rows.length, "organizations", table, 8),
  };
}
