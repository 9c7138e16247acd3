/** The waiting times that responses announce: Retry-After and X-RateLimit-Remaining, -Reset. */
import type { ApiResponse } from "./transport.ts";

/** The longest announced wait that is honoured; after it, one request is sent. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** How long the response says to wait, by Retry-After (seconds or an HTTP date); null when it does not say. */
export function retryAfterMs(response: ApiResponse, now: number): number | null {
  const value = response.headers["retry-after"]?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return bounded(Number(value) * 1000);
  const date = /^[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : bounded(date - serverNow(response, now));
}

/** The rounding of a Date header, and the time of a response on its way. */
const CLOCKS_AGREE_MS = 2_000;

/** Moments that a response names are read with the server's clock where it shows it: ours may be wrong. */
function serverNow(response: ApiResponse, now: number): number {
  const date = Date.parse(response.headers["date"] ?? "");
  return Number.isNaN(date) ? now : date;
}

/** A Date header has whole seconds. Our own clock is finer, and is used where the two agree. */
function closestNow(response: ApiResponse, now: number): number {
  const server = serverNow(response, now);
  return Math.abs(now - server) < CLOCKS_AGREE_MS ? now : server;
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}

/** X-RateLimit-Limit, -Remaining and -Reset, as far as they are there and are numbers. */
export interface Quota {
  readonly remaining: number;
  /** Milliseconds until the quota is whole again. */
  readonly resetMs: number;
}

/** A 429 says by itself that nothing remains. */
export function quotaOf(response: ApiResponse, now: number): Quota | null {
  const nothing = response.status === 429 ? 0 : null;
  const remaining = number(response.headers["x-ratelimit-remaining"]) ?? nothing;
  const reset = number(response.headers["x-ratelimit-reset"]);
  if (remaining === null || reset === null) return null;
  return { remaining, resetMs: bounded(msUntil(reset, closestNow(response, now))) };
}

/** Reset is in epoch seconds; in seconds from now when it is too small for that, in milliseconds when too large. */
function msUntil(reset: number, now: number): number {
  if (reset < 1_000_000_000) return reset * 1000;
  return (reset < 100_000_000_000 ? reset * 1000 : reset) - now;
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}
