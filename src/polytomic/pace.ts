/** The one gate that all requests of a run pass, reads included: how many at once, and how fast. */
import pLimit from "p-limit";
import type { Clock } from "../clock.ts";
import type { ApiAnswer } from "./transport.ts";

export interface Gate {
  /** Runs `send` when its turn has come, and learns from its answer. Rejects as `send` does. */
  run(send: () => Promise<ApiAnswer>): Promise<ApiAnswer>;
}

export interface GateOptions {
  readonly clock: Clock;
  /** Requests a second, a ceiling: the real pace is found. */
  readonly maxRate: number;
  /** Requests in flight, at most. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | null;
}

export function createGate({ concurrency }: GateOptions): Gate {
  const limit = pLimit(concurrency);
  return { run: (send) => limit(send) };
}
