/** A real browser for the tests of the HTML page, and a page that records everything it should not do. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { folderWith, pathOf, skipped } from "../support.ts";

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

/** Browsers to launch, in the order in which they are tried: installed ones, then the one of the package. */
type Candidate = () => Promise<Parameters<typeof chromium.launch>[0]>;

const INSTALLED = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function candidates(programs: readonly string[]): readonly Candidate[] {
  const installed = programs.flatMap((name): Candidate[] => {
    const executablePath = pathOf(name);
    return executablePath === null ? [] : [async () => ({ executablePath })];
  });
  // playwright knows where Chrome is on macOS and Windows.
  if (process.platform !== "linux") installed.push(async () => ({ channel: "chrome" }));
  if (process.platform === "linux" && process.arch === "x64") installed.push(unpacked);
  return installed;
}

/** The Chromium of the package with its libraries and a font, unpacked once: it needs nothing of the machine. */
async function unpacked(): Promise<Parameters<typeof chromium.launch>[0]> {
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  const folder = join(cache, "chromium-138");
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const TMPDIR = await mkdtemp(join(cache, "chromium-"));
    const env = { ...process.env, TMPDIR, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" };
    const script = fileURLToPath(new URL("unpack-chromium.mjs", import.meta.url));
    await promisify(execFile)(process.execPath, [script], { env });
    await writeFile(
      join(TMPDIR, "fonts.conf"),
      `<fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "font-cache")}</cachedir></fontconfig>\n`,
    );
    // Another process may have been faster.
    await rename(TMPDIR, folder).catch(() => rm(TMPDIR, { recursive: true, force: true }));
  }
  return {
    executablePath: join(folder, "chromium"),
    env: {
      ...process.env,
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
      LD_LIBRARY_PATH: join(folder, "al2023/lib"),
    },
  };
}

/** The first browser that starts, with a new profile; null if none does. */
export async function launchBrowser(programs = INSTALLED): Promise<Browser | null> {
  for (const candidate of candidates(programs)) {
    try {
      return await chromium.launch({ args: ARGUMENTS, ...(await candidate()) });
    } catch (error) {
      console.error(`this browser does not start: ${String(error)}`);
    }
  }
  return null;
}

/** `describe` for tests in this browser. Without one, a single skipped test replaces them. */
export function describeIn(browser: Browser | null): (name: string, tests: () => void) => void {
  if (browser !== null) return (name, tests) => void describe(name, tests);
  it("the HTML page in a browser", {
    skip: skipped("Chrome or Chromium", "Debian: apt-get install chromium"),
  });
  return () => {};
}

const DESKTOP = { width: 1280, height: 900 };

/** One page for all files (a new one each time costs a process), and what it should not do. */
export class Reader {
  readonly page: Page;
  /** Console messages, errors, violations of the policy, and requests for anything but the file itself. */
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
