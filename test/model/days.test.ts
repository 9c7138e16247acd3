import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, dayOf, earlier, hasEnded, later } from "../../src/model/days.ts";

test("a day is the one in UTC", () => {
  assert.equal(dayOf(Date.UTC(2026, 10, 23, 23, 59, 59, 999)), "2026-11-23");
  assert.equal(dayOf(Date.UTC(2026, 10, 24)), "2026-11-24");
});

test("days are added over ends of months, leap days and ends of years", () => {
  assert.equal(addDays("2026-11-23", 14), "2026-12-07");
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2027-02-28", 1), "2027-03-01");
  assert.equal(addDays("2026-12-31", 1), "2027-01-01");
});

test("the last day counts", () => {
  assert.deepEqual(
    ["2026-11-22", "2026-11-23", "2026-11-24", null].map((day) => hasEnded(day, "2026-11-23")),
    [true, false, false, false],
  );
});

test("no day is never: later than any, earlier than none", () => {
  assert.equal(earlier("2026-01-01", "2026-01-02"), "2026-01-01");
  assert.equal(earlier(null, "2026-01-02"), "2026-01-02");
  assert.equal(earlier("2026-01-01", null), "2026-01-01");
  assert.equal(earlier(null, null), null);
  assert.equal(later("2026-01-01", "2026-01-02"), "2026-01-02");
  assert.equal(later(null, "2026-01-02"), null);
  assert.equal(later("2026-01-01", null), null);
});
