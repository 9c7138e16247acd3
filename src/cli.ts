#!/usr/bin/env node
/** The only file that touches the process. */
import { setMaxListeners } from "node:events";
import { systemClock } from "./clock.ts";
import { EXIT } from "./commands/io.ts";
import { main } from "./main.ts";

const interrupt = new AbortController();
setMaxListeners(0, interrupt.signal); // whatever waits listens to it, and that can be many
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted); // the second time: at once
    interrupt.abort();
  });
}
// A reader that has enough (`| head`) ends the output, not the run.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  // Opened when something is read from it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  random: Math.random,
  interrupt: interrupt.signal,
});
