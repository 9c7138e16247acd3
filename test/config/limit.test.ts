import { test } from "node:test";
import assert from "node:assert/strict";
import { formatLimit, parseLimit } from "../../src/config/limit.ts";
import type { Limit } from "../../src/model/desired.ts";

const rows: readonly (readonly [written: string | number, expected: Limit | null])[] = [
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
for (const [written, expected] of rows) {
  test(`the limit ${JSON.stringify(written)}`, () => {
    assert.deepEqual(parseLimit(written), expected);
  });
}

test("a limit is shown as it is written", () => {
  assert.equal(formatLimit({ kind: "share", percent: 25 }), "25%");
  assert.equal(formatLimit({ kind: "count", count: 12 }), "12");
});
