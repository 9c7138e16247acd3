/** The frame of the users × roles table, which the page's script fills; a note replaces it without JavaScript. */
import type { Matrix, View } from "./matrix.ts";
import { markup, type Markup, type Piece } from "./document.ts";
import { grouped } from "../../model/text.ts";
import type { Section } from "./sections.ts";

type Option = readonly [value: string, label: string];

const CHANGES: readonly Option[] = [
  ["", "All"],
  ["any", "Any change"],
  ["added", "Added"],
  ["changed", "Changed"],
  ["renamed", "Renamed"],
  ["removed", "Removed"],
  ["unchanged", "Unchanged"],
];

const STATES: readonly Option[] = [
  ["", "All"],
  ["managed", "Managed"],
  ["unmanaged", "Unmanaged"],
  ["ignored", "Ignored"],
];

const CAPTIONS: Readonly<Record<View, string>> = {
  plan: "Users and their roles, now and after this plan",
  apply: "Users and their roles, before and after this apply",
  report: "Users and their roles",
};

const MARKS: Readonly<Record<Exclude<View, "report">, readonly [gained: string, lost: string]>> = {
  plan: ["gains", "loses"],
  apply: ["gained", "lost"],
};

export function usersSection(matrix: Matrix): Section {
  return {
    id: "users",
    title: "Users and roles",
    count: grouped(matrix.rows.length),
    tone: "plain",
    body: markup`<noscript>
        <p class="note">
          This table, with its search and filters, needs JavaScript. The rest of this page does
          not.
        </p>
      </noscript>
      <form id="filters" role="search" aria-label="Users" autocomplete="off" hidden>
        <p class="field wide">
          <label for="search">Search</label>
          <input
            id="search"
            type="search"
            spellcheck="false"
            placeholder="Address, reason, file, group"
          />
        </p>
        ${filterFields(matrix)}
        <p class="field check">
          <input id="sources" type="checkbox" />
          <label for="sources">Show the source of each role</label>
        </p>
        <p class="field"><button type="reset">Clear</button></p>
      </form>
      <p id="shown" role="status"></p>
      ${legend(matrix)}
      <div
        id="matrix"
        class="scroller"
        role="region"
        tabindex="0"
        aria-labelledby="matrix-caption"
        hidden
      >
        <table>
          <caption id="matrix-caption">
            ${CAPTIONS[matrix.view]}
          </caption>
          <thead></thead>
          <tbody></tbody>
        </table>
      </div>
      <p id="none" hidden>No user matches the search and the filters.</p>
      <p id="more" hidden>
        <button type="button" id="show-more">Show more</button>
        <button type="button" id="show-all">Show all</button>
      </p> `,
  };
}

function filterFields({ view, columns, organizations }: Matrix): Piece {
  const roles = columns.map(({ name }, index): Option => [String(index), name]);
  const names = organizations.map((name, index): Option => [String(index), name]);
  return [
    field("role", "Role", [["", "Any"], ...roles]),
    view === "report" ? null : field("change", "Change", CHANGES),
    field("state", "State", STATES),
    organizations.length > 1
      ? field("organization", "Organization", [["", "All"], ...names])
      : null,
  ];
}

function field(id: string, label: string, options: readonly Option[]): Markup {
  return markup`<p class="field">
    <label for="${id}">${label}</label>
    <select id="${id}">
      ${options.map(([value, label]) => markup`<option value="${value}">${label}</option>`)}
    </select>
  </p> `;
}

function legend({ view }: Matrix): Piece {
  return markup`<ul class="legend" aria-label="Symbols in the table" hidden>
    <li><span class="mark kept">•</span> has</li>
    ${view === "report" ? null : changeLegend(MARKS[view])}
    <li><span class="mark kept">*</span> expires</li>
  </ul>`;
}

function changeLegend([gained, lost]: readonly [gained: string, lost: string]): Markup {
  return markup`<li><span class="mark gained">+</span> ${gained}</li>
    <li><span class="mark lost">−</span> ${lost}</li> `;
}
