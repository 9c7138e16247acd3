import { test } from "node:test";
import assert from "node:assert/strict";
import { formatLimit, type Limit, parseLimit } from "../../src/model/desired.ts";
import { isDay } from "../../src/model/days.ts";

const days: readonly (readonly [text: string, expected: boolean])[] = [
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
for (const [text, expected] of days) {
  test(`${JSON.stringify(text)} is ${expected ? "a" : "no"} day`, () => {
    assert.equal(isDay(text), expected);
  });
}

const limits: readonly (readonly [written: string | number, expected: Limit | null])[] = [
  ["25%", { kind: "share", percent: 25 }],
  ["0%", { kind: "share", percent: 0 }],
  ["100%", { kind: "share", percent: 100 }],
  ["101%", null],
  ["2.5%", null],
  ["-1%", null],
  ["025%", null],
  ["%", null],
  ["12", { kind: "count", count: 12 }],
  [12, { kind: "count", count: 12 }],
  [0, { kind: "count", count: 0 }],
  [-1, null],
  [0.25, null],
  [1e30, null],
  ["99999999999999999999", null],
  ["1e3", null],
  ["twelve", null],
  ["", null],
  [" 12", null],
];
for (const [written, expected] of limits) {
  test(`the limit ${JSON.stringify(written)}`, () => {
    assert.deepEqual(parseLimit(written), expected);
  });
}

test("a limit is shown as it is written", () => {
  assert.equal(formatLimit({ kind: "share", percent: 25 }), "25%");
  assert.equal(formatLimit({ kind: "count", count: 12 }), "12");
});
