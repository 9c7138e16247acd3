import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createProgress, Tally } from "../../src/apply/progress.ts";
import type { Outcome } from "../../src/model/result.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";
import { create, MEMBER } from "./support.ts";

function ended(outcome: Outcome) {
  return { change: create("sam@x\u001b[2J", [MEMBER]), outcome, error: null };
}

test("a log gets a line every five seconds and none after the end", async () => {
  const clock = createVirtualClock();
  const stream = new PassThrough();
  const progress = await createProgress({
    stream,
    isTerminal: false,
    quiet: false,
    clock,
    total: 40,
  });
  await clock.advance(4_000);
  for (let n = 0; n < 9; n += 1) progress.add(ended("applied"));
  progress.add(ended("failed"));
  await clock.advance(1_000);
  for (let n = 0; n < 29; n += 1) progress.add(ended("already"));
  await clock.advance(5_000);
  progress.end();
  await clock.advance(60_000);
  assert.equal(
    String(stream.read()),
    "10 of 40 changes, 1 failed, 2.0 per second, about 15 s left\n" +
      "39 of 40 changes, 1 failed, 3.9 per second, about 1 s left\n",
  );
  assert.equal(clock.sleepers, 0);
});

test("quiet and nothing to do both show nothing", async () => {
  const clock = createVirtualClock();
  const stream = new PassThrough();
  for (const options of [
    { quiet: true, total: 3 },
    { quiet: false, total: 0 },
  ]) {
    const progress = await createProgress({ stream, isTerminal: true, clock, ...options });
    progress.add(ended("applied"));
    progress.end();
  }
  await clock.advance(10_000);
  assert.equal(stream.read(), null);
});

test("the bar fills, and shows no text from files or Polytomic", async () => {
  const clock = createVirtualClock();
  const tally = new Tally(clock, 4);
  assert.equal(tally.bar(), "[........................] 0 of 4 changes");
  await clock.advance(2_000);
  tally.add(ended("applied"));
  tally.add(ended("not-attempted"));
  assert.equal(
    tally.bar(),
    "[############............] 2 of 4 changes, 1 failed, 1.0 per second, about 2 s left",
  );
});

test("a terminal gets the bar, and it is taken away at the end", async () => {
  const clock = createVirtualClock();
  const stream = new PassThrough();
  const progress = await createProgress({
    stream,
    isTerminal: true,
    quiet: false,
    clock,
    total: 2,
  });
  progress.add(ended("applied"));
  progress.end();
  assert.match(String(stream.read()), /0 of 2 changes/);
});

for (const [seconds, text] of [
  [80, "80 s"],
  [1200, "20 min"],
  [9000, "3 h"],
] as const) {
  test(`${seconds} seconds are ${text}`, async () => {
    const clock = createVirtualClock();
    const tally = new Tally(clock, 2);
    await clock.advance(seconds * 1000);
    tally.add(ended("applied"));
    assert.ok(tally.line().endsWith(`about ${text} left`), tally.line());
  });
}
