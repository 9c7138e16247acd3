/** The gate against the sandbox's own limiter, in virtual time: wall time beside the ideal, and refusals. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "../../src/clock.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import type { ApiResponse } from "../../src/polytomic/transport.ts";
import { NoResponse } from "../../src/polytomic/transport.ts";
import type { LimitOptions, LimitRule } from "../../src/sandbox/limits.ts";
import { createLimiter } from "../../src/sandbox/limits.ts";
import { type Outcome, simulate } from "../../bench/pace-virtual.ts";
import { AdaptiveRate } from "../../src/polytomic/adaptive-rate.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";

const START = 1_700_000_000_300;

interface Server {
  readonly rule: LimitRule;
  readonly retryAfter?: LimitOptions["retryAfter"];
  readonly rateLimitHeaders?: boolean;
  readonly changes?: LimitOptions["changes"];
  readonly latencyMs?: number;
}

interface Run {
  readonly seconds: number;
  readonly refused: number;
  readonly mostInFlight: number;
}

function bucket(perSecond: number, burst = 20): LimitRule {
  return { kind: "token-bucket", perSecond, burst };
}

/** `count` requests through one gate; a refused one is sent again. */
async function run(
  count: number,
  server: Server,
  gateOptions = {},
  expected: number | null = null,
): Promise<Run> {
  const clock = createVirtualClock(START);
  const gate = createGate({ clock, maxRate: 250, concurrency: 20, ...gateOptions });
  if (expected !== null) gate.expect(expected);
  const { retryAfter = "seconds", rateLimitHeaders = false, changes = [] } = server;
  const limiter = createLimiter({ rule: server.rule, retryAfter, rateLimitHeaders, changes });
  const tally = { refused: 0, inFlight: 0, most: 0 };
  const send = async (): Promise<ApiResponse> => {
    tally.most = Math.max(tally.most, ++tally.inFlight);
    const { admitted, headers } = limiter.judge(clock.now(), tally.inFlight - 1);
    if (admitted) await clock.sleep(server.latencyMs ?? 30);
    else tally.refused++;
    tally.inFlight--;
    return { status: admitted ? 200 : 429, headers, body: {} };
  };
  const untilDone = async () => {
    while ((await gate.run(send)).status === 429);
  };
  await clock.run(Promise.all(Array.from({ length: count }, untilDone)));
  return {
    seconds: (clock.now() - START) / 1000,
    refused: tally.refused,
    mostInFlight: tally.most,
  };
}

describe("twenty seconds of requests, a burst of 20, 30 ms latency", () => {
  // The ideal is (requests - burst) / rate.
  for (const [rate, retryAfter, ratio, refused] of [
    [5, "seconds", 1.07, 3],
    [20, "seconds", 1.07, 3],
    [50, "seconds", 1.09, 2],
    [200, "seconds", 1.14, 3],
    [5, "none", 1.03, 6],
    [20, "none", 1.02, 7],
    [50, "none", 1.02, 7],
    [200, "none", 1.05, 8],
    [50, "date", 1.12, 4],
  ] as const) {
    test(`${rate} a second, Retry-After: ${retryAfter}`, async () => {
      const count = rate * 20;
      const { seconds, ...counted } = await run(count, { rule: bucket(rate), retryAfter });
      const ideal = (count - 20) / rate;
      assert.ok(seconds <= ideal * ratio, `${(seconds / ideal).toFixed(3)} of the ideal`);
      assert.ok(counted.refused <= refused, `${counted.refused} refused`);
    });
  }
});

describe("a limit that changes after ten seconds", () => {
  for (const [name, from, to, retryAfter, ratio] of [
    ["halves", 50, 25, "seconds", 1.25],
    ["halves", 50, 25, "none", 1.03],
    ["halves", 200, 100, "none", 1.08],
    ["doubles", 20, 40, "none", 1.1],
    ["doubles", 50, 100, "none", 1.12],
  ] as const) {
    test(`${from} a second ${name}, Retry-After: ${retryAfter}`, async () => {
      const count = from * 10 + to * 15;
      const changes = [{ afterMs: 10_000, rule: bucket(to) }];
      const { seconds, refused } = await run(count, { rule: bucket(from), retryAfter, changes });
      const ideal = 10 + (count - 20 - 10 * from) / to;
      assert.ok(seconds <= ideal * ratio, `${(seconds / ideal).toFixed(3)} of the ideal`);
      assert.ok(refused <= count * 0.02, `${refused} refused`);
    });
  }
});

describe("several programs that share a limit without talking to each other", () => {
  const guessed = 1;
  for (const [clients, sharers, retryAfter, ratio, refused, slowest] of [
    [2, guessed, "none", 1.12, 0.02, 1.1],
    [4, guessed, "none", 1.13, 0.03, 1.2],
    [8, guessed, "none", 1.17, 0.047, 1.3],
    [2, guessed, "seconds", 1.24, 0.012, 1.1],
    [4, guessed, "seconds", 1.18, 0.021, 1.2],
    [8, guessed, "seconds", 1.18, 0.039, 1.25],
    // The shards of a run know how many they are.
    [2, 2, "none", 1.15, 0.02, 1.1],
    [4, 4, "none", 1.15, 0.03, 1.2],
    [8, 8, "none", 1.15, 0.03, 1.2],
    [2, 2, "seconds", 1.25, 0.02, 1.1],
    [4, 4, "seconds", 1.15, 0.03, 1.2],
    [8, 8, "seconds", 1.15, 0.03, 1.2],
    // The others have nothing to do.
    [1, 4, "none", 1.25, 0.01, 1.01],
    [1, 4, "seconds", 1.45, 0.01, 1.01],
  ] as const) {
    const told = sharers === guessed ? "" : `, ${sharers} shards`;
    test(`${clients} at 50 a second, Retry-After: ${retryAfter}${told}`, () => {
      const total = 1000;
      // Other seeds than those that the constants were chosen with.
      const runs = Array.from({ length: 100 }, (_, index) =>
        simulate(
          { rule: bucket(50), retryAfter, total, clients },
          20_000 + index,
          (random) => new AdaptiveRate({ ceiling: 500, random, sharers }),
        ),
      );
      const mean = (of: (one: Outcome) => number) =>
        runs.reduce((sum, one) => sum + of(one) / runs.length, 0);
      const figures = [
        mean(({ seconds }) => seconds / ((total - 20) / 50)),
        mean(({ refusedShare }) => refusedShare),
        mean((one) => one.slowest),
      ] as const;
      const shown = figures.map((figure) => figure.toFixed(3)).join(", ");
      assert.ok(figures[0] <= ratio, shown);
      assert.ok(figures[1] <= refused, shown);
      assert.ok(figures[2] <= slowest, shown);
    });
  }
});

describe("a short run", () => {
  const unlimited = { rule: bucket(1e9, 1e9), latencyMs: 30 };
  for (const [count, roundTrips] of [
    [10, 1],
    [100, 10],
  ] as const) {
    test(`${count} requests that were announced take ${roundTrips} round trips`, async () => {
      const { seconds } = await run(count, unlimited, { maxRate: 1e4 }, count);
      assert.ok(seconds <= roundTrips * 0.03 + 0.001, `${seconds} s`);
    });
  }

  test("of an unknown number of requests, the first ten take a few round trips", async () => {
    const { seconds } = await run(10, unlimited);
    assert.ok(seconds < 0.34, `${seconds} s`);
  });

  test("few of 100 requests at a limit of 50 a second are refused", async () => {
    const { seconds, refused } = await run(100, { rule: bucket(50), retryAfter: "none" }, {}, 100);
    assert.ok(seconds <= 1.2 * 1.6, `${seconds} s`);
    assert.ok(refused <= 12, `${refused} refused`);
  });
});

describe("other kinds of limit", () => {
  for (const [name, server, count, most, refused] of [
    ["windows of a second", { kind: "fixed-window", requests: 50, windowMs: 1000 }, 1000, 28, 8],
    [
      "windows of ten seconds",
      { kind: "fixed-window", requests: 300, windowMs: 10_000 },
      900,
      30,
      10,
    ],
    ["a sliding second", { kind: "sliding-window", requests: 50, windowMs: 1000 }, 1000, 33, 10],
    ["ten in flight", { kind: "concurrent", requests: 10 }, 1000, 8, 20],
  ] as const) {
    test(name, async () => {
      const result = await run(count, { rule: server });
      assert.ok(result.seconds <= most, `${result.seconds} s`);
      assert.ok(result.refused <= refused, `${result.refused} refused`);
    });
  }

  test("windows that the responses announce are used up without a single refusal", async () => {
    const rule: LimitRule = { kind: "fixed-window", requests: 100, windowMs: 10_000 };
    const result = await run(400, { rule, rateLimitHeaders: true });
    assert.equal(result.refused, 0);
    assert.ok(result.seconds <= 41, `${result.seconds} s`);
  });
});

describe("limits that a search for the rate can trip over", () => {
  for (const [rate, burst, latencyMs, retryAfter, ratio] of [
    [28, 10, 1, "none", 1.1],
    [200, 5, 1, "none", 1.1],
    [4, 50, 130, "none", 1.1],
    [2, 2, 30, "seconds", 1.2],
    // Nothing at once: every request that is a little early is refused.
    [50, 1, 30, "none", 1.7],
    [1, 1, 300, "none", 2.1],
  ] as const) {
    test(`${rate} a second, ${burst} at once, ${latencyMs} ms, ${retryAfter}`, async () => {
      const count = rate * 40 + burst;
      const { seconds } = await run(count, { rule: bucket(rate, burst), latencyMs, retryAfter });
      assert.ok(seconds <= 40 * ratio, `${seconds} s`);
    });
  }

  test("the very first request is refused", async () => {
    const rule: LimitRule = { kind: "fixed-window", requests: 10, windowMs: 1000 };
    const changes = [{ afterMs: 200, rule: bucket(50) }];
    const empty: LimitRule = { ...rule, requests: 0 };
    const { seconds } = await run(100, { rule: empty, changes, retryAfter: "none" });
    assert.ok(seconds <= 10, `${seconds} s`);
  });
});

test("without a limit it goes as fast as --max-rate allows, and no faster", async () => {
  const unlimited = { rule: bucket(1e9, 1e9), latencyMs: 10 };
  const { seconds, refused } = await run(1000, unlimited, { maxRate: 100 });
  assert.equal(refused, 0);
  assert.ok(seconds >= 9.9 && seconds <= 10.5, `${seconds} s`);
});

test("never more in flight than --concurrency allows", async () => {
  const unlimited = { rule: bucket(1e9, 1e9), latencyMs: 500 };
  const { mostInFlight, seconds } = await run(200, unlimited, { concurrency: 5 });
  assert.equal(mostInFlight, 5);
  assert.ok(seconds >= 20 && seconds <= 23, `${seconds} s`);
});

describe("one 429", () => {
  /** Ten requests at once; the responses by their number, then 200 for ever. */
  async function sends(answers: readonly ApiResponse[], after: readonly number[], maxRate = 1000) {
    const clock = createVirtualClock(START);
    const gate = createGate({ clock, maxRate, concurrency: 10 });
    const times: number[] = [];
    const send = async (): Promise<ApiResponse> => {
      const number = times.push(clock.now() - START) - 1;
      await clock.sleep(after[number] ?? 10);
      return answers[number] ?? { status: 200, headers: {}, body: {} };
    };
    await clock.run(Promise.all(Array.from({ length: 10 }, () => gate.run(send))));
    return times;
  }
  const limited = (seconds: number): ApiResponse => {
    return { status: 429, headers: { "retry-after": String(seconds) }, body: {} };
  };

  test("makes everything wait as long as it says", async () => {
    const times = await sends([limited(7)], [10]);
    assert.equal(times[0], 0);
    assert.ok(times.slice(1).every((at) => at >= 7010));
  });

  test("makes everything wait once, although others on their way were refused too", async () => {
    // Several go out while the first answer is slow; three of them are refused.
    const times = await sends([limited(5), limited(5), limited(5)], [200, 160, 120]);
    const before = times.filter((at) => at < 1000);
    const after = times.filter((at) => at >= 1000);
    assert.ok(before.length >= 3 && after.length >= 3, times.join());
    assert.ok(Math.min(...after) >= 5200 && Math.min(...after) < 5300, after.join());
  });

  test("that names a short wait does not lift --max-rate", async () => {
    const times = await sends([limited(0), limited(0.02), limited(0)], [1, 1, 1], 2);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    assert.ok(Math.min(...gaps) >= 470, times.join());
  });
});

test("after an abort nothing more is sent, not even requests that wait for a pause", async () => {
  const clock = createVirtualClock(START);
  const gate = createGate({ clock, maxRate: 250, concurrency: 2 });
  const stop = new AbortController();
  let sent = 0;
  const send = async (): Promise<ApiResponse> => {
    sent++;
    await clock.sleep(10);
    return { status: 429, headers: { "retry-after": "300" }, body: {} };
  };
  const all = Promise.allSettled(Array.from({ length: 5 }, () => gate.run(send, stop.signal)));
  void clock.sleep(1000).then(() => stop.abort());
  await clock.run(all);
  const results = await all;
  assert.equal(sent, results.filter(({ status }) => status === "fulfilled").length);
  const errors = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  assert.ok(errors.length > 0);
  assert.ok(errors.every((error) => error instanceof NoResponse && !error.sent));
  assert.equal(clock.now(), START + 1000);
});

for (const step of [-3_600_000, 3_600_000]) {
  test(`the pace does not notice that the clock is set by ${step / 60_000} minutes`, async () => {
    const clock = createVirtualClock(START);
    let stepped = 0;
    const gate = createGate({
      clock: { ...bound(clock), now: () => clock.now() + stepped },
      maxRate: 10,
      concurrency: 20,
    });
    let sent = 0;
    const send = async (): Promise<ApiResponse> => {
      if (++sent === 20) stepped = step;
      await clock.sleep(30);
      return { status: 200, headers: {}, body: {} };
    };
    await clock.run(Promise.all(Array.from({ length: 60 }, () => gate.run(send))));
    const seconds = (clock.now() - START) / 1000;
    assert.ok(seconds > 5 && seconds < 7, `${seconds} s`);
  });
}

function bound(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

test("an error of a request is thrown, and the gate goes on", async () => {
  const clock = createVirtualClock(START);
  const gate = createGate({ clock, maxRate: 250, concurrency: 1 });
  const lost = new NoResponse("cut", { sent: true });
  const first = gate.run(() => Promise.reject(lost));
  const second = gate.run(() => Promise.resolve({ status: 200, headers: {}, body: {} }));
  await clock.run(Promise.allSettled([first, second]));
  await assert.rejects(first, lost);
  assert.equal((await second).status, 200);
});

test("a pause of more than a second is reported once, not by each request that waits", async () => {
  const clock = createVirtualClock();
  const pauses: number[] = [];
  const gate = createGate({
    clock,
    maxRate: 250,
    concurrency: 5,
    onLongPause: (ms) => pauses.push(Math.round(ms / 1000)),
  });
  let refused = false;
  const send = (): Promise<ApiResponse> => {
    const status = refused ? 200 : 429;
    refused = true;
    return Promise.resolve({ status, headers: { "retry-after": "30" }, body: {} });
  };
  const all = Promise.all([1, 2, 3, 4].map(() => gate.run(send)));
  await clock.run();
  assert.equal((await all).filter(({ status }) => status === 200).length, 3);
  assert.deepEqual(pauses, [30]);
});
