import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createLimiter } from "../../src/sandbox/limits.ts";
import type { LimitOptions, LimitRule } from "../../src/sandbox/limits.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";
import { ask, sandboxWith } from "./calls.ts";

const QUIET = { retryAfter: "none", rateLimitHeaders: false, changes: [] } as const;

/** The requests at these milliseconds that are admitted: `+` or `-` for each. */
function admitted(options: LimitOptions, times: readonly number[]): string {
  const limiter = createLimiter(options);
  return times.map((time) => (limiter.judge(time, 0).admitted ? "+" : "-")).join("");
}

describe("which requests are admitted", () => {
  const bucket: LimitRule = { kind: "token-bucket", perSecond: 10, burst: 3 };
  const fixed: LimitRule = { kind: "fixed-window", requests: 2, windowMs: 1000 };
  const sliding: LimitRule = { kind: "sliding-window", requests: 2, windowMs: 1000 };
  const rows: readonly (readonly [LimitRule, readonly number[], string])[] = [
    [bucket, [0, 0, 0, 0], "+++-"],
    [bucket, [0, 0, 0, 99, 100, 100, 200], "+++-+-+"],
    [bucket, [0, 0, 0, 10_000, 10_000, 10_000, 10_000], "++++++-"],
    [bucket, [5, 5, 5, 35, 65, 95, 105], "+++---+"],
    [fixed, [900, 900, 900, 1000, 1000, 1000], "++-++-"],
    [sliding, [900, 950, 1000, 1899, 1900, 1949, 1950], "++--+-+"],
  ];
  for (const [rule, times, expected] of rows) {
    test(`${rule.kind} at ${times.join(", ")} ms: ${expected}`, () => {
      assert.equal(admitted({ ...QUIET, rule }, times), expected);
    });
  }
});

test("a limit on requests in flight admits no more than that at a time", async () => {
  const clock = createVirtualClock();
  const limit = { ...QUIET, rule: { kind: "concurrent", requests: 2 } } as const;
  const sandbox = sandboxWith({ clock, limit, latencyMs: 10 });
  const asked = [1, 2, 3].map(() => ask(sandbox, "GET", "/api/me"));
  await clock.run();
  asked.push(ask(sandbox, "GET", "/api/me"));
  await clock.run();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 200, 429, 200]);
  assert.deepEqual(sandbox.inFlight, { now: 0, atMost: 2 });
});

test("the limit changes at the given time, counted from the first request", () => {
  const rule: LimitRule = { kind: "fixed-window", requests: 2, windowMs: 1000 };
  const changes = [{ afterMs: 2000, rule: { ...rule, requests: 1 } }];
  const times = [500, 500, 500, 2499, 2499, 2500, 3000, 3000];
  assert.equal(admitted({ ...QUIET, rule, changes }, times), "++-++-+-");
});

test("a bucket that shrinks keeps no more than fits", () => {
  const rule: LimitRule = { kind: "token-bucket", perSecond: 10, burst: 10 };
  const changes = [{ afterMs: 1000, rule: { ...rule, perSecond: 1, burst: 2 } }];
  const times = [0, 1000, 1000, 1000, 1999, 2000, 2000];
  assert.equal(admitted({ ...QUIET, rule, changes }, times), "+++--+-");
});

describe("what a refusal says", () => {
  const rule: LimitRule = { kind: "fixed-window", requests: 1, windowMs: 10_000 };
  const base = Date.parse("2026-03-01T12:00:00Z");
  const left = { "x-ratelimit-limit": "1", "x-ratelimit-remaining": "0" };
  const reset = { "x-ratelimit-reset": String(base / 1000 + 10) };
  const rows: readonly (readonly [LimitOptions["retryAfter"], boolean, object])[] = [
    ["none", false, {}],
    ["seconds", false, { "retry-after": "8" }],
    ["date", false, { "retry-after": "Sun, 01 Mar 2026 12:00:10 GMT" }],
    ["none", true, { ...left, ...reset }],
    ["seconds", true, { "retry-after": "8", ...left, ...reset }],
  ];
  for (const [retryAfter, rateLimitHeaders, headers] of rows) {
    test(`Retry-After ${retryAfter}, headers ${rateLimitHeaders}`, () => {
      const limiter = createLimiter({ rule, retryAfter, rateLimitHeaders, changes: [] });
      limiter.judge(base + 500, 0);
      assert.deepEqual(limiter.judge(base + 2500, 0), { admitted: false, headers });
    });
  }
});

test("admitted requests say how much is left", async () => {
  const rule: LimitRule = { kind: "token-bucket", perSecond: 1, burst: 3 };
  const limit: LimitOptions = { ...QUIET, rule, rateLimitHeaders: true };
  const { status, headers } = await ask(sandboxWith({ limit }), "GET", "/api/me");
  const { "x-ratelimit-limit": most, "x-ratelimit-remaining": left } = headers;
  assert.deepEqual([status, most, left, headers["x-ratelimit-reset"]], [200, "3", "2", "1"]);
});

test("429 comes before everything else, at once, and changes nothing", async () => {
  const clock = createVirtualClock();
  const rule: LimitRule = { kind: "fixed-window", requests: 1, windowMs: 1000 };
  const sandbox = sandboxWith({ clock, latencyMs: 500, limit: { ...QUIET, rule } });
  const first = ask(sandbox, "GET", "/api/me");
  const asked = { authorization: null, version: "2019-01-01", body: {} };
  const second = await ask(sandbox, "POST", "/api/nowhere", asked);
  assert.deepEqual([second.status, clock.now()], [429, 0]);
  assert.equal(sandbox.log[1]?.credential, null);
  await clock.run();
  assert.equal((await first).status, 200);
});

test("a long wait admits exactly the rate: 50 a second for ten seconds, and the burst", () => {
  const rule: LimitRule = { kind: "token-bucket", perSecond: 50, burst: 20 };
  const times = Array.from({ length: 10_001 }, (_, millisecond) => millisecond);
  const verdicts = admitted({ ...QUIET, rule }, times);
  assert.equal(verdicts.split("+").length - 1, 520);
});
