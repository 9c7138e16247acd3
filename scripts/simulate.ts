/**
 * `npm run simulate -- --seeds 100000 [--first 1] [--jobs 2] [--break NAME]`: runs so many seeds and prints the
 * violations. `npm run simulate -- --seed N [--break NAME]`: one seed, with everything that happens in it.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BREAKS } from "../test/simulation/breaks.ts";
import { runSeed } from "../test/simulation/seed.ts";
import { NOTHING, sum, summaryOf, type Tally, tallyOf } from "../test/simulation/tally.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    jobs: { type: "string", default: String(Math.min(2, availableParallelism())) },
    break: { type: "string" },
    /** One of several jobs: prints a tally in JSON after every chunk. */
    job: { type: "boolean", default: false },
  },
});

const CHUNK = 500;
/** The maximum number of broken seeds that are printed. */
const MOST_BROKEN = 20;

const brokenPart = values.break ?? null;
if (brokenPart !== null && !(brokenPart in BREAKS)) {
  console.error(`no such break: ${brokenPart}; there are ${Object.keys(BREAKS).join(", ")}`);
  process.exit(1);
}
const first = whole("first");
const seeds = whole("seeds");

if (values.seed !== undefined) await one(whole("seed"));
else if (values.job) await job(first, seeds, (tally) => console.log(JSON.stringify(tally)));
else await all();

async function one(seed: number): Promise<void> {
  const { broken, ending } = await runSeed(seed, { brokenPart, tell: (line) => console.log(line) });
  console.log(`seed ${seed} ends ${ending}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

async function all(): Promise<void> {
  const started = Date.now();
  const jobs = Math.max(1, Math.min(whole("jobs"), seeds));
  const share = Math.ceil(seeds / jobs);
  let tally = NOTHING;
  const add = (more: Tally): void => {
    const before = tally.seeds;
    tally = sum(tally, more);
    for (const { seed } of more.broken) console.error(`violation in seed ${seed}`);
    if (Math.floor(tally.seeds / 10_000) > Math.floor(before / 10_000)) {
      console.error(`${tally.seeds} seeds in ${Math.round((Date.now() - started) / 1000)} s`);
    }
  };
  const starts = Array.from({ length: jobs }, (_, index) => first + index * share);
  await Promise.all(
    starts.map((start) => startJob(start, Math.min(share, first + seeds - start), add)),
  );
  const replay = (seed: number): string =>
    `npm run simulate -- --seed ${seed}${brokenPart === null ? "" : ` --break ${brokenPart}`}`;
  for (const line of summaryOf(tally, replay)) console.log(line);
  console.log(`seeds ${first} to ${first + seeds - 1}, ${jobs} jobs, ${Date.now() - started} ms`);
  // "none" must mean that every seed was run.
  const complete = tally.seeds === seeds || tally.broken.length > 0;
  if (!complete) console.log(`only ${tally.seeds} of ${seeds} seeds were run`);
  process.exitCode = tally.broken.length > 0 || !complete ? 1 : 0;
}

async function job(from: number, count: number, tell: (tally: Tally) => void): Promise<void> {
  let chunk = NOTHING;
  let broken = 0;
  for (let seed = from; seed < from + count && broken < MOST_BROKEN; seed += 1) {
    const report = await runSeed(seed, { brokenPart });
    if (report.broken.length > 0) broken += 1;
    chunk = sum(chunk, tallyOf(report));
    if (chunk.seeds < CHUNK) continue;
    tell(chunk);
    chunk = NOTHING;
  }
  tell(chunk);
}

function startJob(start: number, count: number, add: (tally: Tally) => void): Promise<void> {
  const script = fileURLToPath(import.meta.url);
  const more = brokenPart === null ? [] : ["--break", brokenPart];
  const range = ["--first", String(start), "--seeds", String(count)];
  const child = spawn(process.execPath, [...process.execArgv, script, "--job", ...range, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const tally: Tally = JSON.parse(line);
    add(tally);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a job ended with ${code}`));
    });
  });
}

function whole(name: "seeds" | "first" | "seed" | "jobs"): number {
  const text = values[name] ?? "";
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}
