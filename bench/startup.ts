/** The time before the program does anything, beside Node itself. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "./customers.ts";
import { median, PROGRAM, type Run, wallTime } from "./measure.ts";
import { environment, serve } from "./server.ts";
import { printTable, ratio, time } from "./table.ts";

const SMALL = { organizations: 1, users: 12, changed: 1 };
const LATENCY_MS = 400;

export async function startup(rounds: number): Promise<void> {
  const folder = writeFiles(SMALL);
  const file = join(folder, "customer-0.yaml");
  const runs = {
    "node -e 0": { args: ["-e", "0"] },
    "--version": { args: [PROGRAM, "--version"] },
    "validate, 12 users": { args: [PROGRAM, "validate", file] },
    "--help": { args: [PROGRAM, "--help"] },
  };
  const times = new Map(Object.keys(runs).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(runs)) times.get(name)?.push(await wallTime(run));
  }
  const bare = times.get("node -e 0") ?? [];
  const goals: Readonly<Record<string, string>> = {
    "--version": "1.4",
    "validate, 12 users": "2.5",
  };
  printTable(
    `Startup (${rounds} times each, in turn)`,
    ["command", "median", "× bare node", "fastest", "× bare node", "goal"],
    [...times].map(([name, all]) => [
      `\`${name}\``,
      time(median(all)),
      ratio(median(all), median(bare)),
      time(Math.min(...all)),
      ratio(Math.min(...all), Math.min(...bare)),
      goals[name] ?? "",
    ]),
  );
  await roundTrips(file, Math.max(3, Math.round(rounds / 4)));
  rmSync(folder, { recursive: true });
}

/** How much longer a plan takes when responses are slow than when they take no time. */
async function roundTrips(file: string, rounds: number): Promise<void> {
  const prompt = await serve({ size: SMALL, latencyMs: 0 });
  const slow = await serve({ size: SMALL, latencyMs: LATENCY_MS });
  const rows: string[][] = [];
  for (const key of ["api", "partner"] as const) {
    const runWith = (server: typeof prompt): Run => ({
      args: [PROGRAM, "plan", file],
      env: environment(server, key),
    });
    const extra: number[] = [];
    const base: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const ms = await wallTime(runWith(prompt));
      base.push(ms);
      extra.push((await wallTime(runWith(slow))) - ms);
    }
    const requests = (await slow.requests()) / rounds;
    rows.push([
      key,
      String(requests),
      time(median(base)),
      time(median(extra)),
      ratio(median(extra), LATENCY_MS),
      "2",
    ]);
  }
  prompt.stop();
  slow.stop();
  printTable(
    `\`plan\` of 12 users, with responses that take ${LATENCY_MS} ms (medians of ${rounds})`,
    [
      "key",
      "requests",
      "time without latency",
      `additional time with ${LATENCY_MS} ms latency`,
      "additional time in round trips",
      "goal",
    ],
    rows,
  );
}
