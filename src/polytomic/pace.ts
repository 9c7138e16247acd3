/**
 * The one gate that all requests of a run pass, reads included: how many at once (p-limit), and how fast
 * (`pacer.ts`, which finds the rate from the answers).
 */
import pLimit from "p-limit";
import type { Clock } from "../clock.ts";
import { quotaOf, retryAfterMs } from "./answer.ts";
import type { Ticket } from "./pacer.ts";
import { Pacer } from "./pacer.ts";
import type { ApiAnswer } from "./transport.ts";
import { NoAnswer } from "./transport.ts";

export interface Gate {
  /**
   * Runs `send` when its turn has come, and learns from its answer. Rejects as `send` does, and with
   * `NoAnswer` (not sent) when the signal aborts before its turn.
   */
  run(send: () => Promise<ApiAnswer>, signal?: AbortSignal | null): Promise<ApiAnswer>;
}

export interface GateOptions {
  readonly clock: Clock;
  /** Requests a second, a ceiling: the real pace is found. */
  readonly maxRate: number;
  /** Requests in flight, at most. */
  readonly concurrency: number;
  /** Told of each pause that a person would wonder about, in milliseconds. */
  readonly onLongPause?: (ms: number) => void;
}

/** What a run has unless it is told otherwise. */
export const DEFAULT_PACE = { maxRate: 250, concurrency: 20 } as const;

/** Nearer than a timer can tell; also keeps rounding from making it wait for nothing again and again. */
const SHORTEST_WAIT_MS = 0.5;
/** From here on a person wonders what is going on. */
const LONG_PAUSE_MS = 5_000;

export function createGate(options: GateOptions): Gate {
  const inFlight = pLimit(options.concurrency);
  const turnstile = new Turnstile(options);
  return { run: (send, signal) => inFlight(() => turnstile.pass(send, signal ?? undefined)) };
}

class Turnstile {
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #onLongPause: (ms: number) => void;
  /** One waits for its moment, the others for it: one timer, in the order of arrival. */
  readonly #queue = pLimit(1);
  #wake: () => void = () => {};

  constructor({ clock, maxRate, onLongPause }: GateOptions) {
    this.#clock = clock;
    this.#onLongPause = onLongPause ?? (() => {});
    this.#pacer = new Pacer(maxRate);
  }

  async pass(send: () => Promise<ApiAnswer>, signal?: AbortSignal): Promise<ApiAnswer> {
    const ticket = await this.#queue(() => this.#turn(signal));
    let answer: ApiAnswer | null = null;
    try {
      answer = await send();
      return answer;
    } finally {
      this.#learn(ticket, answer);
      this.#wake();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<Ticket> {
    for (;;) {
      if (signal?.aborted) {
        throw new NoAnswer("interrupted before it was sent", { sent: false });
      }
      const now = this.#clock.now() / 1000;
      const wait = this.#pacer.readyIn(now);
      if (wait === null) await this.#nextAnswer(signal);
      else if (wait * 1000 < SHORTEST_WAIT_MS) return this.#pacer.sent(now);
      else await this.#pause(wait * 1000, signal);
    }
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms >= LONG_PAUSE_MS) this.#onLongPause(ms);
    return this.#clock.sleep(ms, signal);
  }

  #nextAnswer(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        signal?.removeEventListener("abort", this.#wake);
        resolve();
      };
      signal?.addEventListener("abort", this.#wake, { once: true });
    });
  }

  #learn(ticket: Ticket, answer: ApiAnswer | null): void {
    const now = this.#clock.now();
    if (answer === null) return this.#pacer.ended(ticket, "silent");
    const quota = quotaOf(answer, now);
    if (answer.status === 429) {
      const wait = retryAfterMs(answer, now) ?? quota?.resetMs ?? null;
      return this.#pacer.refused(ticket, now / 1000, wait === null ? null : wait / 1000);
    }
    this.#pacer.ended(ticket, "answered");
    if (quota !== null) {
      this.#pacer.quota(ticket, now / 1000, quota.remaining, quota.resetMs / 1000);
    }
  }
}
