/**
 * `apply --plan` of a few changes at 30 ms latency without a limit, beside the sum of the requests that cannot be
 * avoided.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Size, writeFiles } from "./customers.ts";
import { median, PROGRAM, wallTime } from "./measure.ts";
import { environment, serve } from "./server.ts";
import { printTable, ratio, time } from "./table.ts";

const LATENCY_MS = 30;
/** The default of `--concurrency`. */
const IN_FLIGHT = 20;
/** The organizations, then users and roles concurrently, then the users again after the changes. */
const READS = 3;

export async function smallApplies(counts: readonly number[], rounds: number): Promise<void> {
  const node = median(await repeated(rounds, () => wallTime({ args: ["-e", "0"] })));
  const rows: (readonly string[])[] = [];
  for (const count of counts) {
    const ms = median(await repeated(rounds, () => applied(count)));
    const least = node + (READS + Math.ceil(count / IN_FLIGHT)) * LATENCY_MS;
    rows.push([count.toLocaleString("en"), time(ms), time(least), ratio(ms, least)]);
  }
  printTable(
    `\`apply --plan\` where each answer takes ${LATENCY_MS} ms (medians of ${rounds})`,
    ["changes", "time", `node, ${READS} reads, ${IN_FLIGHT} changes at a time`, "× that"],
    rows,
  );
}

async function repeated(times: number, once: () => Promise<number>): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < times; round += 1) all.push(await once());
  return all;
}

async function applied(changed: number): Promise<number> {
  // One in five, so that no guard is violated.
  const size: Size = { organizations: 1, users: 5 * changed, changed };
  const folder = writeFiles(size);
  const scratch = mkdtempSync(join(tmpdir(), "polytomic-users-bench-"));
  const plan = join(scratch, "plan.json");
  const server = await serve({ size, latencyMs: LATENCY_MS });
  const env = environment(server, "partner");
  try {
    await wallTime({ args: [PROGRAM, "plan", folder, "--output", `json=${plan}`], env });
    return await wallTime({ args: [PROGRAM, "apply", "--plan", plan, "--yes"], env });
  } finally {
    server.stop();
    for (const path of [folder, scratch]) rmSync(path, { recursive: true });
  }
}
