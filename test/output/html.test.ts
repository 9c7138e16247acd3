/** The HTML page in a real browser. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import type { AxeResults, RunOptions } from "axe-core";
import * as fc from "fast-check";
import type { Page } from "playwright-core";
import type { OrganizationPlan, Plan, Violation } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { visible } from "../../src/output/escape.ts";
import { describeIn, launchBrowser, newReader, type Reader } from "./browser.ts";
import {
  add,
  applied,
  at,
  change,
  DIGEST,
  done,
  organization,
  planOf,
  remove,
  resultOf,
  role,
} from "./build.ts";
import { holding, largeTable, user, tableOf, tablesOf } from "./html-situations.ts";
import { untrustedTexts, plans, results, tables } from "./situations.ts";
import { renderApplyHtml, renderPlanHtml, renderReportHtml } from "./render.ts";

const browser = await launchBrowser();
const describe = describeIn(browser);
let reader: Reader;
let withoutScripts: Reader;
before(async () => {
  if (browser === null) return;
  reader = await newReader(browser);
  withoutScripts = await newReader(browser, { javaScriptEnabled: false });
});
after(() => browser?.close());

/** Opens the page, runs the test on it, and checks that the page did nothing unexpected. */
async function read(
  html: string,
  look: (page: Page) => Promise<void>,
  by: Reader = reader,
): Promise<void> {
  await look(await by.open(html));
  assert.deepEqual(by.incidents, []);
}

const overLimit: Violation = {
  guard: "max-removals",
  place: null,
  count: 9,
  leftOut: 0,
  users: 30,
  limit: { kind: "share", percent: 25 },
  allowed: 7,
};

const review = organization(
  [
    change("jane@acme.example", ["Member"], ["Admin", "Member"], {
      source: at(14),
      reasons: [{ code: "note", text: "SEC-77" }],
    }),
    change("sam@acme.example", ["Viewer"], ["Billing"], { source: at(22) }),
    add("nadia@acme.example", ["Member"], { source: at(41) }),
    remove("bob@acme.example", ["Billing", "Member"]),
  ],
  {
    ignored: [{ email: "support@polytomic.com", roles: [role("Admin")] }],
    violations: [overLimit],
  },
);
const settled = [
  user("uma@acme.example", {
    held: [],
    holdings: [
      holding(role("Viewer"), true, true, {
        from: ["group data-team (users.yaml:8)"],
        expires: "2026-12-06",
      }),
    ],
  }),
];
const reviewPlan = planOf([review]);
const reviewHtml = renderPlanHtml(reviewPlan, [tableOf(review, settled)]);

const several = plans["several-organizations"];
const severalHtml = renderPlanHtml(
  several,
  several.organizations.map((plan) => tableOf(plan)),
);

/** The table is updated in the frame after a choice. */
function settle(page: Page): Promise<void> {
  return page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done)))");
}

async function rowCount(page: Page): Promise<number> {
  await settle(page);
  return await page.locator("#matrix tbody tr:not(.detail)").count();
}

function rowNames(page: Page): Promise<string[]> {
  return page.locator("#matrix tbody th button").allTextContents();
}

async function expectRows(page: Page, expected: readonly string[]): Promise<void> {
  await settle(page);
  assert.deepEqual(await rowNames(page), expected);
}

describe("the file", () => {
  test("is the same for the same plan", () => {
    assert.equal(renderPlanHtml(reviewPlan, [tableOf(review, settled)]), reviewHtml);
  });

  test("allows its own script and style by their hashes, and nothing else", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(reviewHtml)?.[1];
    assert.match(
      policy ?? "",
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
    );
    assert.doesNotMatch(reviewHtml, /\sstyle=|\son\w+=|\s(src|href)="(?!#)/);
  });

  test("has a script that the browser refuses once a letter of it changes", async () => {
    const changed = reviewHtml.replace('"use strict";', '"use  strict";');
    const page = await reader.open(changed);
    assert.equal(await page.locator("#matrix tbody tr").count(), 0);
    assert.match(reader.incidents.join("\n"), /Content Security Policy/);
  });
});

describe("every situation", () => {
  for (const [name, plan] of Object.entries(plans)) {
    test(`plan: ${name}, without an incident`, async () => {
      const html = renderPlanHtml(
        plan,
        plan.organizations.map((each) => tableOf(each)),
      );
      const accounts = plan.organizations.reduce(
        (sum, each) => sum + each.changes.length + each.unmanaged.length + each.ignored.length,
        0,
      );
      await read(html, async (page) => {
        assert.match(await page.title(), /^Access plan for /);
        assert.equal(await page.locator("#users").count(), accounts > 0 ? 1 : 0);
      });
    });
  }

  for (const [name, table] of Object.entries(tables)) {
    test(`report: ${name}, without an incident`, async () => {
      await read(renderReportHtml(table), async (page) => {
        assert.match(await page.title(), /^Access report for /);
        assert.equal(await page.locator("#change").count(), 0);
      });
    });
  }
});

describe("every result", () => {
  for (const [name, result] of Object.entries(results)) {
    test(`apply: ${name}, without an incident`, async () => {
      await read(renderApplyHtml(result, tablesOf(result.plan)), async (page) => {
        assert.match(await page.title(), /^Apply result for /);
      });
    });
  }
});

describe("an apply", () => {
  const partly = results["partly-applied"];
  const partlyHtml = renderApplyHtml(partly, tablesOf(partly.plan));

  test("begins with what needs attention, and what to do", async () => {
    await read(partlyHtml, async (page) => {
      assert.equal(
        await page.locator(".headline").textContent(),
        "Apply: 3 applied, 1 failed, 2 not attempted, 1 already up to date.",
      );
      assert.deepEqual(await page.locator(".verdict.alarm p").allTextContents(), [
        "Not verified: Polytomic does not match the plan.",
        "Next: fix the cause of the failures, then run the same command again to apply the rest.",
      ]);
      assert.deepEqual(await headings(page), [
        "Failed 1",
        "Not attempted 2",
        "Different from the plan when read back 1",
        "Changed outside this run 1",
        "Added or changed 3",
        "Already up to date 1",
        "No table of users and roles 1",
      ]);
      assert.deepEqual(await lines(page, "#failed-changes"), [
        "+ add contractor.lee@partner.example no access → to +Viewer DATA-142 · expires 2026-12-04 · users.yaml:58 POST /api/organizations/…/users: 422: email is not allowed",
      ]);
    });
  });

  test("does not report a missing change as done", async () => {
    const { plan } = partly;
    const nothing = applied(
      plan,
      plan.organizations.map((one) =>
        resultOf(
          one,
          one.changes.map((change) => ({
            change,
            outcome: "not-attempted",
            error: `not sent: ${change.email}`,
          })),
          { verified: null },
        ),
      ),
    );
    await read(renderApplyHtml(nothing, tablesOf(plan)), async (page) => {
      const text = await page.locator("main").innerText();
      assert.doesNotMatch(text, /\b(added|changed|removed|gained|lost)\b|gains Admin/);
      assert.match(text, /would gain Admin/);
    });
  });

  test("shows the table only of organizations that are known to be as planned", async () => {
    const [acme, globex, ...quiet] = several.organizations;
    assert.ok(acme !== undefined && globex !== undefined);
    const asPlanned = (one: OrganizationPlan) => resultOf(one, one.changes.map(done));
    const unread = resultOf(globex, globex.changes.map(done), { verified: null });
    const result = applied(several, [asPlanned(acme), unread, ...quiet.map(asPlanned)]);
    await read(renderApplyHtml(result, tablesOf(several)), async (page) => {
      assert.deepEqual(await lines(page, "#no-table"), [
        "Globex 3f1c2d4e-0000-4000-8000-000000000002 customers/globex.yaml",
      ]);
      assert.equal((await rowNames(page)).includes("lead@globex.example"), false);
      assert.deepEqual((await rowNames(page)).slice(0, 2), [
        "new@acme.example",
        "gone@acme.example",
      ]);
      const marks = await page.locator("#matrix .mark + .sr").allTextContents();
      assert.deepEqual(marks.slice(0, 2), ["gained", "lost"]);
    });
  });

  for (const [name, difference] of Object.entries({
    "another client changed something": {
      email: "x@acme.example",
      expected: null,
      found: [],
      foreign: true,
    },
    "something is not as planned": {
      email: "x@acme.example",
      expected: null,
      found: [],
      foreign: false,
    },
  })) {
    test(`has no table where ${name}`, async () => {
      const { plan } = partly;
      const found = { verified: difference.foreign, differences: [difference] };
      const result = applied(
        plan,
        plan.organizations.map((one) => resultOf(one, one.changes.map(done), found)),
      );
      await read(renderApplyHtml(result, tablesOf(plan)), async (page) => {
        assert.equal(await page.locator("#users").count(), 0);
        assert.equal(await page.locator("#no-table").count(), 1);
      });
    });
  }

  async function headings(page: Page): Promise<readonly string[]> {
    const texts = await page.locator("h2").allTextContents();
    return texts.map((text) => text.replaceAll(/\s+/g, " "));
  }

  async function lines(page: Page, section: string): Promise<readonly string[]> {
    const texts = await page.locator(`${section} li`).allInnerTexts();
    return texts.map((text) => text.split(/\s+/).join(" "));
  }
});

describe("the plan as text", () => {
  test("begins with the changes that a reviewer must not miss", async () => {
    await read(reviewHtml, async (page) => {
      assert.equal(
        await page.locator(".headline").textContent(),
        "Plan: 1 to add, 2 to change, 1 to remove, 26 unchanged. 1 user gains Admin.",
      );
      assert.deepEqual(
        (await page.locator("h2").allTextContents()).map((text) => text.replaceAll(/\s+/g, " ")),
        [
          "Violations 1",
          "Gains admin rights 1",
          "Remove 1",
          "Add or change 2",
          "Ignored (policy.ignore) 1",
          "Users and roles 6",
        ],
      );
      const lines = await page.locator("#admin-gains li, #removals li").allInnerTexts();
      assert.deepEqual(
        lines.map((line) => line.split(/\s+/).join(" ")),
        [
          "~ change jane@acme.example Member → to +Admin Member gains Admin SEC-77 · users.yaml:14",
          "− remove bob@acme.example −Billing −Member → to no access not in the files",
        ],
      );
    });
  });

  test("can be read without scripts", async () => {
    await read(
      reviewHtml,
      async (page) => {
        const text = await page.locator("body").innerText();
        for (const part of [
          "Plan: 1 to add, 2 to change, 1 to remove, 26 unchanged. 1 user gains Admin.",
          "9 of 30 users (30%) would be removed",
          "bob@acme.example",
          "gains Admin",
          DIGEST,
          "needs JavaScript",
        ]) {
          assert.ok(text.includes(part), part);
        }
        assert.equal(await page.locator("#filters").isVisible(), false);
      },
      withoutScripts,
    );
  });
});

describe("the table", () => {
  test("marks what each user has, gains and loses by a sign and by a word", async () => {
    await read(reviewHtml, async (page) => {
      const texts = await page
        .locator("#matrix tr")
        .evaluateAll((rows) =>
          rows.map((row) =>
            [...row.querySelectorAll("th, td")].map((cell) => cell.textContent).join("|"),
          ),
        );
      assert.deepEqual(texts, [
        "User|Change|Earliest expiry|Admin|Billing|Member|Viewer",
        "jane@acme.example|changed||+gains||•has|",
        "sam@acme.example|changed|||+gains||−loses",
        "nadia@acme.example|added||||+gains|",
        "bob@acme.example|removed|||−loses|−loses|",
        "support@polytomic.comignored|unchanged||•has|||",
        "uma@acme.example|unchanged|2026-12-06||||•*has, expires 2026-12-06",
      ]);
    });
  });

  test("is searched by address, reason, group and place, all words at once", async () => {
    await read(reviewHtml, async (page) => {
      const search = page.getByLabel("Search");
      await search.fill("ACME sam");
      await expectRows(page, ["sam@acme.example"]);
      assert.equal(await page.getByRole("status").textContent(), "1 of 6 users");
      await search.fill("data-team");
      await expectRows(page, ["uma@acme.example"]);
      await search.fill("users.yaml:41");
      await expectRows(page, ["nadia@acme.example"]);
      await search.fill("nobody");
      await expectRows(page, []);
      assert.equal(await page.getByRole("status").textContent(), "0 of 6 users");
      assert.equal(
        await page.locator("#none").innerText(),
        "No user matches the search and the filters.",
      );
      await page.getByRole("button", { name: "Clear" }).click();
      await settle(page);
      assert.equal(await page.locator("#none").isVisible(), false);
      assert.equal(await rowCount(page), 6);
    });
  });

  test("is filtered by role, change and place in the files", async () => {
    await read(reviewHtml, async (page) => {
      await page.getByLabel("Role", { exact: true }).selectOption("Billing");
      await expectRows(page, ["sam@acme.example", "bob@acme.example"]);
      await page.getByLabel("Change", { exact: true }).selectOption("Removed");
      await expectRows(page, ["bob@acme.example"]);
      await page.getByLabel("Role", { exact: true }).selectOption("Any");
      await page.getByLabel("Change", { exact: true }).selectOption("Any change");
      await expectRows(page, [
        "jane@acme.example",
        "sam@acme.example",
        "nadia@acme.example",
        "bob@acme.example",
      ]);
      await page.getByLabel("Change", { exact: true }).selectOption("All");
      await page.getByLabel("State", { exact: true }).selectOption("Ignored");
      await expectRows(page, ["support@polytomic.com"]);
    });
  });

  test("is filtered by organization, and then has only its roles", async () => {
    await read(severalHtml, async (page) => {
      const all = await page.locator("#matrix thead th").count();
      const rows = await rowNames(page);
      const [, first] = await page.locator("#organization option").allTextContents();
      assert.ok(first !== undefined);
      await page.getByLabel("Organization", { exact: true }).selectOption(first);
      assert.ok((await rowCount(page)) < rows.length);
      const named = await page.locator("#matrix tbody td:nth-child(2)").allTextContents();
      assert.deepEqual([...new Set(named)], [first]);
      assert.ok((await page.locator("#matrix thead th").count()) <= all);
    });
  });

  test("draws arrows and disclosure marks itself: no font is needed for them", async () => {
    const css = await readFile(new URL("../../src/output/html/page.css", import.meta.url), "utf8");
    const drawn = [...css.matchAll(/content: "([^"]*)"/g)].map(([, text]) => text);
    assert.deepEqual(
      drawn.filter((text) => /[^ -~]/.test(text ?? "")),
      [],
    );
    await read(reviewHtml, async (page) => {
      const arrow = page.locator(".arrow").first();
      assert.equal(await arrow.textContent(), "→");
      const size = "getComputedStyle(document.querySelector('.arrow')).fontSize";
      assert.equal(await page.evaluate(size), "0px");
      assert.ok(((await arrow.boundingBox())?.width ?? 0) >= 12);
    });
  });

  test("is sorted by any column, in both directions, and shows the direction", async () => {
    await read(reviewHtml, async (page) => {
      const byUser = page.getByRole("columnheader", { name: "User" });
      await byUser.getByRole("button").click();
      assert.equal(await byUser.getAttribute("aria-sort"), "ascending");
      assert.deepEqual((await rowNames(page)).slice(0, 2), [
        "bob@acme.example",
        "jane@acme.example",
      ]);
      await byUser.getByRole("button").click();
      assert.equal(await byUser.getAttribute("aria-sort"), "descending");
      assert.deepEqual((await rowNames(page)).slice(0, 2), [
        "uma@acme.example",
        "support@polytomic.com",
      ]);
      const byRole = page.getByRole("columnheader", { name: "Billing" });
      await byRole.getByRole("button").click();
      assert.equal(await byUser.getAttribute("aria-sort"), "none");
      assert.deepEqual((await rowNames(page)).slice(0, 2), [
        "sam@acme.example",
        "bob@acme.example",
      ]);
    });
  });

  test("says where each role comes from, for one user and for all", async () => {
    await read(reviewHtml, async (page) => {
      const uma = page.getByRole("button", { name: "uma@acme.example" });
      await uma.click();
      assert.equal(await uma.getAttribute("aria-expanded"), "true");
      assert.deepEqual(await page.locator("#matrix .detail li").allTextContents(), [
        "has Viewer: group data-team (users.yaml:8), expires 2026-12-06",
      ]);
      await uma.click();
      assert.equal(await page.locator("#matrix .detail").count(), 0);
      await page.getByLabel("Show the source of each role").check();
      await settle(page);
      assert.equal(await page.locator("#matrix .detail").count(), 6);
    });
  });

  test("shows the first rows at once, the others as one scrolls or asks", async () => {
    await read(renderPlanHtml(reviewPlan, [largeTable(400, 30)]), async (page) => {
      assert.match(
        (await page.getByRole("status").textContent()) ?? "",
        /^400 users, the first \d+ in the table$/,
      );
      const first = await rowCount(page);
      assert.ok(first < 150, `${first}`);
      await page.locator("#matrix").evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
      await page
        .locator("#matrix tbody tr")
        .nth(first + 50)
        .waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Show all" }).click();
      assert.equal(await page.locator("#matrix tbody tr").count(), 400);
      assert.equal(await page.getByRole("status").textContent(), "400 users");
      assert.equal(await page.locator("#more").isVisible(), false);
    });
  });
});

describe("the keyboard", () => {
  test("reaches the content, the search, the sorting and each user", async () => {
    await read(reviewHtml, async (page) => {
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "Skip to content");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate("document.activeElement.id"), "main");
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement.id"), "search");
      await page.keyboard.type("acme.example");
      await page.keyboard.press("Enter");
      await expectRows(page, [
        "jane@acme.example",
        "sam@acme.example",
        "nadia@acme.example",
        "bob@acme.example",
        "uma@acme.example",
      ]);
      await tabTo(page, "User");
      await page.keyboard.press("Enter");
      assert.equal((await rowNames(page))[0], "bob@acme.example");
      await tabTo(page, "bob@acme.example");
      await page.keyboard.press("ArrowDown");
      assert.equal(await focused(page), "jane@acme.example");
      await page.keyboard.press("Space");
      assert.equal(await page.locator("#matrix .detail").count(), 1);
      await page.keyboard.press("ArrowUp");
      assert.equal(await focused(page), "bob@acme.example");
    });
  });

  test("always shows where it is", async () => {
    await read(reviewHtml, async (page) => {
      await page.locator("#search").focus();
      for (let step = 0; step < 20; step += 1) {
        await page.keyboard.press("Tab");
        const outline = await page.evaluate(
          "document.hasFocus() && getComputedStyle(document.activeElement).outlineStyle",
        );
        assert.notEqual(outline, "none", await focused(page));
      }
    });
  });

  function focused(page: Page): Promise<string> {
    return page.evaluate<string>("document.activeElement.textContent");
  }

  async function tabTo(page: Page, text: string): Promise<void> {
    for (let step = 0; step < 40; step += 1) {
      if ((await focused(page)) === text) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`the Tab key never reaches ${text}`);
  }
});

describe("on a phone", () => {
  test("has a card for each user in place of a table that is cut", async () => {
    await read(reviewHtml, async (page) => {
      await page.setViewportSize({ width: 400, height: 800 });
      const cut =
        "document.querySelector('#matrix').scrollWidth > document.querySelector('#matrix').clientWidth";
      assert.equal(await page.evaluate(cut), false);
      assert.equal(await page.locator("#matrix thead").isVisible(), false);
      const [jane] = await page.locator("#matrix tbody tr").allInnerTexts();
      assert.deepEqual(jane?.split(/\s*\n\s*/), ["jane@acme.example", "changed", "+gains", "•has"]);
      const labels = await page
        .locator("#matrix tbody tr")
        .first()
        .locator("td:visible")
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-label")));
      assert.deepEqual(labels, ["Change", "Admin", "Member"]);
    });
  });

  test("has a card for each role of a report, with the column's name at each value", async () => {
    await read(renderReportHtml(tables.review), async (page) => {
      await page.setViewportSize({ width: 400, height: 800 });
      const cut =
        "document.querySelector('#register .scroller').scrollWidth > document.querySelector('#register .scroller').clientWidth";
      assert.equal(await page.evaluate(cut), false);
      assert.equal(await page.locator("#register thead").isVisible(), false);
      const labels = await page
        .locator("#register tbody td:visible")
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-label")));
      assert.deepEqual([labels.length > 0, labels.includes(null)], [true, false]);
    });
  });

  test("breaks an address after @ and dots, and nowhere else", () => {
    assert.match(reviewHtml, /<span class="who">bob@<wbr>acme\.<wbr>example<\/span>/);
  });
});

describe("on paper", () => {
  test("column heads are cells that a browser repeats on each page", async () => {
    await read(renderPlanHtml(reviewPlan, [largeTable(300, 12)]), async (page) => {
      await page.emulateMedia({ media: "print" });
      const display = (selector: string) =>
        page.evaluate<string>(`getComputedStyle(document.querySelector("${selector}")).display`);
      assert.equal(await display("#matrix thead"), "table-header-group");
      // When printing, Chrome repeats the text of a header cell, but not a button in it.
      assert.equal(await display("#matrix thead button"), "contents");
    });
  });

  test("everything that matches is printed, without buttons", async () => {
    await read(renderPlanHtml(plans["two-thousand"], [largeTable(300, 30)]), async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      await page.locator("#matrix tbody tr").nth(299).waitFor({ state: "attached" });
      for (const gone of ["#filters", "nav", "#more", "summary"]) {
        assert.equal(await page.locator(gone).first().isVisible(), false, gone);
      }
      const colours = await page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
      );
      assert.deepEqual(colours, ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
      const row = await page.locator("#matrix tbody tr").first().boundingBox();
      assert.ok(row !== null && row.height < 40, "a user fits on a line");
      const folded = page.locator("details li").last();
      assert.ok(((await folded.boundingBox())?.height ?? 0) > 0, "folds are open");
      assert.equal(
        await page.evaluate('getComputedStyle(document.querySelector("#matrix")).overflowY'),
        "visible",
      );
    });
  });
});

describe("accessibility", () => {
  const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  const situations = {
    plan: reviewHtml,
    "several organizations": severalHtml,
    "many roles": renderPlanHtml(reviewPlan, [largeTable(12, 12)]),
    report: renderReportHtml(tables.review),
    "an apply": renderApplyHtml(results["all-applied"], tablesOf(results["all-applied"].plan)),
    "an apply that stopped": renderApplyHtml(results.halted, tablesOf(results.halted.plan)),
  };

  for (const [name, html] of Object.entries(situations)) {
    test(`${name}: axe finds nothing, in light and in dark`, async () => {
      const axe = await readFile(source, "utf8");
      await read(html, async (page) => {
        const user = page.locator("#matrix tbody button").first();
        if ((await user.count()) > 0) await user.click();
        await page.evaluate(axe);
        assert.deepEqual(await findings(page, EVERYTHING), []);
        await page.emulateMedia({ colorScheme: "dark" });
        assert.deepEqual(await findings(page, ["color-contrast"]), []);
        await page.setViewportSize({ width: 375, height: 812 });
        assert.deepEqual(await findings(page, ["color-contrast", "target-size"]), []);
      });
    });
  }

  const EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

  /** The violations that axe finds, with their places. Contrast must have been checked. */
  async function findings(page: Page, runOnly: string[]): Promise<readonly string[]> {
    const options: RunOptions = { runOnly };
    const { violations, passes } = await page.evaluate<AxeResults>(
      `axe.run(${JSON.stringify(options)})`,
    );
    assert.ok(passes.some(({ id }) => id === "color-contrast"));
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }

  for (const [name, html] of Object.entries(situations)) {
    test(`${name}: a phone scrolls down, never sideways`, async () => {
      await read(html, async (page) => {
        await page.setViewportSize({ width: 375, height: 812 });
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 375);
      });
    });
  }
});

describe("untrusted text", () => {
  /** A page with one of these texts in every field from outside, each in turn. */
  function pageOf(texts: readonly string[]): string {
    const plan = untrustedPlan(texts);
    return renderPlanHtml(plan, tablesOf(plan));
  }

  function untrustedPlan(texts: readonly string[]): Plan {
    const organizations = texts.map((text, index) => untrustedOrganization(text, index));
    return planOf(organizations, {
      failed: texts.map((text) => ({ source: text, organization: text, message: text })),
      url: texts[0] ?? "",
    });
  }

  /** The same after an apply whose removals failed. */
  function applyPageOf(texts: readonly string[]): string {
    const plan = untrustedPlan(texts);
    return renderApplyHtml(untrustedResult(plan, texts), tablesOf(plan));
  }

  function untrustedResult(plan: Plan, texts: readonly string[]): ApplyResult {
    const organizations = plan.organizations.map((one, index) => {
      const text = texts[index] ?? "";
      const results = one.changes.map((change) =>
        change.action === "remove"
          ? { change, outcome: "failed" as const, error: text }
          : done(change),
      );
      const differences = [true, false].map((foreign) => ({
        email: text,
        expected: null,
        found: [{ id: text, name: text }],
        foreign,
      }));
      return resultOf(one, results, { verified: false, differences });
    });
    return applied(plan, organizations, { halted: texts[0] ?? "" });
  }

  function untrustedOrganization(text: string, index: number): OrganizationPlan {
    const named = { id: `role ${index} ${text}`, name: text };
    const place = { path: text, line: 1, column: 1 };
    const common = {
      email: text,
      reasons: [{ code: "note", text } as const],
      source: place,
    };
    return organization(
      [
        { ...change("", [], []), ...common, before: [], after: [named] },
        { ...remove("", []), ...common, before: [named] },
      ],
      {
        organization: { id: `organization ${index} ${text}`, name: text },
        source: text,
        expiring: [{ email: text, role: text, on: "2026-12-01", source: place }],
        unmanaged: [{ email: text, roles: [named], demoted: false }],
        violations: [{ guard: "self", place: null, email: text, loses: [text], leftOut: false }],
      },
    );
  }

  /** The elements and their attributes, which text must not change. */
  function shape(page: Page): Promise<readonly string[]> {
    return page.evaluate<readonly string[]>(`
      [...document.querySelectorAll("body *:not(wbr)")].map(
        (each) => each.localName + " " + each.getAttributeNames() + " " + each.className,
      )`);
  }

  const character = fc.constantFrom(
    ...Array.from("<>&\"'`/=;!-\u202e\u200b\u0000\u2028\u2029\n\r\t\u{e0041}ab:{}\\"),
    "\ud800",
  );
  const noise = fc.array(character, { minLength: 1, maxLength: 12 }).map((all) => all.join(""));
  const attacks = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]></style><img src=x onerror=alert(1)>",
    "&lt;b&gt;&#x3c;",
    '"onfocus=alert(1) autofocus="',
    "__proto__",
    "$& $1 ${x}",
    ...untrustedTexts,
  ];
  const texts = fc.uniqueArray(fc.oneof(fc.constantFrom(...attacks), noise), {
    minLength: 8,
    maxLength: 8,
    selector: (text) => visible(text).toLowerCase().trim(),
  });

  test("shows as text and as nothing else, in every field", async () => {
    let expected: readonly string[] = [];
    await read(pageOf("jane sam bob zoe uma eve ken liu".split(" ")), async (page) => {
      expected = await shape(page);
    });
    await fc.assert(
      fc.asyncProperty(texts, async (texts) => {
        await read(pageOf(texts), async (page) => {
          assert.deepEqual(await shape(page), expected);
          for (const place of [
            "#removals .who",
            "#changes .who",
            "#unmanaged .who",
            "#removals h3",
          ]) {
            const shown = await page.locator(place).allTextContents();
            assert.deepEqual(shown.toSorted(), texts.map(visible).toSorted(), place);
          }
          const accounts = await rowNames(page);
          assert.deepEqual(new Set(accounts), new Set(texts.map(visible)));
        });
      }),
      { numRuns: 12 },
    );
  });

  test("shows as text and as nothing else after an apply", async () => {
    let expected: readonly string[] = [];
    await read(applyPageOf("jane sam bob zoe uma eve ken liu".split(" ")), async (page) => {
      expected = await shape(page);
    });
    await fc.assert(
      fc.asyncProperty(texts, async (texts) => {
        await read(applyPageOf(texts), async (page) => {
          assert.deepEqual(await shape(page), expected);
          for (const place of [
            "#failed-changes .error",
            "#different .who",
            "#foreign .who",
            "#no-table .who",
          ]) {
            const shown = await page.locator(place).allTextContents();
            assert.deepEqual(shown.toSorted(), texts.map(visible).toSorted(), place);
          }
        });
      }),
      { numRuns: 8 },
    );
  });
});
