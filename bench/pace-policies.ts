/** What stands beside the program's own pacer in `bench/pace-shared.ts`. Seconds. */
import type { Policy } from "./pace-virtual.ts";

/** Jitter must not refuse it. */
const MARGIN = 0.99;

/** Knows the limit and how many share it: what it loses is lost to the division of the work, not to ignorance. */
export class Clairvoyant implements Policy {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number | null = null;
  #pausedUntil = 0;

  constructor(limit: { readonly rate: number; readonly burst: number; readonly clients: number }) {
    this.#rate = (MARGIN * limit.rate) / limit.clients;
    this.#burst = Math.max(1, (limit.burst - 2) / limit.clients);
    this.#tokens = this.#burst;
  }

  readyIn(now: number): number {
    this.#refill(now);
    const wait = Math.max(0, 1 - this.#tokens) / this.#rate;
    return Math.max(wait, this.#pausedUntil - now);
  }

  sent(now: number): { readonly at: number } {
    this.#refill(now);
    this.#tokens -= 1;
    return { at: now };
  }

  ended(): void {}

  refused(_ticket: unknown, now: number, wait: number | null): void {
    this.#pausedUntil = now + (wait ?? 0);
  }

  #refill(now: number): void {
    const grown = this.#at === null ? 0 : (now - this.#at) * this.#rate;
    this.#tokens = Math.min(this.#burst, this.#tokens + grown);
    this.#at = now;
  }
}

/** Plain AIMD on the rate: one request a second more each second, half of it after a 429. */
export class PlainAimd implements Policy {
  #rate = 10;
  #at: number | null = null;
  #nextAt = 0;
  #cutAt = Number.NEGATIVE_INFINITY;

  readyIn(now: number): number {
    return Math.max(0, this.#nextAt - now);
  }

  sent(now: number): { readonly at: number } {
    this.#rate += this.#at === null ? 0 : Math.max(0, now - this.#at);
    this.#at = now;
    this.#nextAt = Math.max(now, this.#nextAt) + 1 / this.#rate;
    return { at: now };
  }

  ended(): void {}

  refused(ticket: { readonly at: number }, now: number, wait: number | null): void {
    this.#nextAt = Math.max(this.#nextAt, now + (wait ?? 1 / this.#rate));
    if (ticket.at <= this.#cutAt) return;
    this.#cutAt = now;
    this.#at = this.#nextAt;
    this.#rate = Math.max(0.5, this.#rate / 2);
  }
}
