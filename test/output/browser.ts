/** A real browser for the tests of the HTML page, and a page in it that records all it should not do. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
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

const DESKTOP = { width: 1280, height: 900 };

/** A page for one file after the other (a new one each time costs a process), and what it should not do. */
export class Reader {
  readonly page: Page;
  /** Console messages, errors, violations of the policy and requests other than the file itself. */
  incidents: string[] = [];
  #file = "";

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => this.incidents.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => this.incidents.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => this.incidents.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (request.url() !== this.#file) this.incidents.push(`request: ${request.url()}`);
    });
  }

  /** Opens this HTML as a file, as a reader of an artifact does, on a desktop in light colours. */
  async open(html: string): Promise<Page> {
    this.#file = pathToFileURL(join(await folderWith({ "page.html": html }), "page.html")).href;
    this.incidents = [];
    await this.page.emulateMedia({ media: null, colorScheme: "light" });
    await this.page.setViewportSize(DESKTOP);
    await this.page.goto(this.#file);
    return this.page;
  }
}

export async function newReader(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Reader> {
  const context = await browser.newContext(options);
  return new Reader(await context.newPage());
}
