import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { quotaOf, retryAfterMs } from "../../src/polytomic/rate-limit-headers.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

function answer(headers: Readonly<Record<string, string>>, status = 429) {
  return { status, headers, body: undefined };
}

describe("Retry-After", () => {
  for (const [value, ms] of [
    ["0", 0],
    ["1", 1000],
    [" 2 ", 2000],
    ["0.25", 250],
    ["600", 600_000],
    ["86400", 600_000],
    ["99999999999999999999", 600_000],
    ["Mon, 23 Nov 2026 12:00:05 GMT", 5000],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["-1", null],
    ["soon", null],
    ["", null],
    ["1e3", null],
    ["0x10", null],
  ] as const) {
    test(`${JSON.stringify(value)}: ${ms} ms`, () => {
      assert.equal(retryAfterMs(answer({ "retry-after": value }), NOW), ms);
    });
  }

  test("by date counts from the server's own clock where it shows it", () => {
    const headers = {
      date: "Mon, 23 Nov 2026 09:00:00 GMT",
      "retry-after": "Mon, 23 Nov 2026 09:00:03 GMT",
    };
    assert.equal(retryAfterMs(answer(headers), NOW), 3000);
  });
});

describe("X-RateLimit", () => {
  test("-Reset counts from the server's own clock where it shows it", () => {
    const headers = {
      date: new Date(NOW - 3_600_000).toUTCString(),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(NOW / 1000 - 3600 + 2),
    };
    assert.deepEqual(quotaOf(answer(headers), NOW), { remaining: 0, resetMs: 2000 });
  });

  test("-Reset counts from our own clock if both clocks agree: a Date header has whole seconds", () => {
    const headers = {
      date: new Date(NOW).toUTCString(),
      "x-ratelimit-remaining": "10",
      "x-ratelimit-reset": String(NOW / 1000 + 1),
    };
    assert.deepEqual(quotaOf(answer(headers), NOW + 900), { remaining: 10, resetMs: 100 });
  });

  for (const [name, remaining, reset, quota] of [
    ["epoch seconds", "7", String(NOW / 1000 + 30), { remaining: 7, resetMs: 30_000 }],
    ["epoch milliseconds", "7", String(NOW + 30_000), { remaining: 7, resetMs: 30_000 }],
    ["seconds from now", "7", "30", { remaining: 7, resetMs: 30_000 }],
    ["in the past", "0", String(NOW / 1000 - 30), { remaining: 0, resetMs: 0 }],
    ["far away", "0", String(NOW / 1000 + 86_400), { remaining: 0, resetMs: 600_000 }],
    ["no number", "many", "30", null],
    ["half of it", "7", undefined, null],
  ] as const) {
    test(name, () => {
      const headers = {
        "x-ratelimit-remaining": remaining,
        ...(reset === undefined ? {} : { "x-ratelimit-reset": reset }),
      };
      assert.deepEqual(quotaOf(answer(headers, 200), NOW), quota);
    });
  }

  test("-Reset of a 429 counts without -Remaining", () => {
    const headers = { "x-ratelimit-reset": String(NOW / 1000 + 5) };
    assert.deepEqual(quotaOf(answer(headers), NOW), { remaining: 0, resetMs: 5000 });
  });
});
