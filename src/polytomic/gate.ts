/**
 * The gate for all requests of a run, reads included: limits concurrency (p-limit) and rate (`adaptive-rate.ts`,
 * which finds the rate from the responses).
 */
import { once } from "node:events";
import pLimit from "p-limit";
import type { Clock } from "../clock.ts";
import { quotaOf, retryAfterMs } from "./rate-limit-headers.ts";
import type { Ticket } from "./adaptive-rate.ts";
import { AdaptiveRate } from "./adaptive-rate.ts";
import type { ApiResponse } from "./transport.ts";
import { interrupted } from "./transport.ts";

export interface Gate {
  /**
   * Runs `send` when its turn has come, and learns from its response. Rejects as `send` does, and with
   * `NoResponse` (not sent) when the signal aborts before its turn.
   */
  run(send: () => Promise<ApiResponse>, signal?: AbortSignal | null): Promise<ApiResponse>;
  /** About so many requests are to be sent: few of them start faster. */
  expect(requests: number): void;
}

export interface GateOptions {
  readonly clock: Clock;
  /** A ceiling, in requests per second. The actual rate adapts to the responses (`adaptive-rate.ts`). */
  readonly maxRate: number;
  /** 0 ≤ x < 1, so that programs that share a limit do not synchronize. */
  readonly random?: () => number;
  /** How many programs are known to share the limit, this one included: `--shard K/N`. */
  readonly sharers?: number;
  /** The maximum number of requests in flight. */
  readonly concurrency: number;
  /** Called for each long pause, in milliseconds. */
  readonly onLongPause?: (ms: number) => void;
}

/** Shorter waits are skipped: they are below a timer's resolution, and rounding could repeat waits of 0. */
const SHORTEST_WAIT_MS = 0.5;
/** `onLongPause` is called for longer pauses. */
const LONG_PAUSE_MS = 1_000;

export function createGate(options: GateOptions): Gate {
  const inFlight = pLimit(options.concurrency);
  const turnstile = new Turnstile(options);
  return {
    run: (send, signal) => inFlight(() => turnstile.pass(send, signal ?? undefined)),
    expect: (requests) => turnstile.expect(requests),
  };
}

class Turnstile {
  readonly #clock: Clock;
  readonly #rate: AdaptiveRate;
  readonly #onLongPause: (ms: number) => void;
  /** Only the first request in the queue waits on a timer; the others wait for it, in the order of arrival. */
  readonly #queue = pLimit(1);
  #wake: () => void = () => {};
  /** The end of the last pause that `onLongPause` was called for. Seconds. */
  #toldUntil = -Infinity;

  constructor({ clock, maxRate, random = () => 0.5, sharers = 1, onLongPause }: GateOptions) {
    this.#clock = clock;
    this.#onLongPause = onLongPause ?? (() => {});
    this.#rate = new AdaptiveRate({ ceiling: maxRate, random, sharers });
  }

  expect(requests: number): void {
    this.#rate.expect(requests);
  }

  async pass(send: () => Promise<ApiResponse>, signal?: AbortSignal): Promise<ApiResponse> {
    const ticket = await this.#queue(() => this.#turn(signal));
    let response: ApiResponse | null = null;
    try {
      response = await send();
      return response;
    } finally {
      this.#learn(ticket, response);
      this.#wake();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<Ticket> {
    for (;;) {
      if (signal?.aborted) {
        throw interrupted(false);
      }
      const now = this.#clock.monotonic() / 1000;
      const wait = this.#rate.readyIn(now);
      if (wait !== null && wait * 1000 < SHORTEST_WAIT_MS) return this.#rate.sent(now);
      if (wait !== null && wait * 1000 > LONG_PAUSE_MS) this.#tellLongPause(now + wait, wait);
      await this.#pause(wait === null ? null : wait * 1000, signal);
    }
  }

  /** Ends early with each response: it may allow the next request. Null waits for one. */
  async #pause(ms: number | null, signal: AbortSignal | undefined): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    signal?.addEventListener("abort", wake, { once: true });
    try {
      if (ms === null) await once(woken.signal, "abort");
      else await this.#clock.sleep(ms, woken.signal);
    } finally {
      signal?.removeEventListener("abort", wake);
    }
  }

  /** Once for each pause, however often it is looked at. */
  #tellLongPause(until: number, seconds: number): void {
    if (until > this.#toldUntil + 0.1) this.#onLongPause(seconds * 1000);
    this.#toldUntil = Math.max(this.#toldUntil, until);
  }

  #learn(ticket: Ticket, response: ApiResponse | null): void {
    const now = this.#clock.monotonic() / 1000;
    if (response === null) return this.#rate.ended(ticket, "silent");
    const date = this.#clock.now();
    const quota = quotaOf(response, date);
    if (response.status === 429) {
      const wait = retryAfterMs(response, date) ?? quota?.resetMs ?? null;
      return this.#rate.refused(ticket, now, wait === null ? null : wait / 1000);
    }
    this.#rate.ended(ticket, "answered");
    if (quota !== null) {
      this.#rate.quota(ticket, now, quota.remaining, quota.resetMs / 1000);
    }
  }
}
