import { test } from "node:test";
import assert from "node:assert/strict";
import { isDay } from "../../src/config/day.ts";

const rows: readonly (readonly [text: string, expected: boolean])[] = [
  ["2026-12-31", true],
  ["2024-02-29", true],
  ["2000-02-29", true],
  ["0001-01-01", true],
  ["2026-02-29", false],
  ["1900-02-29", false],
  ["2026-04-31", false],
  ["2026-13-01", false],
  ["2026-00-10", false],
  ["2026-10-00", false],
  ["2026-1-1", false],
  ["26-01-01", false],
  ["2026-01-01T00:00:00Z", false],
  [" 2026-01-01", false],
  ["2026-01-01\n", false],
  ["tomorrow", false],
  ["", false],
];
for (const [text, expected] of rows) {
  test(`${JSON.stringify(text)} is ${expected ? "a" : "no"} day`, () => {
    assert.equal(isDay(text), expected);
  });
}
