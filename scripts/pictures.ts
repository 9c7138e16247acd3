/**
 * `npm run pictures` makes the README's pictures of a plan (docs/images) from what the program prints on the sandbox.
 * A test compares the SVG files with what it prints today. The pictures of the page need Chrome or Chromium.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadState } from "../src/sandbox/state-file.ts";
import { launchBrowser } from "../test/output/browser.ts";
import { polytomic, run } from "../test/program.ts";
import { folderWith } from "../test/support.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs/images");
const COMMAND = "polytomic-users plan";
const DAY = "2026-12-20";

export const THEMES = {
  light: {
    back: "#ffffff",
    line: "#d0d7de",
    text: "#1f2328",
    quiet: "#57606a",
    "31": "#a40e26",
    "32": "#0a5a26",
    "33": "#6a4100",
    "36": "#0a4a8f",
  },
  dark: {
    back: "#0d1117",
    line: "#30363d",
    text: "#e6edf3",
    quiet: "#a3acb6",
    "31": "#ffaba4",
    "32": "#7ee787",
    "33": "#f0c862",
    "36": "#8cc8ff",
  },
} as const;

export type Theme = keyof typeof THEMES;

/** The plan of examples/acme.yaml: on a terminal of 80 columns, and as a page. */
export async function examplePlan(): Promise<{ terminal: string; html: string }> {
  const state = join(root, "examples/sandbox/acme.yaml");
  const server = await polytomic(loadState(await readFile(state, "utf8"), state));
  try {
    const file = await readFile(join(root, "examples/acme.yaml"), "utf8");
    const cwd = await folderWith({ "users.yaml": file.replace("../schemas", "./schemas") });
    const args = ["plan", "--as-of", DAY];
    const text = await run(args, { cwd, env: server.env, terminal: true });
    const page = await run([...args, "--output", "html"], { cwd, env: server.env });
    if (text.code !== 0 || page.code !== 0) throw new Error(text.stderr + page.stderr);
    // The rest depends on the sandbox's port: the address, and the digest over it.
    const [terminal = ""] = text.stdout.split("\nPolytomic: ");
    return { terminal, html: page.stdout };
  } finally {
    await server.close();
  }
}

const CHARACTER = 8.43;
const LINE = 19;
const MARGIN = 16;

/** Text with terminal colours as an SVG picture. */
export function svgOf(terminal: string, theme: Theme): string {
  const colors = THEMES[theme];
  const lines = [`$ ${COMMAND}`, "", ...terminal.trimEnd().split("\n")];
  const width = Math.ceil(84 * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map((line, at) => {
    const y = MARGIN + at * LINE + 14;
    return line === "" ? "" : `<text x="${MARGIN}" y="${y}">${spansOf(line, colors)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${COMMAND}</title>`,
    `<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: ${colors.text}; white-space: pre; }</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6" fill="${colors.back}" stroke="${colors.line}"/>`,
    ...rows.filter((row) => row !== ""),
    "</svg>",
    "",
  ].join("\n");
}

/** Each run of one colour has its own x coordinate, so that columns align in every font. */
function spansOf(line: string, colors: (typeof THEMES)[Theme]): string {
  let codes: readonly string[] = [];
  let column = 0;
  let spans = "";
  // oxlint-disable-next-line no-control-regex
  for (const [, escape, text = ""] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    if (escape !== undefined) {
      codes = escape === "" || escape === "0" ? [] : [...codes, ...escape.split(";")];
      if (codes.at(-1) === "39") codes = codes.filter((code) => !/^3\d$/.test(code));
      if (codes.at(-1) === "22") codes = codes.filter((code) => !["1", "2", "22"].includes(code));
      continue;
    }
    for (const { 0: word, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      const x = (MARGIN + (column + index) * CHARACTER).toFixed(1);
      const length = (word.length * CHARACTER).toFixed(1);
      spans += `<tspan x="${x}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${styleOf(codes, colors)}>${escapeXml(word)}</tspan>`;
    }
    column += text.length;
  }
  return spans;
}

function styleOf(codes: readonly string[], colors: (typeof THEMES)[Theme]): string {
  const bold = codes.includes("1") ? ' font-weight="bold"' : "";
  const color = Object.entries(colors).find(([code]) => codes.includes(code))?.[1];
  const fill = color ?? (codes.includes("2") ? colors.quiet : null);
  return bold + (fill === null ? "" : ` fill="${fill}"`);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

async function photograph(html: string): Promise<void> {
  const browser = await launchBrowser();
  if (browser === null) throw new Error("the pictures of the page need Chrome or Chromium");
  try {
    const page = await browser.newPage({ viewport: { width: 1120, height: 560 } });
    const path = join(await folderWith({ "plan.html": html }), "plan.html");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(pathToFileURL(path).href);
      await page.screenshot({ path: join(folder, `page-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { terminal, html } = await examplePlan();
  await mkdir(folder, { recursive: true });
  for (const theme of ["light", "dark"] as const) {
    await writeFile(join(folder, `plan-${theme}.svg`), svgOf(terminal, theme));
  }
  await photograph(html);
}
