/** One line an organization, with its figures: for pages about several. */
import type { Organization } from "../../model/current.ts";
import { markup, type Markup } from "./markup.ts";

export interface FiguresRow {
  readonly organization: Organization;
  /** The path of its file. */
  readonly source: string;
  readonly cells: readonly string[];
}

export function figuresTable(columns: readonly string[], rows: readonly FiguresRow[]): Markup {
  return markup`<div
    class="scroller"
    role="region"
    tabindex="0"
    aria-label="Organizations, can be scrolled"
  >
    <table class="figures">
      <thead>
        <tr>
          ${["Organization", "File", ...columns].map(columnHeader)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(figuresRow)}
      </tbody>
    </table>
  </div> `;
}

function columnHeader(name: string): Markup {
  return markup`<th scope="col">${name}</th> `;
}

function figuresRow({ organization, source, cells }: FiguresRow): Markup {
  return markup`<tr>
    <th scope="row">${organization.name}<br /><code>${organization.id}</code></th>
    <td><code>${source}</code></td>
    ${cells.map((cell) => markup`<td>${cell}</td>`)}
  </tr> `;
}
