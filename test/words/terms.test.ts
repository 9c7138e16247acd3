/** One term for one thing: everything that users read uses the terms of docs/glossary.md. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/manual.ts";
import { run } from "../program.ts";
import { findingsIn } from "./terms.ts";

const root = new URL("../../", import.meta.url);

/** Files below a folder, with their paths from the root. */
function filesIn(folder: string, ...endings: readonly string[]): readonly string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** `path:line: found, use term` for each word that is not the term. */
function check(path: string, text: string): void {
  const findings = findingsIn(withoutValues(text)).map(
    ({ line, found, use }) => `${path}:${line}: "${found}": the term is ${use}`,
  );
  assert.deepEqual(findings, []);
}

/** Keeps the line numbers. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}

/** Without code, quotations and targets of links. */
function prose(markdown: string): string {
  return markdown
    .replaceAll(/^```.*?^```$/gms, blank)
    .replaceAll(/`[^`\n]*`|"[^"\n]*"|\]\([^)\s]*\)|<[^>]*>/g, blank);
}

/** The text of the page, without its scripts, styles and tags. */
function visible(html: string): string {
  return html.replaceAll(/<(script|style)\b.*?<\/\1>/gs, blank).replaceAll(/<[^>]*>/g, blank);
}

/** Addresses and role names are values; the words around them are not. */
function withoutValues(output: string): string {
  return output
    .replaceAll(/[\w.+-]+@[\w.-]+/g, blank)
    .replaceAll(/\b(Member|Analyst|Viewer|Billing|Admin|Workspace administrator)\b/g, blank)
    .replaceAll(/"(?:email|action|error)":/g, blank);
}

/** Strings of a source file that are sentences or phrases: comments, names and paths are not. */
function messages(source: string): string {
  const code = source
    .replaceAll(/^\s*(?:\/\*\*.*?\*\/|\/\/[^\n]*)/gms, blank)
    .replaceAll(/\/\/ [^\n"`]*$/gm, blank)
    .replaceAll(/\$\{[^{}]*\}/g, blank);
  return code.replaceAll(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`\n]+/g, (part) =>
    /^["`]/.test(part) && /\S\s+\S/.test(part) ? part.slice(1, -1) : blank(part),
  );
}

/** The texts of a schema that an editor shows. */
function descriptions(schema: string): string {
  return schema
    .split("\n")
    .map((line) =>
      [...line.matchAll(/"(?:description|title)": ("(?:[^"\\]|\\.)*")/g)]
        .map(([, text = ""]) => text)
        .join(" "),
    )
    .join("\n");
}

function comments(yaml: string): string {
  return yaml
    .split("\n")
    .map((line) => /(?:^|\s)#(.*)$/.exec(line)?.[1] ?? "")
    .join("\n");
}

describe("the terms of docs/glossary.md", () => {
  for (const path of filesIn("test/golden", ".txt", ".md", ".html")) {
    it(path, () => {
      const text = read(path);
      check(path, path.endsWith(".html") ? visible(text) : text);
    });
  }

  for (const command of ["", ...Object.keys(COMMANDS)]) {
    it(`${command} --help`, async () => {
      const { stdout } = await run([...(command === "" ? [] : [command]), "--help"]);
      assert.ok(stdout.length > 100);
      check(`${command} --help`, stdout);
    });
  }

  for (const path of filesIn("src", ".ts").filter((one) => !one.startsWith("src/generated/"))) {
    it(`the messages of ${path}`, () => {
      check(path, messages(read(path)));
    });
  }

  for (const path of [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ...filesIn("docs", ".md").filter((one) => one !== "docs/reference.md"),
  ]) {
    it(path, () => {
      check(path, prose(read(path)));
    });
  }

  for (const path of filesIn("schemas", ".json")) {
    it(path, () => {
      check(path, descriptions(read(path)));
    });
  }

  for (const path of ["users.example.yaml", ...filesIn("examples", ".yaml", ".yml")]) {
    it(`the comments of ${path}`, () => {
      check(path, comments(read(path)));
    });
  }
});

describe("the check itself", () => {
  const planted = "The person was invited by e-mail.\nfine\nthrottled by the tenant";

  it("finds a planted word, with its line and the term", () => {
    assert.deepEqual(findingsIn(planted), [
      { line: 1, found: "person", use: "user" },
      { line: 1, found: "invited", use: "add" },
      { line: 3, found: "tenant", use: "organization" },
      { line: 3, found: "throttled", use: "rate limit" },
    ]);
  });

  it("checks messages in the source, and not its comments and names", () => {
    const source = 'const person = "people"; // nobody\nconst text = `${person} was told`;\n';
    assert.deepEqual(
      findingsIn(messages(source)).map(({ line, found }) => `${line} ${found}`),
      ["2 told"],
    );
  });

  it("checks prose and pages, and not code and markup", () => {
    assert.deepEqual(findingsIn(prose("`people`\n```sh\nperson\n```\n[x](people.md)\n")), []);
    assert.equal(findingsIn(visible('<p class="person">people</p>')).length, 1);
  });
});
