import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { BREAKS } from "./breaks.ts";
import { INVARIANTS } from "./invariants.ts";
import { runSeed } from "./seed.ts";

test("150 seeds break no invariant", async () => {
  const endings = new Map<string, number>();
  for (let seed = 1; seed <= 150; seed += 1) {
    const { broken, ending } = await runSeed(seed);
    assert.deepEqual(broken, [], `npm run simulate -- --seed ${seed}`);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  // Most must end clean: a simulation of refused plans would prove nothing.
  assert.ok((endings.get("clean") ?? 0) > 100, JSON.stringify([...endings]));
});

/** Seeds that once violated an invariant. They say less when the generator changes, but cost little. */
const MENDED = [64008786, 64023923, 64102498, 66207595, 67137758, 69148223, 80061142];

test("the seeds that once broke an invariant break none", async () => {
  for (const seed of MENDED) {
    const { broken } = await runSeed(seed);
    assert.deepEqual(broken, [], `npm run simulate -- --seed ${seed}`);
  }
});

test("a seed runs the same way every time", async () => {
  for (const seed of [5, 20, 77]) {
    const traces = [[], []] as [string[], string[]];
    for (const trace of traces) await runSeed(seed, { tell: (line) => trace.push(line) });
    assert.ok(traces[0].length > 20);
    assert.deepEqual(traces[0], traces[1]);
  }
});

/** Break → the invariant that must catch it. */
const CAUGHT_BY: Readonly<Record<string, keyof typeof INVARIANTS>> = {
  "blind-create": "no-blind-create",
  "duplicate-invitation": "no-duplicate-invitation",
  "removals-first": "phase-order",
  "ignore-min-admins": "min-admins-kept",
  "ignore-policy-ignore": "ignored-and-protected-untouched",
  "ignore-policy-protected": "ignored-and-protected-untouched",
  "unplanned-write": "only-planned-writes",
  "ignore-guards": "only-planned-writes",
  "false-report": "complete-audit-log",
  "false-audit": "accurate-report",
  "lossy-audit": "complete-audit-log",
  "credential-in-audit": "no-credential-leaked",
  "no-rate-limit": "request-limits-kept",
  "ignore-429": "respects-retry-after",
  "hanging-removal": "terminates",
  "ignore-create-false": "roles-only",
  "ignore-rules": "rules-kept",
  "judge-conflicts-only": "rules-kept",
  "ignore-shard": "all-organizations-accounted",
  "first-page-only": "no-duplicate-invitation",
  "ignore-405": "accurate-report",
  "drop-failed-organizations": "all-organizations-accounted",
  "wrong-exit-code": "correct-exit-code",
  "no-report": "report-written",
  "end-at-lost-output": "correct-exit-code",
  "apply-unshown": "shown-before-write",
  "no-audit-begin": "audit-before-write",
  "skip-first-user": "converges",
};

test("every invariant has a break, and every break an invariant", () => {
  assert.deepEqual(Object.keys(CAUGHT_BY), Object.keys(BREAKS));
  assert.deepEqual(new Set(Object.values(CAUGHT_BY)), new Set(Object.keys(INVARIANTS)));
});

test("the page about the simulation has every invariant in its own words", async () => {
  const page = await readFile(new URL("../../docs/simulation.md", import.meta.url), "utf8");
  for (const [name, wording] of Object.entries(INVARIANTS)) {
    assert.ok(page.includes(`| ${name} | ${wording} |`), name);
  }
});

const MOST_SEEDS = 300;

for (const [name, invariant] of Object.entries(CAUGHT_BY)) {
  test(`a program that is broken on purpose (${name}) is caught by ${invariant}`, async () => {
    for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
      const { broken } = await runSeed(seed, { brokenPart: name });
      if (broken.some((one) => one.invariant === invariant)) return;
    }
    assert.fail(`not within ${MOST_SEEDS} seeds`);
  });
}
