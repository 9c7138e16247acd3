/** A sandbox in a separate process, so that its memory and time do not count as the program's. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/clock.ts";
import { createSandbox } from "../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../src/sandbox/server.ts";
import { API_KEY, PARTNER_KEY, type Size, stateOf } from "./customers.ts";

export interface Settings {
  readonly size: Size;
  readonly latencyMs: number;
}

export interface Served {
  readonly url: string;
  /** Requests since the last call. */
  readonly requests: () => Promise<number>;
  readonly stop: () => void;
}

export async function serve(settings: Settings): Promise<Served> {
  const child = fork(fileURLToPath(import.meta.url));
  child.send(settings);
  const [url] = await once(child, "message");
  return {
    url: String(url),
    requests: async () => {
      child.send("requests?");
      const [count] = await once(child, "message");
      return Number(count);
    },
    stop: () => void child.kill(),
  };
}

/** The environment for a program that uses this sandbox. */
export function environment(
  { url }: Served,
  key: "api" | "partner",
): Readonly<Record<string, string>> {
  return {
    POLYTOMIC_DEPLOYMENT_URL: url,
    ...(key === "api" ? { POLYTOMIC_API_KEY: API_KEY } : { POLYTOMIC_PARTNER_KEY: PARTNER_KEY }),
  };
}

async function serveHere({ size, latencyMs }: Settings): Promise<void> {
  const sandbox = createSandbox({ state: stateOf(size), latencyMs, clock: systemClock });
  const { url } = await startSandboxServer(sandbox, { port: 0 });
  let told = 0;
  process.on("message", () => {
    process.send?.(sandbox.log.length - told);
    told = sandbox.log.length;
  });
  process.send?.(url);
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("disconnect", () => process.exit()); // the bench was stopped
  process.once("message", (settings) => void serveHere(settings as Settings));
}
