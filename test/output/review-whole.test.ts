/** A whole access review: worksheet, decisions in the real page, edits, validate, plan, apply. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Polytomic, polytomic, run } from "../program.ts";
import { git } from "../history/repository.ts";
import { folderWith, skipWithout } from "../support.ts";
import { describeIn, launchBrowser, newReader } from "./browser.ts";

const browser = await launchBrowser();
const describe = describeIn(browser);
let server: Polytomic;
before(async () => {
  server = await polytomic();
});
after(async () => {
  await server.close();
  await browser?.close();
});

describe("an access review", () => {
  test(
    "ends with the revocations that were decided in the page, and nothing else",
    { skip: skipWithout("git") },
    async () => {
      assert.ok(browser);
      const cwd = await folderWith({});
      const { env } = server;
      await run(["init"], { cwd, env });
      git(cwd, "init", "--quiet", "--initial-branch=main");
      git(cwd, "add", ".");
      git(cwd, "config", "user.name", "Ann");
      git(cwd, "config", "user.email", "ann@example.com");
      git(cwd, "commit", "--quiet", "--message=Adopt Acme (#7)");

      await run(["review", "--output", "html=review.html", "--output", "csv=review.csv"], {
        cwd,
        env,
      });
      assert.match(await readFile(join(cwd, "review.csv"), "utf8"), /"\d{4}-\d\d-\d\d \(#7\)"/);
      const { page } = await newReader(browser, { acceptDownloads: true });
      await page.goto(`file://${join(cwd, "review.html")}`);
      await page.fill("#reviewer", "Ann");
      await page.click("#keep-all");
      await page.click('button[aria-label="revoke Admin of support@polytomic.com"]');
      await page.click('button[aria-label="revoke Billing of diego.ramos@example.com"]');
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
      await writeFile(join(cwd, "decided.csv"), await readFile(await download.path()));
      await page.close();

      const decided = await run(["review", "--decisions", "decided.csv"], { cwd, env });
      assert.equal(decided.code, 0, decided.stderr);
      assert.equal((await run(["validate"], { cwd })).code, 0);
      await run(["plan", "--output", "json=plan.json"], { cwd, env });
      const plan = (await readFile(join(cwd, "plan.json"), "utf8")).replaceAll(/\s/g, "");
      assert.match(plan, /"summary":\{"create":0,"update":1,"remove":1,/);
      const applied = await run(["apply", "--yes"], { cwd, env });
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      const again = await run(["plan", "--detailed-exitcode"], { cwd, env });
      assert.equal(again.code, 0, again.stdout);
    },
  );
});
