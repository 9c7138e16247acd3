/**
 * `npm run bench:pace:shared`: programs that share a limit that they do not know, in virtual time. How long all of them
 * take compared with the ideal, how many requests are refused, and how far the slowest is behind. For comparison: plain
 * AIMD, and a policy that knows the limit and how many share it. Deterministic; no seed was used to choose a constant.
 */
import { AdaptiveRate } from "../src/polytomic/adaptive-rate.ts";
import { Clairvoyant, PlainAimd } from "./pace-policies.ts";
import type { Case, Outcome, Policy } from "./pace-virtual.ts";
import { bucket, simulate } from "./pace-virtual.ts";
import { printTable } from "./table.ts";

const SEEDS = Array.from({ length: 100 }, (_, index) => 100_000 + index);
const CEILING = 500;
const BURST = 20;

interface Row {
  readonly limit: string;
  readonly policy: string;
  readonly make: (random: () => number) => Policy;
  readonly one: Case;
  /** Seconds. */
  readonly ideal: number;
}

const ours = (random: () => number, sharers = 1): Policy =>
  new AdaptiveRate({ ceiling: CEILING, random, sharers });
const BOTH = ["none", "seconds"] as const;

function steady(rate: number, clients: number, retryAfter: Case["retryAfter"]): Row {
  const total = rate * 20;
  return {
    limit: `${rate}/s`,
    policy: "polytomic-users",
    make: ours,
    one: { rule: bucket(rate, BURST), retryAfter, total, clients },
    ideal: (total - BURST) / rate,
  };
}

/** The same where each knows how many share the limit. */
function asShards(row: Row): Row {
  const { clients } = row.one;
  return {
    ...row,
    policy: `polytomic-users, --shard K/${clients}`,
    make: (random) => ours(random, clients),
  };
}

function beside(row: Row): readonly Row[] {
  const { clients } = row.one;
  return [
    row,
    ...(clients > 1 ? [asShards(row)] : []),
    { ...row, policy: "plain AIMD", make: () => new PlainAimd() },
    {
      ...row,
      policy: "clairvoyant",
      make: () => new Clairvoyant({ rate: 50, burst: BURST, clients }),
    },
  ];
}

/** After ten seconds another rate. */
function changing(to: number, retryAfter: Case["retryAfter"]): Row {
  const row = steady(50, 4, retryAfter);
  const changes = [{ afterMs: 10_000, rule: bucket(to, BURST) }];
  const total = BURST + 10 * 50 + 10 * to;
  return { ...row, limit: `50/s, then ${to}/s`, one: { ...row.one, total, changes }, ideal: 20 };
}

/** Each joins five seconds after the one before, and leaves when its part is done. */
function staggered(retryAfter: Case["retryAfter"]): Row {
  const row = steady(50, 4, retryAfter);
  return { ...row, limit: "50/s, joining every 5 s", one: { ...row.one, stagger: 5 } };
}

function windows(retryAfter: Case["retryAfter"]): Row {
  const row = steady(50, 4, retryAfter);
  const rule = { kind: "fixed-window", requests: 50, windowMs: 1000 } as const;
  return { ...row, limit: "windows of 50 in 1 s", one: { ...row.one, rule }, ideal: 19 };
}

function cells({ limit, policy, make, one, ideal }: Row): readonly string[] {
  const runs = SEEDS.map((seed) => simulate(one, seed, make));
  const shown = (of: (run: Outcome) => number, digits: number): string => {
    const sorted = runs.map(of).toSorted((a, b) => a - b);
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const ninth = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
    return `${mean.toFixed(digits)} (${ninth.toFixed(digits)}, ${(sorted.at(-1) ?? 0).toFixed(digits)})`;
  };
  return [
    limit,
    one.retryAfter === "none" ? "no" : "yes",
    String(one.clients),
    policy,
    shown((run) => run.seconds / ideal, 2),
    shown((run) => 100 * run.refusedShare, 1),
    one.stagger === undefined ? shown((run) => run.slowest, 2) : "",
  ];
}

const shared = [
  ...BOTH.flatMap((wait) => [1, 2, 4, 8].map((clients) => steady(200, clients, wait))),
  ...BOTH.flatMap((wait) => [changing(25, wait), changing(100, wait)]),
  ...BOTH.flatMap((wait) => [staggered(wait), windows(wait)]),
];
const rows = [
  ...BOTH.flatMap((wait) => [1, 2, 4, 8].flatMap((clients) => beside(steady(50, clients, wait)))),
  ...shared.flatMap((row) => (row.one.clients > 1 ? [row, asShards(row)] : [row])),
];

printTable(
  "Programs that share one limit: mean (nine in ten below, worst) of 100 runs",
  ["limit", "Retry-After", "programs", "client", "of the ideal", "refused, %", "slowest / median"],
  rows.map(cells),
);
