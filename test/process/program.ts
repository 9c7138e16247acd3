/** The built program as a separate process (`npm run build` makes it). */
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** The output so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves once stderr matches; rejects if the program ends before. */
  readonly says: (what: RegExp) => Promise<void>;
}

interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: StdioOptions;
}

export function start(t: TestContext, args: readonly string[], options: StartOptions): Started {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    stdio: options.stdio ?? ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const says = async (what: RegExp): Promise<void> => {
    while (!what.test(output.stderr)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${output.stderr}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { child, output, ended, says };
}
