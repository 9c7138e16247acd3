/** The page of an access review, in a real browser. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, beforeEach, test } from "node:test";
import type { Page } from "playwright-core";
import type { WorksheetRow } from "../../src/model/worksheet.ts";
import { renderReviewHtml } from "../../src/output/html/review.ts";
import { renderWorksheetCsv } from "../../src/output/csv.ts";
import { describeIn, launchBrowser, newReader, type Reader } from "./browser.ts";
import { untrustedTexts } from "./situations.ts";

const browser = await launchBrowser();
const describe = describeIn(browser);
let reader: Reader;
// A page with decisions asks before it is closed: each test has its own page.
beforeEach(async () => {
  if (browser !== null) reader = await newReader(browser, { acceptDownloads: true });
});
afterEach(() => reader?.page.close());
after(() => browser?.close());

function row(email: string, role: string, more: Partial<WorksheetRow> = {}): WorksheetRow {
  return {
    organization: "Acme",
    email,
    role,
    admin: role === "Admin",
    source: "users.yaml:12",
    since: "2026-01-31 (#12)",
    expires: null,
    reason: null,
    reviewed: null,
    file: "users.yaml",
    written: role,
    user: null,
    grants: [],
    held: true,
    ...more,
  };
}

const ROWS = [
  row("ann@x.org", "Admin", { expires: "2026-12-31", reason: "=1+1" }),
  row("bob@x.org", "Viewer"),
  row("bob@x.org", 'a "quoted", role'),
  row("carl@y.org", "Viewer"),
];

async function saved(page: Page): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "review.csv");
  return readFile(await download.path(), "utf8");
}

const decisionsIn = (csv: string): readonly string[] =>
  csv
    .trimEnd()
    .split("\r\n")
    .slice(1)
    .map((line) => /("[^"]*","[^"]*","[^"]*")$/.exec(line)?.[1] ?? "");

/** Blob addresses belong to the page: nothing leaves it. */
function incidents(): readonly string[] {
  return reader.incidents.filter((one) => !one.startsWith("request: blob:"));
}

describe("the page of a review", () => {
  test("says without JavaScript that it needs it, and how to go on", async () => {
    if (browser === null) return;
    const without = await newReader(browser, { javaScriptEnabled: false });
    const page = await without.open(renderReviewHtml(ROWS, "2026-06-15"));
    assert.equal(
      await page.locator("noscript").innerText(),
      "The table and the decisions need JavaScript. Without it, decide in a spreadsheet: polytomic-users review --output csv=review.csv.",
    );
    assert.deepEqual(without.incidents, []);
    await page.close();
  });

  test("saves the program's own CSV before anything is decided", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    assert.equal(await page.textContent("#progress"), "4 of 4 undecided, 0 to keep, 0 to revoke");
    assert.equal(await saved(page), renderWorksheetCsv(ROWS));
    assert.deepEqual(incidents(), []);
  });

  test("keeps and revokes with the mouse, with notes and the reviewer's name", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    await page.fill("#reviewer", "Ann");
    await page.click('button[aria-label="keep Admin of ann@x.org"]');
    await page.click('button[aria-label="revoke Viewer of bob@x.org"]');
    await page.fill('input[aria-label="note on Viewer of bob@x.org"]', '=left, "gone"');
    assert.match(
      (await page.textContent("#progress")) ?? "",
      /^2 of 4 undecided, 1 to keep, 1 to revoke/,
    );
    const csv = await saved(page);
    assert.match(csv, /"ann@x\.org","Admin",.*"keep","Ann",""\r\n/);
    assert.match(csv, /"bob@x\.org","Viewer",.*"revoke","Ann","'=left, ""gone"""\r\n/);
    assert.deepEqual(incidents(), []);
  });

  test("keeps all that match a search, and no others", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    await page.fill("#search", "viewer bob");
    assert.equal(await page.textContent("#keep-all"), "Keep all 1 shown");
    await page.click("#keep-all");
    await page.fill("#search", "nobody");
    assert.ok(await page.isVisible("#empty"));
    await page.fill("#search", "");
    await page.selectOption("#state", "");
    assert.equal(await page.locator("#review tbody tr").count(), 3);
    assert.deepEqual(
      decisionsIn(await saved(page)).map((one) => one.split(",")[0]),
      ['""', '"keep"', '""', '""'],
    );
  });

  test("can be completed with the keyboard alone", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    for (const key of ["j", "y", "n", "y", "n", "k", "u"]) await page.keyboard.press(key);
    assert.equal(await page.textContent("#progress"), "1 of 4 undecided, 1 to keep, 2 to revoke");
    await page.keyboard.press("/");
    await page.keyboard.type("carl");
    assert.equal(await page.locator("#review tbody tr").count(), 1);
    assert.equal(
      await page.textContent("#progress"),
      "1 of 4 undecided, 1 to keep, 2 to revoke; 1 shown",
    );
    assert.deepEqual(incidents(), []);
  });

  test("shows thousands of rows in parts and decides on all of them", async () => {
    const rows = Array.from({ length: 2500 }, (_, at) => row(`u${at}@x.org`, "Viewer"));
    const page = await reader.open(renderReviewHtml(rows, "2026-06-15"));
    assert.equal(await page.locator("#review tbody tr").count(), 300);
    await page.click("#more button");
    assert.equal(await page.locator("#review tbody tr").count(), 600);
    await page.click("#keep-all");
    assert.equal(
      await page.textContent("#progress"),
      "0 of 2500 undecided, 2500 to keep, 0 to revoke",
    );
  });

  /** The worksheet with the decision keep in this row. */
  const decidedOn = (index: number): string =>
    renderWorksheetCsv(ROWS)
      .split("\r\n")
      .map((line, at) => (at === index + 1 ? line.replace(/"","",""$/, '"keep","Ann",""') : line))
      .join("\r\n");
  const fileOf = (name: string, text: string) => ({
    name,
    mimeType: "text/csv",
    buffer: Buffer.from(text),
  });

  test("loads the CSV that it saved, and goes on with it", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    await page.fill("#reviewer", "Ann");
    await page.click('button[aria-label="keep Admin of ann@x.org"]');
    await page.click('button[aria-label="revoke Viewer of bob@x.org"]');
    await page.fill('input[aria-label="note on Viewer of bob@x.org"]', '=left,\n"gone"');
    const csv = await saved(page);
    const later = await reader.open(renderReviewHtml(ROWS, "2026-06-16"));
    const [chooser] = await Promise.all([
      later.waitForEvent("filechooser"),
      later.focus("#load").then(() => later.keyboard.press("Enter")),
    ]);
    await chooser.setFiles([fileOf("review.csv", csv)]);
    await later.waitForSelector("#loaded p");
    assert.equal(await later.textContent("#loaded"), "review.csv: 2 decisions loaded");
    assert.equal(await later.textContent("#progress"), "2 of 4 undecided, 1 to keep, 1 to revoke");
    assert.equal(await saved(later), csv);
    assert.deepEqual(incidents(), []);
  });

  test("reads CSV as spreadsheets save it, and lists rows that do not match instead of guessing", async () => {
    const rows = [...ROWS, row("dora@x.org", "Viewer", { expires: "2026-12-11" })];
    const page = await reader.open(renderReviewHtml(rows, "2026-06-15"));
    await page.click('button[aria-label="keep Viewer of carl@y.org"]');
    const lines = [
      "Organization;Email;Role;Source;Since;Expires;Reason;Reviewed;Decision;Reviewer;Note",
      "Acme;ann@x.org;Admin;users.yaml:99;;31.12.2026;'=1+1;;KEEP;Ann;",
      "acme;BOB@x.org;viewer;users.yaml:12;;;;;;;only a note",
      'Acme;bob@x.org;"a ""quoted"", role";group ops (users.yaml:4);;;;;revoke;Ann;',
      "Acme;carl@y.org;Viewer;users.yaml:12;;;;;revoke;Bea;",
      "Acme;dora@x.org;Viewer;users.yaml:12;;2026-11-12;;;keep;Bea;",
      "Acme;gone@x.org;Viewer;users.yaml:12;;;;;revoke;Ann;",
      "Acme;gone@x.org;Admin;users.yaml:12;;;;;;;",
      "Acme;bob@x.org;Viewer;users.yaml:12;;;;;perhaps;Ann;",
    ];
    await page.setInputFiles("#file", [
      fileOf("ann.csv", `\uFEFF${lines.join("\r\n")}\r\n`),
      fileOf("other.csv", "name,role\na,b\n"),
      { ...fileOf("old.csv", ""), buffer: Buffer.from(lines.join("\n"), "utf16le") },
    ]);
    await page.waitForSelector("#loaded p >> nth=2");
    assert.deepEqual(await page.locator("#loaded p").allTextContents(), [
      "ann.csv: 1 decision loaded; not loaded: 5",
      "other.csv: 0 decisions loaded; not loaded: 1",
      "old.csv: 0 decisions loaded; not loaded: 1",
    ]);
    assert.deepEqual(await page.locator("#loaded li").allTextContents(), [
      'line 4: bob@x.org a "quoted", role (Acme): changed since that worksheet was made',
      "line 5: carl@y.org Viewer (Acme): revoke there, keep here: the decision here stays",
      "line 6: dora@x.org Viewer (Acme): changed since that worksheet was made",
      "line 7: gone@x.org Viewer (Acme): not in this worksheet",
      'line 9: bob@x.org Viewer (Acme): "perhaps" is neither keep nor revoke',
      "no worksheet: columns are missing (organization, email, source, expires, decision)",
      "not UTF-8: save it as CSV UTF-8",
    ]);
    const note = 'input[aria-label="note on Viewer of bob@x.org"]';
    assert.equal(await page.inputValue(note), "only a note");
    assert.equal(await page.textContent("#progress"), "3 of 5 undecided, 2 to keep, 0 to revoke");
    assert.deepEqual(incidents(), []);
  });

  test("loads a CSV that is dropped on it, and stays on the page", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${JSON.stringify(decidedOn(0))}], "dropped.csv"));
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        if (!event.defaultPrevented) throw new Error("the browser would open the file");
      }
    }`);
    await page.waitForSelector("#loaded p");
    assert.equal(await page.textContent("#loaded"), "dropped.csv: 1 decision loaded");
    assert.deepEqual(incidents(), []);
  });

  for (const [what, work, asks] of [
    ["nothing was decided", async () => {}, false],
    [
      "a decision is not saved",
      (page: Page) => page.click('button[aria-label="keep Admin of ann@x.org"]'),
      true,
    ],
    [
      "a note is not saved",
      (page: Page) => page.fill('input[aria-label="note on Admin of ann@x.org"]', "why"),
      true,
    ],
    [
      "all is saved",
      async (page: Page) => {
        await page.click('button[aria-label="keep Admin of ann@x.org"]');
        await saved(page);
      },
      false,
    ],
    [
      "what one file says was loaded",
      async (page: Page) => {
        await page.setInputFiles("#file", [fileOf("ann.csv", decidedOn(0))]);
        await page.waitForSelector("#loaded p");
      },
      false,
    ],
    [
      "what two files say together is not saved",
      async (page: Page) => {
        const files = [fileOf("ann.csv", decidedOn(0)), fileOf("bob.csv", decidedOn(3))];
        await page.setInputFiles("#file", files);
        await page.waitForSelector("#loaded p >> nth=1");
      },
      true,
    ],
  ] as const) {
    test(`${asks ? "asks" : "does not ask"} before it is left where ${what}`, async () => {
      const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
      await page.click("h1"); // browsers ask only after a user interaction
      await work(page);
      const closed = page.waitForEvent("close").then(() => "closed");
      const asked = page.waitForEvent("dialog").then(async (dialog) => {
        assert.equal(dialog.type(), "beforeunload");
        await dialog.accept();
        return "asked";
      });
      asked.catch(() => {}); // the page is closed before it can ask
      await page.close({ runBeforeUnload: true });
      assert.equal(await Promise.race([asked, closed]), asks ? "asked" : "closed");
    });
  }

  test("fits a narrow screen, with the column's name at each value", async () => {
    const page = await reader.open(renderReviewHtml(ROWS, "2026-06-15"));
    await page.setViewportSize({ width: 400, height: 800 });
    const width = "document.documentElement.scrollWidth";
    assert.equal(await page.evaluate(width), 400);
    const labels = "[...document.querySelectorAll('#review tbody tr:first-child [data-label]')]";
    assert.deepEqual(await page.evaluate(`${labels}.map((cell) => cell.dataset.label)`), [
      "email",
      "role",
      "source",
      "since",
      "expires",
      "reason",
      "reviewed",
      "decision",
      "note",
    ]);
    await page.click('button[aria-label="keep Viewer of carl@y.org"]');
    assert.match((await page.textContent("#progress")) ?? "", /1 to keep/);
  });

  test("on a desktop addresses break after @ and dots only, places never, and empty columns are narrow", async () => {
    const email = "amara.costa-lindqvist@agency-of-the-north.example";
    const reason = "until the migration of the warehouse is over, see the ticket of the data team";
    const rows = ["Analyst", "Member"].map((role) =>
      row(email, role, { source: "users.yaml:30", reason, since: "2026-01-31 (#12)" }),
    );
    const page = await reader.open(renderReviewHtml(rows, "2026-06-15"));
    const lines = `(cell) => {
      const parts = [...cell.childNodes].filter((node) => node.nodeType === 3);
      return parts.map((part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return [part.textContent, range.getClientRects().length];
      });
    }`;
    const linesOf = (label: string): Promise<unknown> =>
      page.evaluate(`(${lines})(document.querySelector('#review [data-label="${label}"]'))`);
    assert.deepEqual(await linesOf("email"), [
      ["amara.", 1],
      ["costa-lindqvist@", 1],
      ["agency-of-the-north.", 1],
      ["example", 1],
    ]);
    assert.deepEqual(await linesOf("source"), [["users.yaml:30", 1]]);
    for (const name of ["expires", "reviewed"]) {
      const width = await page.evaluate(
        `document.querySelector('#review td[data-label="${name}"]').clientWidth`,
      );
      assert.ok(Number(width) < 100, `${name}: ${String(width)} px`);
    }
  });

  test("shows untrusted text as text", async () => {
    const rows = untrustedTexts.map((text) =>
      row("a@x.org", text, { organization: text, reason: text, source: text }),
    );
    const page = await reader.open(renderReviewHtml(rows, "2026-06-15"));
    assert.equal(await page.locator("#review tbody tr").count(), rows.length);
    assert.equal(await saved(page), renderWorksheetCsv(rows));
    assert.deepEqual(incidents(), []);
  });
});
