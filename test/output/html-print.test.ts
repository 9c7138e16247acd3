/** The printed report: made into a PDF by a real browser, and its text read back page by page. */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { extractText, getDocumentProxy } from "unpdf";
import type { AccessTable, Origin } from "../../src/model/access.ts";
import type { Commit } from "../../src/model/history.ts";
import { accessTable, holding, user } from "./build.ts";
import { describeIn, launchBrowser, newReader, type Reader } from "./browser.ts";
import { renderReportHtml } from "./render.ts";

const COMMIT: Commit = {
  id: "0123456789abcdef0123456789abcdef01234567",
  time: Date.parse("2026-01-05T10:00:00Z"),
  author: "Jane Doe <jane@example.com>",
  subject: "Give the team Viewer (#12)",
  pullRequest: { number: 12, label: "#12" },
};
const ORIGIN: Origin = {
  basis: "both",
  asOf: "2026-11-24",
  madeAt: Date.parse("2026-11-24T12:00:00Z"),
  version: "0.1.0",
  commit: COMMIT.id,
  committedAt: null,
  url: "https://app.polytomic.com",
  credential: "api",
  figures: null,
  role: null,
  notes: [],
};
const USERS = 120;

const browser = await launchBrowser();
after(() => browser?.close());

describeIn(browser)("a printed report", () => {
  let pages: readonly string[];
  before(async () => {
    if (browser === null) return;
    pages = await printed(await newReader(browser), [table()]);
  });

  const withUser = (): readonly string[] =>
    pages.filter((text) => (text.match(/user\d+@/g) ?? []).length > 1);

  it("has several pages of users", () => {
    assert.ok(withUser().length >= 4, `${pages.length} pages`);
  });

  it("has its title, date, time of creation, commit and number on every page", () => {
    assert.ok(pages.length > 4);
    for (const [index, text] of pages.entries()) {
      assert.match(
        text,
        /Access report · Acme · as of 2026-11-24 · created 2026-11-24T12:00:00Z by polytomic-users 0\.1\.0 · commit 0123456789ab/,
      );
      assert.ok(text.includes(`Page ${index + 1} of ${pages.length}`), text.slice(-200));
    }
  });

  it("repeats the column headings of the register on each page", () => {
    const register = pages.filter((text) => text.includes("Jane Doe"));
    assert.ok(register.length >= 2, `${register.length} pages of the register`);
    for (const text of register) {
      assert.match(text, /User\s+Role\s+Granted in\s+Since\s+Commit\s+Expires\s+Reason/);
    }
  });

  it("repeats the role names above the table of users on each page", () => {
    const matrix = withUser().filter((text) => !text.includes("Jane Doe"));
    assert.ok(matrix.length >= 2, `${matrix.length} pages of the table`);
    for (const text of matrix) {
      assert.match(text, /Admin/);
      assert.match(text, /Viewer/);
    }
  });

  it("names every user", () => {
    const all = pages.join("\n").replaceAll(/\s+/g, "");
    for (let user = 0; user < USERS; user += 1) {
      assert.ok(all.includes(`user${user}@example.com`), `user${user}`);
    }
  });
});

async function printed(reader: Reader, tables: readonly AccessTable[]): Promise<readonly string[]> {
  const page = await reader.open(renderReportHtml(tables, ORIGIN));
  const pdf = await page.pdf({ preferCSSPageSize: true, format: "A4" });
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)));
  return text;
}

function table(): AccessTable {
  return accessTable(
    [...Array(USERS).keys()].map((index) =>
      user(`user${index}@example.com`, [
        {
          ...holding(index === 0 ? "Admin" : "Viewer", { from: [`users.yaml:${index + 3}`] }),
          since: { kind: "commit", commit: COMMIT },
        },
      ]),
    ),
  );
}
