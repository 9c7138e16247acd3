/**
 * Virtual time: it stands still until everything that can happen now has happened, and then jumps to the next
 * sleeper. The same program with the same inputs runs in the same order every time, and an hour takes as long as the
 * work in it. It only knows sleepers and promises: it does not wait for sockets, files or machine timers.
 */
import type { Clock } from "../../src/clock.ts";

export interface VirtualClock extends Clock {
  /** The number of sleepers. */
  readonly sleepers: number;
  /**
   * Lets time pass until there are no sleepers, or until a given promise is settled (the caller handles its
   * rejection). Ends early, with the promise unsettled, if there are no sleepers left.
   */
  run(until?: Promise<unknown>): Promise<void>;
  /**
   * Time stands still until the work is done: it waits for something that is not a sleeper, such as loading a module.
   */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Lets exactly this many milliseconds pass. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** `start` is the initial value of `now`, in milliseconds since the epoch. */
export function createVirtualClock(start = 0): VirtualClock {
  return new Timeline(start);
}

class Timeline implements VirtualClock {
  #now: number;
  #held = 0;
  /** By due time, then in the order in which they fell asleep. */
  readonly #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const abort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        resolve();
      };
      const wake = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { due: this.#now + Math.max(0, ms), wake };
      this.#insert(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
    }
  }

  async #settled(): Promise<void> {
    do await settledMicrotasks();
    while (this.#held > 0);
  }

  async run(until?: Promise<unknown>): Promise<void> {
    const waiting = { over: false };
    const settle = () => {
      waiting.over = true;
    };
    until?.then(settle, settle);
    await this.#settled();
    while (!waiting.over && this.#sleepers.length > 0) await this.#wakeNext();
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settled();
    while ((this.#sleepers[0]?.due ?? Infinity) <= end) await this.#wakeNext();
    this.#now = end;
  }

  async #wakeNext(): Promise<void> {
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = next.due;
    next.wake();
    await this.#settled();
  }

  /** After all sleepers that are due at the same time or earlier. */
  #insert(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sleepers[middle]?.due ?? Infinity) <= sleeper.due) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }
}

/** Resolves after all promise callbacks that can run now, and those that they cause. */
function settledMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
