/** The clock is passed in: the system's in the program, a virtual one in the simulation. */
export interface Clock {
  /** Milliseconds since the epoch, for dates that are shown or recorded. It can jump, so durations use `monotonic`. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. For waits, rates and durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node's longest timer; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", done, { once: true });
    }),
};
