/** Runs programs as processes of their own and measures them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Measured {
  readonly ms: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The most memory that it held at once. */
  readonly megabytes: number;
}

export interface Run {
  /** Node's arguments. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const PROGRAM = here("../dist/cli.js");
export const PARSER_ALONE = here("parser-alone.mjs");

/** As a user has it, but for what would point the program at a Polytomic or make it speak to GitHub. */
const ownEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:POLYTOMIC|GITHUB)_/.test(name)),
);

/** From outside; the start-up of a program should not have to load what looks at it from inside. */
export async function wallTime({ args, env = {} }: Run): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [...args], {
    env: { ...ownEnvironment, ...env },
    stdio: "ignore",
  });
  await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${child.exitCode}`);
  return performance.now() - started;
}

/** Rejects when the process fails: then it was not measured. */
export async function measure({ args, env = {} }: Run): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", here("usage.mjs"), ...args], {
    env: { ...ownEnvironment, ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const output = ["", "", ""];
  [1, 2, 3].forEach((descriptor, index) => {
    child.stdio[descriptor]?.on("data", (chunk) => {
      output[index] += String(chunk);
    });
  });
  await once(child, "close");
  const ms = performance.now() - started;
  if (child.exitCode !== 0) {
    throw new Error(`${args.join(" ")} ended with ${child.exitCode}:\n${output[1]}`);
  }
  const used = JSON.parse(output[2] ?? "") as { maxRSS: number; cpuMs: number };
  return { ms, cpuMs: used.cpuMs, megabytes: used.maxRSS / 1024 };
}

/** Each of the runs so many times, in turn, so that what else the machine does is spread over all. */
export async function interleaved<Name extends string>(
  runs: Readonly<Record<Name, Run>>,
  times: number,
): Promise<Readonly<Record<Name, Measured>>> {
  const names = Object.keys(runs) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]]));
  for (let round = 0; round < times; round += 1) {
    for (const name of names) measured[name]?.push(await measure(runs[name]));
  }
  return Object.fromEntries(names.map((name) => [name, medians(measured[name] ?? [])])) as Record<
    Name,
    Measured
  >;
}

function medians(all: readonly Measured[]): Measured {
  return {
    ms: median(all.map(({ ms }) => ms)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    megabytes: median(all.map(({ megabytes }) => megabytes)),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
