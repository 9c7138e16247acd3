/** Reading YAML: the values as written, each with its place. */
import { test } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { collectProblems } from "../../src/model/problem.ts";
import type { YamlDocument } from "../../src/config/yaml-document.ts";
import { readYaml } from "../../src/config/yaml.ts";

function reading(text: string): YamlDocument {
  const { report, sorted } = collectProblems();
  const read = readYaml("f.yaml", text, report);
  assert.deepEqual(sorted(), []);
  assert.ok(read);
  return read;
}

test("any JSON is read unchanged", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const json = JSON.stringify(value);
      assert.deepEqual(reading(json).value, JSON.parse(json));
    }),
    { numRuns: 200 },
  );
});

test("keys are text, values follow the core schema", () => {
  const { value } = reading("yes: yes\n0123: 0o17\nnull: ~\n? a\n: 2026-12-31\n'<<': 1\n");
  assert.deepEqual(value, {
    yes: "yes",
    "0123": 15,
    null: null,
    a: "2026-12-31",
    "<<": 1,
  });
});

test("a place for every value and key, at what is nearest where there is none", () => {
  const read = reading("a:\n  - b: x\n    c: &n [1, 2]\nd: *n\ne:\n'f': |\n  text\n");
  const at = (...path: (string | number)[]) => {
    const { line, column } = read.locate(path);
    const key = read.locateKey(path);
    return [line, column, key.line, key.column];
  };
  assert.deepEqual(at(), [1, 1, 1, 1]);
  assert.deepEqual(at("a"), [2, 3, 1, 1]);
  assert.deepEqual(at("a", 0, "b"), [2, 8, 2, 5]);
  assert.deepEqual(at("a", 0, "c", 1), [3, 15, 3, 15]);
  assert.deepEqual(at("d"), [4, 4, 4, 1]);
  assert.deepEqual(at("d", 1), [3, 15, 3, 15]);
  assert.deepEqual(at("e"), [5, 1, 5, 1]);
  assert.deepEqual(at("f"), [6, 6, 6, 1]);
  assert.deepEqual(at("a", 7), [2, 3, 1, 1]);
  assert.deepEqual(at("nothing", "here"), [1, 1, 1, 1]);
});

test("in a map of many keys the place is that of the first with the name", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `key${index}: ${index}`);
  const read = reading(lines.join("\n"));
  assert.deepEqual(read.locate(["key39"]), { path: "f.yaml", line: 40, column: 8 });
  assert.deepEqual(read.locateKey(["key0"]), { path: "f.yaml", line: 1, column: 1 });
});

test("a scalar's text as it was written", () => {
  const read = reading('a: 0123\nb: "x"\nc: [1]\nd: yes\n');
  assert.equal(read.written(["a"]), "0123");
  assert.equal(read.written(["b"]), "x");
  assert.equal(read.written(["c"]), null);
  assert.equal(read.written(["d"]), "yes");
});
