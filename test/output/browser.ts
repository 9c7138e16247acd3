/** A real browser for the tests of the HTML page, and a page in it that records all it should not do. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { folderWith } from "../support.ts";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with a profile of its own; without one the tests fail, and say what to install. */
export async function launchChromium(path = "/usr/bin/chromium"): Promise<Browser> {
  await access(path).catch((cause: unknown) => {
    const how = "apt-get update && apt-get install -y chromium";
    throw new Error(`The HTML tests need Chromium at ${path}. Install it: ${how}`, { cause });
  });
  return await chromium.launch({ executablePath: path, args: ARGUMENTS });
}

export interface Opened {
  readonly page: Page;
  /** Console messages, errors, violations of the policy and requests other than the file itself. */
  readonly incidents: readonly string[];
}

/** Opens this HTML as a file, as a reader of an artifact does. */
export async function open(context: BrowserContext, html: string): Promise<Opened> {
  const file = pathToFileURL(join(await folderWith({ "page.html": html }), "page.html")).href;
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on("console", (message) => incidents.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => incidents.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => incidents.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== file) incidents.push(`request: ${request.url()}`);
  });
  await page.goto(file);
  return { page, incidents };
}
