/** Every test that the threat model names exists under that name. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { root } from "./runner.ts";

it("each test that the threat model names is there", () => {
  const page = readFileSync(join(root, "docs/threat-model.md"), "utf8");
  const cells = [...page.matchAll(/`(test\/[\w./-]+)`(?::((?:,? "[^"]+")+))?/g)];
  assert.ok(cells.length > 40);
  const missing = cells.flatMap(([, path = "", names = ""]) => {
    const source = readFileSync(join(root, path), "utf8");
    // "suite > test"
    const quoted = [...names.matchAll(/"([^"]+)"/g)].flatMap(([, name = ""]) => name.split(" > "));
    return quoted.filter((name) => !source.includes(name)).map((name) => `${path}: ${name}`);
  });
  assert.deepEqual(missing, []);
});
