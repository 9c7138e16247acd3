import { test } from "node:test";
import assert from "node:assert/strict";
import { notes } from "../../src/config/notes.ts";

const place = (path: string, line: number) => ({ path, line, column: 1 });

test("problems come sorted, each once", () => {
  const { note, problems } = notes();
  note(place("b.yaml", 1), "x", "one");
  note(place("a.yaml", 2), "x", "two");
  note(place("a.yaml", 1), "y", "three");
  note(place("a.yaml", 2), "x", "two");
  assert.deepEqual(
    problems().map(({ message }) => message),
    ["three", "two", "one"],
  );
});

test("more than a thousand of one file are counted, not shown", () => {
  const { note, problems } = notes();
  for (let line = 1; line <= 1_500; line += 1) note(place("b.yaml", line), "x", "wrong");
  note(place("a.yaml", 1), "x", "first");
  note(place("c.yaml", 1), "x", "last");
  const shown = problems();
  assert.equal(shown.length, 1_003);
  assert.equal(shown[0]?.message, "first");
  assert.deepEqual(shown[1_001], {
    place: place("b.yaml", 1_000),
    code: "too-many-problems",
    message: "500 more problems in this file are not shown: mend these first",
  });
  assert.equal(shown[1_002]?.message, "last");
});
