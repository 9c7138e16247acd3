/** The sum of many seeds' reports, as plain values that can be passed between processes. */
import type { Broken } from "./invariants.ts";
import type { Ending, SeedReport } from "./seed.ts";

export interface Tally {
  readonly seeds: number;
  readonly runs: number;
  readonly requests: number;
  /** Users created, changed and removed by the program. */
  readonly writes: number;
  readonly endings: Readonly<Partial<Record<Ending, number>>>;
  readonly faults: Readonly<Record<string, number>>;
  /** The number of seeds with each dialect. */
  readonly dialects: Readonly<Record<string, number>>;
  readonly broken: readonly { readonly seed: number; readonly broken: readonly Broken[] }[];
}

export const NOTHING: Tally = {
  seeds: 0,
  runs: 0,
  requests: 0,
  writes: 0,
  endings: {},
  faults: {},
  dialects: {},
  broken: [],
};

export function tallyOf({
  seed,
  ending,
  broken,
  runs,
  requests,
  writes,
  faults,
  dialects,
}: SeedReport): Tally {
  return {
    seeds: 1,
    runs,
    requests,
    writes,
    endings: { [ending]: 1 },
    faults: Object.fromEntries(faults),
    dialects: Object.fromEntries(dialects.map((dialect) => [dialect, 1])),
    broken: broken.length > 0 ? [{ seed, broken }] : [],
  };
}

export function sum(a: Tally, b: Tally): Tally {
  return {
    seeds: a.seeds + b.seeds,
    runs: a.runs + b.runs,
    requests: a.requests + b.requests,
    writes: a.writes + b.writes,
    endings: addCounts(a.endings, b.endings),
    faults: addCounts(a.faults, b.faults),
    dialects: addCounts(a.dialects, b.dialects),
    broken: [...a.broken, ...b.broken],
  };
}

type Counts = Readonly<Record<string, number>>;

function addCounts(a: Counts, b: Counts): Counts {
  const counts = { ...a };
  for (const [name, count] of Object.entries(b)) counts[name] = (counts[name] ?? 0) + count;
  return counts;
}

/** The output of `npm run simulate`; `replay` makes the command that runs a single seed. */
export function summaryOf(tally: Tally, replay: (seed: number) => string): readonly string[] {
  const violations = tally.broken.flatMap(({ seed, broken }) => [
    ...broken.map(
      ({ invariant, message }) => `VIOLATION in seed ${seed}: ${invariant}: ${message}`,
    ),
    `  replay: ${replay(seed)}`,
  ]);
  return [
    `${number(tally.seeds)} seeds, ${number(tally.runs)} runs of the program, ${number(tally.requests)} requests, ${number(tally.writes)} writes carried out`,
    `endings: ${counted(tally.endings)}`,
    `faults: ${counted(tally.faults)}`,
    `dialects: ${counted(tally.dialects)}`,
    ...violations,
    `violations: ${tally.broken.length === 0 ? "none" : `in ${number(tally.broken.length)} seeds`}`,
  ];
}

function counted(counts: Counts): string {
  const entries = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  return entries.map(([name, count]) => `${name} ${number(count)}`).join(", ") || "none";
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
