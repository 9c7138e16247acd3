/**
 * How long the HTML page takes with 5,000 users and 30 roles, by the page's own clock: from a key press or a choice
 * until the frame that shows its rows is drawn. Prints the times; fails above the limit.
 */
import type { Page } from "playwright-core";
import { launchBrowser, newReader } from "../test/output/browser.ts";
import { organization, planOf } from "../test/output/build.ts";
import { largeTable } from "../test/output/html-situations.ts";
import { renderPlanHtml } from "../test/output/render.ts";

const USERS = 5000;
const ROLES = 30;
const RUNS = 15;
const LIMIT_MS = 100;

const STEPS = {
  "search, a letter": `set("search", "s")`,
  "search, a name": `set("search", "moreau")`,
  "search, one user": `set("search", "4242@")`,
  "search, cleared": `set("search", "")`,
  "filter, role": `set("role", "7")`,
  "filter, change": `set("change", "any")`,
  "filters, cleared": `(set("role", ""), set("change", ""))`,
  "sort, user": `press("th[data-key=person] button")`,
  "sort, role": `press("th[data-key='3'] button")`,
};

const began = performance.now();
const html = renderPlanHtml(planOf([organization([])]), [largeTable(USERS, ROLES)]);
const made = performance.now() - began;

const browser = await launchBrowser();
if (browser === null) throw new Error("no browser: install Chrome or Chromium");
try {
  const page = await (await newReader(browser)).open(html);
  console.log(`${USERS} users, ${ROLES} roles: ${(html.length / 1e6).toFixed(1)} MB`);
  console.log(`made in ${made.toFixed(0)} ms, loaded in ${(await loaded(page)).toFixed(0)} ms`);
  const worst = Math.max(...(await measure(page)));
  console.log(`slowest median ${worst.toFixed(1)} ms, limit ${LIMIT_MS} ms`);
  if (worst > LIMIT_MS) process.exitCode = 1;
} finally {
  await browser.close();
}

/** Prints the median and the maximum of each step; returns the medians. */
async function measure(page: Page): Promise<readonly number[]> {
  const times = new Map<string, number[]>();
  for (let run = 0; run < RUNS; run += 1) {
    for (const [name, step] of Object.entries(STEPS)) {
      times.set(name, [...(times.get(name) ?? []), await timed(page, step)]);
    }
  }
  return [...times].map(([name, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const most = sorted.at(-1) ?? 0;
    console.log(`${name.padEnd(20)} median ${ms(median)}, most ${ms(most)}`);
    return median;
  });
}

/** A message that is posted in a frame arrives once that frame is laid out and painted. */
function timed(page: Page, step: string): Promise<number> {
  return page.evaluate<number>(`new Promise((done) => {
    const set = (id, value) => {
      const control = document.getElementById(id);
      control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const press = (selector) => document.querySelector(selector).click();
    const painted = new MessageChannel();
    const began = performance.now();
    painted.port1.onmessage = () => done(performance.now() - began);
    ${step};
    requestAnimationFrame(() => painted.port2.postMessage(null));
  })`);
}

function loaded(page: Page): Promise<number> {
  return page.evaluate<number>(`performance.getEntriesByType("navigation")[0].loadEventEnd`);
}

function ms(time: number): string {
  return `${time.toFixed(1).padStart(6)} ms`;
}
