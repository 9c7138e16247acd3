/** The page of an access review, in a real browser. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, beforeEach, test } from "node:test";
import type { Page } from "playwright-core";
import type { WorksheetRow } from "../../src/model/worksheet.ts";
import { renderReviewHtml } from "../../src/output/html/review.ts";
import { renderWorksheetCsv } from "../../src/output/csv.ts";
import { describeIn, launchBrowser, newReader, type Reader } from "./browser.ts";
import { hostileTexts } from "./situations.ts";

const browser = await launchBrowser();
const describe = describeIn(browser);
let reader: Reader;
// A page with decisions asks before it is left: each test has its own.
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

/** Blob addresses are the page's own: nothing leaves it. */
function incidents(): readonly string[] {
  return reader.incidents.filter((one) => !one.startsWith("request: blob:"));
}

describe("the page of a review", () => {
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

  test("is worked through with the keyboard alone", async () => {
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

  test("shows hostile text as text", async () => {
    const rows = hostileTexts.map((text) =>
      row("a@x.org", text, { organization: text, reason: text, source: text }),
    );
    const page = await reader.open(renderReviewHtml(rows, "2026-06-15"));
    assert.equal(await page.locator("#review tbody tr").count(), rows.length);
    assert.equal(await saved(page), renderWorksheetCsv(rows));
    assert.deepEqual(incidents(), []);
  });
});
