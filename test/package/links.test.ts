/** Every relative link of the README and the documentation works: in the repository and in the package. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { packedFiles } from "./packed-files.ts";

const root = new URL("../../", import.meta.url);
const packed = new Set(packedFiles());
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(new URL("docs", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe("the links of", () => {
  for (const page of pages) {
    it(`${page} lead to a file of the package and to a heading in it`, () => {
      const broken = linksOf(text(page)).filter((link) => !works(page, link));
      assert.deepEqual(broken, []);
    });
  }
});

/** Links and pictures, outside of code blocks, that are not to another site. */
function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  const found = prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g);
  return [...found]
    .map(([, link, attribute]) => link ?? attribute ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

function works(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : posix.join(posix.dirname(page), path);
  const folder = target.endsWith("/") ? target : `${target}/`;
  if (!packed.has(target)) return [...packed].some((file) => file.startsWith(folder));
  return heading === undefined || headingsOf(text(target)).includes(heading);
}

/** Anchors of headings, as GitHub makes them. */
function headingsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function text(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}
