/**
 * How close to a limit that it does not know the client gets: role changes over HTTP against the sandbox's server in
 * another process, alone and with others, each program in a process of its own. For comparison, in the same run: the
 * adaptive rate limiter of `@smithy/util-retry` in the same client, and Polytomic's official SDK in a loop, with 1 and
 * with 10 requests in flight. Run by `npm run bench:pace`; takes about eight minutes.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PolytomicClient } from "polytomic";
import pLimit from "p-limit";
import type { GateName, Work } from "./pace-client.ts";
import type { Offer, Served, Setting } from "./pace-server.ts";
import { EMAIL, KEY, ORGANIZATION, ROLE } from "./pace-server.ts";

interface Client {
  readonly name: string;
  /** What takes long and does not count: starting processes. Then `run` changes every user's role. */
  readonly start: () => Promise<Started>;
}

interface Started {
  /** How many changes the client itself takes for failed. */
  readonly run: (offer: Offer) => Promise<number>;
  readonly stop: () => void;
}

/** So many programs at once, each in a process of its own. */
function programs(count: number, gate: GateName = "polytomic-users"): Client {
  return {
    name: count === 1 ? gate : `${gate} × ${count}`,
    start: async () => {
      const children = await Promise.all(Array.from({ length: count }, startProgram));
      return {
        run: async ({ url, userIds }) => {
          const all = [...userIds.entries()];
          const failed = children.map(async (child, part) => {
            const users = all.filter(([index]) => index % count === part);
            child.send({ url, users, gate, programs: count } satisfies Work);
            const [failures] = await once(child, "message");
            return Number(failures);
          });
          return (await Promise.all(failed)).reduce((sum, one) => sum + one, 0);
        },
        stop: () => children.forEach((child) => child.kill()),
      };
    },
  };
}

async function startProgram(): Promise<ChildProcess> {
  const child = forkHere("pace-client.ts");
  await once(child, "message");
  return child;
}

function forkHere(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ["--import", "tsx"] });
}

/** Polytomic's official SDK in a loop. */
function sdk(inFlight: number): Client {
  return {
    name: `SDK, ${inFlight} in flight`,
    start: () => Promise.resolve({ run: (offer) => loop(offer, inFlight), stop: () => {} }),
  };
}

async function loop({ url, userIds }: Offer, inFlight: number): Promise<number> {
  const client = new PolytomicClient({ environment: url, token: KEY, version: "2024-02-08" });
  const limit = pLimit(inFlight);
  const change = async (userId: string, index: number): Promise<boolean> => {
    const body = { email: EMAIL(index), role_ids: [ROLE] };
    return client.users.update(userId, ORGANIZATION, body).then(
      () => true,
      () => false,
    );
  };
  const done = await Promise.all(userIds.map((id, index) => limit(change, id, index)));
  return done.filter((one) => !one).length;
}

interface Row {
  readonly client: Client;
  readonly setting: Setting;
  /** Seconds that a client would need that knew the limit. */
  readonly ideal: number;
}

interface Measured {
  readonly seconds: number;
  readonly failed: number;
  readonly served: Served;
}

async function measure({ client, setting }: Row): Promise<Measured> {
  const server = forkHere("pace-server.ts");
  const next = <T>() => new Promise<T>((resolve) => server.once("message", resolve));
  const { run, stop } = await client.start();
  try {
    server.send(setting);
    const offer = await next<Offer>();
    const started = performance.now();
    const failed = await run(offer);
    const seconds = (performance.now() - started) / 1000;
    server.send("report");
    return { seconds, failed, served: await next<Served>() };
  } finally {
    stop();
    server.kill();
  }
}

function print({ client, setting, ideal }: Row, { seconds, failed, served }: Measured): void {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)}%`;
  const cells = [
    setting.name,
    setting.retryAfter === "none" ? "no" : "yes",
    client.name,
    String(setting.count),
    `${seconds.toFixed(1)} s`,
    (seconds / ideal).toFixed(3),
    percent(served.refused, served.requests),
    failed === setting.count - served.changed ? String(failed) : `${failed} (!)`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

const BURST = 20;
const LATENCY_MS = 30;

function steady(client: Client, rate: number, count: number, retryAfter: Setting["retryAfter"]) {
  const setting = {
    name: `${rate}/s`,
    count,
    burst: BURST,
    latencyMs: LATENCY_MS,
    rate,
    later: null,
    retryAfter,
  };
  return { client, setting, ideal: (count - BURST) / rate };
}

/** Half the rate after ten seconds. */
function halving(client: Client, rate: number, retryAfter: Setting["retryAfter"]): Row {
  const half = rate / 2;
  const count = 10 * rate + 10 * half + BURST;
  const { setting } = steady(client, rate, count, retryAfter);
  const name = `${rate}/s, then ${half}/s`;
  return {
    client,
    setting: { ...setting, name, later: { afterMs: 10_000, rate: half } },
    ideal: 20,
  };
}

const BOTH = ["seconds", "none"] as const;

const ours = programs(1);
const smithy = "@smithy/util-retry";

/** Each group at once, one group after the other: the slow ones leave the machine idle. */
const groups: readonly (readonly Row[])[] = [
  ...BOTH.map((wait) => [steady(ours, 50, 1000, wait)]),
  BOTH.flatMap((wait) => [steady(ours, 5, 200, wait), steady(ours, 20, 400, wait)]),
  ...BOTH.map((wait) => [steady(ours, 200, 4000, wait)]),
  BOTH.map((wait) => halving(ours, 50, wait)),
  ...[2, 4, 8].flatMap((count) => BOTH.map((wait) => [steady(programs(count), 50, 1000, wait)])),
  ...[1, 4, 8].flatMap((count) =>
    BOTH.map((wait) => [steady(programs(count, smithy), 50, 1000, wait)]),
  ),
  BOTH.flatMap((wait) => [steady(sdk(1), 50, 1000, wait), steady(sdk(10), 50, 1000, wait)]),
  BOTH.flatMap((wait) => [steady(sdk(1), 5, 100, wait), steady(sdk(10), 5, 100, wait)]),
  BOTH.flatMap((wait) => [steady(sdk(1), 200, 1000, wait), steady(sdk(10), 200, 1000, wait)]),
];

console.log("| limit | Retry-After | client | changes | time | of the ideal | refused | failed |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const group of groups) {
  const measured = await Promise.all(group.map(measure));
  group.forEach((row, index) => {
    const one = measured[index];
    if (one !== undefined) print(row, one);
  });
}
