/** Texts to compare the two YAML readers with, and the comparison itself. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { readFastYaml } from "../../src/config/fast-yaml.ts";
import { collectProblems } from "../../src/model/problem.ts";
import { decodeText } from "../../src/config/read-text.ts";
import type { Path, YamlDocument } from "../../src/config/yaml-document.ts";
import { readYaml } from "../../src/config/yaml.ts";

export type Verdict = "the same" | "given up" | "no text";

/** Fails unless the fast reader gives up, or gives exactly what the full reader gives. */
export function compareReaders(written: string): Verdict {
  const { report, sorted } = collectProblems();
  const text = decodeText("f.yaml", Buffer.from(written), report);
  if (text === null) return "no text";
  const simple = readFastYaml("f.yaml", text);
  if (simple === null) return "given up";
  const checked = readYaml("f.yaml", text, report);
  assert.deepEqual(sorted(), [], "what has problems is not simple");
  assert.ok(checked !== null);
  assert.deepEqual(simple.value, checked.value);
  assert.equal(JSON.stringify(simple.value), JSON.stringify(checked.value), "in the same order");
  for (const path of pathsIn(checked.value, [])) {
    assert.deepEqual(said(simple, path), said(checked, path));
  }
  return "the same";
}

function said(reading: YamlDocument, path: Path): unknown {
  return [path, reading.locate(path), reading.locateKey(path), reading.written(path)];
}

/** Every path that exists in the value, and from each place one that does not. */
function* pathsIn(value: unknown, path: Path): Generator<Path> {
  yield path;
  yield [...path, Array.isArray(value) ? value.length : "constructor"];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* pathsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** One of the words; `·` is a space and `⏎` the end of a line. */
function oneOf(words: string): fc.Arbitrary<string> {
  const texts = words.split(" ").map((text) => text.replaceAll("·", " ").replaceAll("⏎", "\n"));
  return fc.constantFrom(...texts);
}

function weighted(...choices: readonly (readonly [number, fc.Arbitrary<string>])[]) {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

function joined(...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => texts.join(""));
}

const nothing = fc.constant("");

const odd = weighted(
  [4, oneOf("-· - -- --- ... :· : ·: ·:· ?· # ·# ·#·c #·c ⏎ ⏎⏎ · ·· [ ] { } , ,· [] {}")],
  [4, oneOf('&a· *a ! !!str· | > |-⏎ % @ ` << <<:· \' " \'\' "" \'a\' "a" \\ "\\n" = b:·c')],
  [
    2,
    oneOf("null Null nULL ~ true False tRUE yes 0 1 -1 +1 1. .5 1e3 1e 0x1F 0x 0o17 0o8 0123 1_0"),
  ],
  [2, oneOf(".inf -.INF .nan +.nan 2026-12-31 25% 12:30 1.2.3 12345678901234567890 __proto__")],
  [
    1,
    oneOf("\t \r\n \uFEFF \u00A0 \u0085 \u2028 \u3000 é 日本 🙂 constructor a{b a]b a,b a:b a#b"),
  ],
  [1, fc.string({ maxLength: 5, unit: "binary" })],
);

const usual = oneOf(
  "email roles users a b c Member x·y a@b.c it's ../f.yaml 25% 2026-12-31 7 Größe",
);
const word = weighted([30, usual], [1, odd], [1, joined(usual, odd)]);

const key = weighted([3, joined(usual, fc.nat(99).map(String))], [1, word]);

const blanks = weighted([6, nothing], [1, oneOf("· ··")]);
const flow = fc.letrec<Record<"value" | "list" | "map" | "entry", string>>((tie) => ({
  value: fc.oneof({ maxDepth: 3, depthSize: "small" }, word, word, tie("list"), tie("map")),
  entry: joined(blanks, key, oneOf(":· :· :· :· :"), tie("value")),
  list: commaList("[", "]", joined(blanks, tie("value"))),
  map: commaList("{", "}", tie("entry")),
})).value;

function commaList(open: string, close: string, item: fc.Arbitrary<string>) {
  const items = fc.array(item, { maxLength: 3 }).map((texts) => texts.join(","));
  return joined(fc.constant(open), items, blanks, fc.constant(close));
}

const scalar = weighted(
  [6, word],
  [1, joined(word, word)],
  [1, word.map((text) => `'${text}'`)],
  [1, word.map((text) => `"${text}"`)],
  [3, flow],
);

const comment = weighted([80, nothing], [20, oneOf("· ·#·c ··#·a:·b")], [1, oneOf("#x")]);
const lineEnd = weighted(
  [9, fc.constant("\n")],
  [2, oneOf("⏎⏎ ⏎#·c⏎ ⏎····#·c⏎ ⏎··⏎")],
  [1, fc.constant("\r\n")],
);
const content = weighted(
  [3, joined(key, oneOf(":· :· :· :"), scalar)],
  [2, joined(key, oneOf(": :··"))],
  [1, scalar],
);

/** Lines with any indentation, each similar to one of a users file. */
const line = joined(
  fc.constantFrom(0, 0, 0, 2, 2, 4, 1, 3).map((indent) => " ".repeat(indent)),
  weighted([60, nothing], [20, oneOf("-· -···")], [1, oneOf("-·-· - ?·")]),
  content,
  comment,
  lineEnd,
);
export const lines = fc.array(line, { maxLength: 6 }).map((all) => all.join(""));

type Lines = readonly string[];
const scalarLine = scalar.map((text): Lines => [text]);

const listItem = (first: fc.Arbitrary<Lines>): fc.Arbitrary<Lines> =>
  fc
    .tuple(fc.constantFrom(1, 1, 1, 1, 3), first)
    .map(([spaces, texts]) =>
      texts.map((text, index) => (index === 0 ? "-" : " ") + " ".repeat(spaces) + text),
    );

const entryOf = (block: fc.Arbitrary<Lines>): fc.Arbitrary<Lines> =>
  fc.oneof(
    joined(key, fc.constant(": "), scalar).map((text): Lines => [text]),
    fc
      .tuple(key, fc.constantFrom(0, 1, 2, 2, 2, 4), block)
      .map(([key, indent, inner]) => [
        `${key}:`,
        ...inner.map((text) => " ".repeat(indent) + text),
      ]),
  );

/** Maps and lists with mostly correct indentation, which the fast reader accepts. */
export const documents = fc
  .letrec<Record<"block" | "list" | "map", Lines>>((tie) => ({
    block: fc.oneof({ maxDepth: 4, depthSize: "small" }, scalarLine, tie("map"), tie("list")),
    list: fc
      .array(listItem(fc.oneof(scalarLine, tie("map"), tie("map"))), { minLength: 1, maxLength: 3 })
      .map((items) => items.flat()),
    map: fc.array(entryOf(tie("block")), { minLength: 1, maxLength: 3 }).map((all) => all.flat()),
  }))
  .block.chain((texts) =>
    joined(
      weighted([8, nothing], [1, oneOf("---⏎ #·c⏎ \uFEFF ---·#·c⏎ ⏎")]),
      ...texts.map((text) => joined(fc.constant(text), comment, lineEnd)),
    ),
  );

/** A text with inserted pieces, each at a fraction of its length and in place of some characters. */
export function damaged(original: string): fc.Arbitrary<string> {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(60)),
    piece: fc.oneof(odd, odd, fc.constant(""), line),
  });
  return fc.array(damage, { maxLength: 3 }).map((damages) =>
    damages.reduce((text, { at, removed, piece }) => {
      const index = Math.floor(at * text.length);
      return text.slice(0, index) + piece + text.slice(index + removed);
    }, original),
  );
}
