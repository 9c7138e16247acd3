import { test } from "node:test";
import assert from "node:assert/strict";
import { collectProblems } from "../../src/model/problem.ts";
import { capProblems } from "../../src/model/problem.ts";

const place = (path: string, line: number) => ({ path, line, column: 1 });

test("problems come sorted, each once", () => {
  const { report, sorted } = collectProblems();
  report(place("b.yaml", 1), "duplicate-key", { name: "one", at: place("c.yaml", 1) });
  report(place("a.yaml", 2), "unknown-alias", { name: "two" });
  report(place("a.yaml", 1), "no-users", {});
  report(place("a.yaml", 2), "unknown-alias", { name: "two" });
  assert.deepEqual(
    sorted().map(({ place, code }) => `${place.path}:${place.line} ${code}`),
    ["a.yaml:1 no-users", "a.yaml:2 unknown-alias", "b.yaml:1 duplicate-key"],
  );
});

test("a hundred of each file are shown, and the others counted", () => {
  const { report, sorted } = collectProblems();
  for (let line = 1; line <= 150; line += 1) report(place("b.yaml", line), "no-users", {});
  report(place("a.yaml", 1), "no-users", {});
  report(place("c.yaml", 1), "no-users", {});
  const { shown, hidden } = capProblems(sorted());
  assert.equal(shown.length, 102);
  assert.equal(shown[100]?.place.line, 100);
  assert.deepEqual(hidden, [{ path: "b.yaml", count: 50 }]);
});
