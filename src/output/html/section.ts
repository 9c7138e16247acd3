/** A part of the page with a heading, an entry in the contents and the number of things in it. */
import { grouped } from "../../model/words.ts";
import { markup, type Markup } from "./markup.ts";

export interface Section {
  /** The element's id. */
  readonly id: string;
  readonly title: string;
  readonly count: number;
  /** Something is wrong. */
  readonly alert: boolean;
  readonly body: Markup;
}

/** Longer lists open on request. */
const FOLD_ABOVE = 100;

export function sectionMarkup({ id, title, count, alert, body }: Section): Markup {
  return markup`<section id="${id}" class="${alert ? "alarm" : "part"}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title} <span class="count">${grouped(count)}</span></h2>
    ${body}
  </section> `;
}

/** Links to the sections, with their counts. */
export function contents(sections: readonly Section[]): Markup {
  return markup`<nav aria-label="Contents">
    <ul>
      ${sections.map(contentsEntry)}
    </ul>
  </nav> `;
}

function contentsEntry({ id, title, count, alert }: Section): Markup {
  const total = markup`<span class="count">${grouped(count)}</span>`;
  return markup`<li>
    <a href="#${id}" class="${alert ? "alarm" : "part"}">${title} ${total}</a>
  </li> `;
}

export function fold(count: number, things: string, body: Markup): Markup {
  if (count <= FOLD_ABOVE) return body;
  return markup`<details>
    <summary>Show ${grouped(count)} ${things}</summary>
    ${body}
  </details> `;
}
