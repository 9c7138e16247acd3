/** The page of an access review: keep or revoke for each row, and the CSV that `review --decisions` takes. */
import type { Day } from "../../model/days.ts";
import { WORKSHEET_COLUMNS, type WorksheetRow } from "../../model/worksheet.ts";
import { counted } from "../../model/text.ts";
import { worksheetCells } from "../csv.ts";
import { document, markup } from "./document.ts";

/** What the page's script gets. */
export interface ReviewData {
  readonly columns: readonly string[];
  /** The first cells of each row; the decision, the reviewer and the note are the page's. */
  readonly rows: readonly (readonly string[])[];
  /** Indexes of rows with the admin role. */
  readonly admins: readonly number[];
}

/** `incomplete` says which organizations could not be read; null where all were. */
export function renderReviewHtml(
  rows: readonly WorksheetRow[],
  asOf: Day,
  incomplete: string | null = null,
): string {
  const data: ReviewData = {
    columns: WORKSHEET_COLUMNS,
    rows: rows.map(worksheetCells),
    admins: rows.flatMap(({ admin }, index) => (admin ? [index] : [])),
  };
  const users = new Set(rows.map(({ organization, email }) => `${organization}\n${email}`)).size;
  return document({
    title: "Access review · polytomic-users",
    header: markup`<header>
      <p class="product">polytomic-users review</p>
      <h1>Access review</h1>
      <p class="headline">${counted(rows.length, "role")} of ${counted(users, "user")}, as of ${asOf}</p>
      <p class="verdict">Decide each row, save the CSV, then run <code>polytomic-users review --decisions FILE</code>. This page sends no data anywhere.</p>
      ${incomplete === null ? null : markup`<p class="verdict alarm">${incomplete}</p>`}
    </header>`,
    main: [
      markup`<section>
        <noscript><p class="note">The table and the decisions need JavaScript. Without it, decide in a spreadsheet: <code>polytomic-users review --output csv=review.csv</code>.</p></noscript>
        <div id="filters">
          <div class="field wide"><label for="search">Search</label><input id="search" type="search" placeholder="address, role, source, reason" autocomplete="off"></div>
          <div class="field"><label for="state">Decision</label><select id="state"><option value="all">all</option><option value="">undecided</option><option value="keep">keep</option><option value="revoke">revoke</option></select></div>
          <div class="field"><label for="organization">Organization</label><select id="organization"><option value="">all</option></select></div>
          <div class="field"><label for="reviewer">Reviewer</label><input id="reviewer" type="text" placeholder="your name" autocomplete="name"></div>
          <div class="field"><button type="button" id="keep-all">Keep all shown</button></div>
          <div class="field"><button type="button" id="clear-all">Clear all shown</button></div>
          <div class="field"><button type="button" id="save">Save CSV</button></div>
          <div class="field"><button type="button" id="load">Load CSV</button><input id="file" type="file" accept=".csv,text/csv" multiple hidden></div>
        </div>
        <p id="progress" role="status"></p>
        <div id="loaded" role="status"></div>
        <p class="note">Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous row, <kbd>y</kbd> keep, <kbd>n</kbd> revoke, <kbd>u</kbd> undecided, <kbd>/</kbd> search. To continue with a saved CSV, load it or drop it on the page.</p>
        <div class="scroller">
          <table id="review"><thead></thead><tbody></tbody></table>
        </div>
        <p id="empty" hidden>No row matches.</p>
        <p id="more" hidden><button type="button">Show more</button></p>
      </section>`,
    ],
    data,
    script: "review-page.js",
  });
}
