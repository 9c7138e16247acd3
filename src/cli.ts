#!/usr/bin/env node
/** The only file that touches the process. */
import { setMaxListeners } from "node:events";
import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { systemClock } from "./clock.ts";
import { EXIT } from "./commands/io.ts";
import { Failure } from "./model/failure.ts";
import { main } from "./main.ts";

// The first signal stops the run, the second stops waiting for requests in flight, the third exits.
const interrupts = [new AbortController(), new AbortController()] as const;
for (const { signal } of interrupts) setMaxListeners(0, signal); // every wait listens
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const next = interrupts.find((one) => !one.signal.aborted);
    if (next === undefined) process.exit(EXIT.interrupted);
    next.abort();
  });
}

// Node aborts at exit if it cannot reset a closed terminal, and the exit code is lost. It ignores closed descriptors.
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
process.on("exit", () => {
  for (const descriptor of terminals) {
    if (!isatty(descriptor)) closeSync(descriptor);
  }
});

// Keeps the keys out of Node's diagnostic reports and out of child processes.
const env = { ...process.env };
for (const name of Object.keys(process.env)) {
  if (/^POLYTOMIC_\w*KEY$/.test(name)) delete process.env[name];
}

const exitCode = await main(process.argv.slice(2), {
  env,
  get cwd() {
    return workingFolder();
  },
  // Opened only when read.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  // Loaded when something is written.
  writeFile: async (path, shown, text) =>
    (await import("./commands/files.ts")).writeWhole(path, shown, text),
  clock: systemClock,
  random: Math.random,
  interrupt: interrupts[0].signal,
  interruptAgain: interrupts[1].signal,
});

// A failed or stopped run may leave work that it no longer waits for: a read being retried, a named pipe without a
// writer. It must not keep the process alive. Output is flushed first.
await Promise.all([process.stdout, process.stderr].map(drained));
process.exit(exitCode);

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored !== null) resolve();
    else stream.write("", () => resolve());
  });
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new Failure("the working directory no longer exists", {
      hint: "change to a folder that exists, and run again",
      cause,
    });
  }
}
