/** After Ctrl-C, requests already sent have a limited time to complete. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../clock.ts";

/** GitHub Actions sends a cancelled job a second signal 7.5 s after the first; `docker stop` kills after 10 s. */
export const GRACE_MS = 7_000;

export interface Grace {
  /** Aborts `GRACE_MS` after the stop, or as soon as the run is interrupted a second time. */
  readonly signal: AbortSignal;
  /** Call it when nothing is in flight any more, so that nothing waits for the time to pass. */
  end(): void;
}

export function graceAfter(clock: Clock, stop: AbortSignal, again: AbortSignal): Grace {
  const over = new AbortController();
  const ended = new AbortController();
  setMaxListeners(0, over.signal); // every request in flight listens
  const wait = AbortSignal.any([again, ended.signal]);
  const begin = async (): Promise<void> => {
    await clock.sleep(GRACE_MS, wait);
    if (!ended.signal.aborted) over.abort();
  };
  const onStop = (): void => void begin();
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return {
    signal: over.signal,
    end: () => {
      stop.removeEventListener("abort", onStop);
      ended.abort();
    },
  };
}
