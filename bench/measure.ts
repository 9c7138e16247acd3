/** Runs programs as separate processes and measures them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Measured {
  readonly ms: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** Maximum resident memory. */
  readonly megabytes: number;
}

export interface Run {
  /** Arguments for Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const PROGRAM = here("../dist/cli.js");
export const PARSER_ALONE = here("parser-alone.mjs");

/** The user's environment without what would point the program at a Polytomic or at GitHub. */
const ownEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:POLYTOMIC|GITHUB)_/.test(name)),
);

/** Measured from outside, so that the start-up of the program loads nothing extra. */
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

/** Rejects if the process fails: its times mean nothing then. */
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

/** Runs each several times, in turn, so that other load on the machine is spread over all. */
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
