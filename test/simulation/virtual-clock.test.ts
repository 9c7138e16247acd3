import assert from "node:assert/strict";
import { test } from "node:test";

import { createVirtualClock } from "./virtual-clock.ts";

test("time stands still until the test advances it", async () => {
  const clock = createVirtualClock(1000);
  let awake = false;
  void clock.sleep(50).then(() => (awake = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([clock.now(), awake, clock.sleepers], [1000, false, 1]);
  await clock.run();
  assert.deepEqual([clock.now(), awake, clock.sleepers], [1050, true, 0]);
});

test("sleepers wake in the order of their time, then in the order of their calls", async () => {
  const clock = createVirtualClock();
  const woken: string[] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name} at ${clock.now()}`);
  };
  void sleep("c", 30);
  void sleep("a", 10);
  void sleep("d", 30);
  void sleep("b", 10);
  await clock.run();
  assert.deepEqual(woken, ["a at 10", "b at 10", "c at 30", "d at 30"]);
});

test("everything that follows from one moment happens before the next", async () => {
  const clock = createVirtualClock();
  const seen: string[] = [];
  void (async () => {
    await clock.sleep(10);
    for (let step = 0; step < 100; step += 1) await Promise.resolve();
    seen.push(`the long way at ${clock.now()}`);
    await clock.sleep(0);
    seen.push(`and on at ${clock.now()}`);
  })();
  void clock.sleep(11).then(() => seen.push("later"));
  await clock.run();
  assert.deepEqual(seen, ["the long way at 10", "and on at 10", "later"]);
});

test("advance() lets exactly that much time pass", async () => {
  const clock = createVirtualClock();
  const woken: number[] = [];
  for (const ms of [10, 20, 21]) void clock.sleep(ms).then(() => woken.push(ms));
  await clock.advance(20);
  assert.deepEqual([clock.now(), woken], [20, [10, 20]]);
  await clock.advance(100);
  assert.deepEqual([clock.now(), woken], [120, [10, 20, 21]]);
});

test("run() ends with its promise, other sleepers stay asleep", async () => {
  const clock = createVirtualClock();
  void clock.sleep(1000);
  await clock.run(clock.sleep(10));
  assert.deepEqual([clock.now(), clock.sleepers], [10, 1]);
  await clock.run(Promise.reject(new Error("not the clock's")));
  assert.equal(clock.now(), 10);
});

test("a run whose promise nothing can settle ends when no sleeper is left", async () => {
  const clock = createVirtualClock();
  void clock.sleep(5);
  await clock.run(new Promise(() => undefined));
  assert.equal(clock.now(), 5);
});

test("an abort wakes at once, and only the one that it means", async () => {
  const clock = createVirtualClock();
  const controller = new AbortController();
  const woken: string[] = [];
  void clock.sleep(100, controller.signal).then(() => woken.push(`first at ${clock.now()}`));
  void clock.sleep(50).then(() => woken.push(`second at ${clock.now()}`));
  await clock.advance(10);
  controller.abort();
  await clock.run();
  await clock.sleep(1000, controller.signal);
  assert.deepEqual(woken, ["first at 10", "second at 50"]);
  assert.equal(clock.now(), 50);
});

test("a sleeper whose time has come is not rejected by an abort", async () => {
  const clock = createVirtualClock();
  const controller = new AbortController();
  void clock.sleep(10, controller.signal);
  void clock.sleep(20);
  await clock.advance(10);
  controller.abort();
  assert.equal(clock.sleepers, 1);
});
