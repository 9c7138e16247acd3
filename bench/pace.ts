/**
 * How close to a limit that it does not know the client gets: role changes over HTTP against the sandbox's server in
 * another process, alone and with others. For comparison, in the same run: Polytomic's official SDK in a loop, with 1
 * and with 10 requests in flight. Run by `npm run bench:pace`; takes about five minutes.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PolytomicClient } from "polytomic";
import pLimit from "p-limit";
import { systemClock } from "../src/clock.ts";
import { Credential } from "../src/polytomic/credential.ts";
import { createHttpTransport } from "../src/polytomic/http.ts";
import { nothingLearned } from "../src/polytomic/session.ts";
import { createGate } from "../src/polytomic/gate.ts";
import { chooseVersion } from "../src/polytomic/version.ts";
import { createWriter } from "../src/polytomic/writer.ts";
import type { Offer, Served, Setting } from "./pace-server.ts";
import { EMAIL, KEY, ORGANIZATION, ROLE } from "./pace-server.ts";

/** The defaults of the command line. */
const DEFAULT_PACE = { maxRate: 500, concurrency: 20 };

interface Client {
  readonly name: string;
  /** Changes every user's role; how many changes the client itself takes for failed. */
  readonly run: (offer: Offer) => Promise<number>;
}

const ours: Client = {
  name: "polytomic-users",
  run: (offer) => changeAll(offer.url, [...offer.userIds.entries()]),
};
const sdk1: Client = { name: "SDK, 1 in flight", run: (offer) => loop(offer, 1) };
const sdk10: Client = { name: "SDK, 10 in flight", run: (offer) => loop(offer, 10) };

/** So many programs, each with a gate and connections of its own. */
function together(programs: number): Client {
  return {
    name: `polytomic-users × ${programs}`,
    run: async ({ url, userIds }) => {
      const all = [...userIds.entries()];
      const parts = Array.from({ length: programs }, (_, part) =>
        all.filter(([index]) => index % programs === part),
      );
      const failed = await Promise.all(parts.map((part) => changeAll(url, part)));
      return failed.reduce((sum, one) => sum + one, 0);
    },
  };
}

async function changeAll(
  url: string,
  users: readonly (readonly [index: number, userId: string])[],
): Promise<number> {
  const credential = new Credential("partner", KEY);
  const writer = createWriter({
    credential,
    version: chooseVersion(credential, null),
    transport: createHttpTransport({ base: url, timeoutSeconds: 30, env: {} }),
    gate: createGate({ clock: systemClock, ...DEFAULT_PACE, random: Math.random }),
    clock: systemClock,
    random: Math.random,
    userAgent: "polytomic-users/bench",
    trace: null,
    stop: null,
    abort: null,
    learned: nothingLearned(),
  });
  const change = async ([index, userId]: readonly [number, string]): Promise<boolean> => {
    const body = { email: EMAIL(index), roleIds: [ROLE] };
    return (await writer.update(ORGANIZATION, userId, body)).kind === "done";
  };
  const done = await Promise.all(users.map(change));
  return done.filter((one) => !one).length;
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
  const server = fork(fileURLToPath(new URL("pace-server.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
  });
  const next = <T>() => new Promise<T>((resolve) => server.once("message", resolve));
  try {
    server.send(setting);
    const offer = await next<Offer>();
    const started = performance.now();
    const failed = await client.run(offer);
    const seconds = (performance.now() - started) / 1000;
    server.send("report");
    return { seconds, failed, served: await next<Served>() };
  } finally {
    server.kill();
  }
}

function print({ client, setting, ideal }: Row, { seconds, failed, served }: Measured): void {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
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

/** Each group at once, one group after the other: the slow ones leave the machine idle. */
const groups: readonly (readonly Row[])[] = [
  [steady(ours, 50, 1000, "seconds")],
  [steady(ours, 50, 1000, "none")],
  BOTH.flatMap((wait) => [steady(ours, 5, 200, wait), steady(ours, 20, 400, wait)]),
  [steady(ours, 200, 4000, "seconds")],
  [steady(ours, 200, 4000, "none")],
  BOTH.map((wait) => halving(ours, 50, wait)),
  ...[2, 4, 8].flatMap((programs) =>
    BOTH.map((wait) => [steady(together(programs), 50, 1000, wait)]),
  ),
  BOTH.flatMap((wait) => [steady(sdk1, 50, 1000, wait), steady(sdk10, 50, 1000, wait)]),
  BOTH.flatMap((wait) => [steady(sdk1, 5, 100, wait), steady(sdk10, 5, 100, wait)]),
  BOTH.flatMap((wait) => [steady(sdk1, 200, 1000, wait), steady(sdk10, 200, 1000, wait)]),
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
