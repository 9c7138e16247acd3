/**
 * The usual kinds of rate limits. A limit counts all requests together, whatever their credential. A refused request is
 * not counted, and neither its credential nor its idempotency key is checked.
 */
import { Failure } from "../model/failure.ts";

export type LimitRule =
  /** `perSecond` requests a second on average, `burst` at once. */
  | { readonly kind: "token-bucket"; readonly perSecond: number; readonly burst: number }
  /** `requests` in each window; windows begin at multiples of their length. */
  | { readonly kind: "fixed-window"; readonly requests: number; readonly windowMs: number }
  /** `requests` in any stretch of this length. */
  | { readonly kind: "sliding-window"; readonly requests: number; readonly windowMs: number }
  /** `requests` in flight. */
  | { readonly kind: "concurrent"; readonly requests: number };

export interface LimitOptions {
  readonly rule: LimitRule;
  /** The form of Retry-After in a 429; `none` omits it. */
  readonly retryAfter: "seconds" | "date" | "none";
  /** `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch seconds) in every answer. Not with `concurrent`. */
  readonly rateLimitHeaders: boolean;
  /** Other rules, each from so many milliseconds after the first request on; in order of time. */
  readonly changes: readonly { readonly afterMs: number; readonly rule: LimitRule }[];
}

interface Verdict {
  readonly admitted: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Limiter {
  /** `now` in milliseconds; `inFlight` counts the requests that are being worked on, without this one. */
  judge(now: number, inFlight: number): Verdict;
}

interface Count {
  readonly admitted: boolean;
  /** How long until one request fits. */
  readonly waitMs: number;
  readonly limit: number;
  readonly remaining: number;
  /** When the allowance is back. */
  readonly resetAt: number;
}

type Counter = (now: number, inFlight: number) => Count;

/** What a counter hands over to the next one when the rule changes. */
interface Memory {
  tokens: number | null;
  refilledAt: number;
  window: number;
  used: number;
  /** When the requests of the current sliding window came. */
  readonly times: number[];
}

export function createLimiter(options: LimitOptions): Limiter {
  const memory: Memory = { tokens: null, refilledAt: 0, window: -1, used: 0, times: [] };
  const pending = [...options.changes];
  let rule = options.rule;
  let began: number | null = null;
  return {
    judge(now, inFlight) {
      began ??= now;
      for (let next = pending[0]; next && now >= began + next.afterMs; next = pending[0]) {
        if (rule.kind === "token-bucket") refill(rule, memory, began + next.afterMs);
        rule = next.rule;
        pending.shift();
      }
      const count = createCounter(rule, memory)(now, inFlight);
      return { admitted: count.admitted, headers: headersOf(count, options, rule, now) };
    },
  };
}

/** The headers of a 429 that no limit asked for (the fault). */
export function waitHeaders(
  retryAfter: LimitOptions["retryAfter"],
  waitMs: number,
  now: number,
): Readonly<Record<string, string>> {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  switch (retryAfter) {
    case "none":
      return {};
    case "seconds":
      return { "retry-after": String(seconds) };
    case "date":
      // A date has whole seconds: rounded up, so that a client is never too early.
      return { "retry-after": new Date(Math.ceil((now + waitMs) / 1000) * 1000).toUTCString() };
  }
}

function headersOf(
  count: Count,
  options: LimitOptions,
  rule: LimitRule,
  now: number,
): Readonly<Record<string, string>> {
  const wait = count.admitted ? {} : waitHeaders(options.retryAfter, count.waitMs, now);
  if (!options.rateLimitHeaders || rule.kind === "concurrent") return wait;
  return {
    ...wait,
    "x-ratelimit-limit": String(count.limit),
    "x-ratelimit-remaining": String(count.remaining),
    "x-ratelimit-reset": String(Math.ceil(count.resetAt / 1000)),
  };
}

function createCounter(rule: LimitRule, memory: Memory): Counter {
  switch (rule.kind) {
    case "token-bucket":
      return (now) => takeToken(rule, memory, now);
    case "fixed-window":
      return (now) => countInWindow(rule, memory, now);
    case "sliding-window":
      return (now) => countInStretch(rule, memory, now);
    case "concurrent":
      return (now, inFlight) => {
        const remaining = rule.requests - inFlight;
        const admitted = remaining > 0;
        return { admitted, waitMs: 1000, limit: rule.requests, remaining, resetAt: now };
      };
  }
}

type Rule<Kind extends LimitRule["kind"]> = Extract<LimitRule, { readonly kind: Kind }>;

function takeToken(rule: Rule<"token-bucket">, memory: Memory, now: number): Count {
  const tokens = refill(rule, memory, now);
  // Sums of fractions: a token that is whole but for rounding is a token.
  const admitted = tokens >= 1 - 1e-9;
  const left = admitted ? Math.max(0, tokens - 1) : tokens;
  memory.tokens = left;
  return {
    admitted,
    waitMs: Math.ceil(((1 - left) / rule.perSecond) * 1000),
    limit: rule.burst,
    remaining: Math.floor(left),
    resetAt: now + ((rule.burst - left) / rule.perSecond) * 1000,
  };
}

function refill(rule: Rule<"token-bucket">, memory: Memory, now: number): number {
  const grown = ((now - memory.refilledAt) / 1000) * rule.perSecond;
  const tokens = Math.min(rule.burst, memory.tokens === null ? rule.burst : memory.tokens + grown);
  memory.tokens = tokens;
  memory.refilledAt = now;
  return tokens;
}

function countInWindow(rule: Rule<"fixed-window">, memory: Memory, now: number): Count {
  const window = Math.floor(now / rule.windowMs);
  if (window !== memory.window) memory.used = 0;
  memory.window = window;
  const admitted = memory.used < rule.requests;
  if (admitted) memory.used += 1;
  const resetAt = (window + 1) * rule.windowMs;
  const remaining = Math.max(0, rule.requests - memory.used);
  return { admitted, waitMs: resetAt - now, limit: rule.requests, remaining, resetAt };
}

function countInStretch(rule: Rule<"sliding-window">, memory: Memory, now: number): Count {
  const { times } = memory;
  while (times.length > 0 && (times[0] ?? now) <= now - rule.windowMs) times.shift();
  const admitted = times.length < rule.requests;
  if (admitted) times.push(now);
  const resetAt = (times[0] ?? now) + rule.windowMs;
  const remaining = Math.max(0, rule.requests - times.length);
  return { admitted, waitMs: resetAt - now, limit: rule.requests, remaining, resetAt };
}

/**
 * Limits as a command line writes them:
 *
 *   50/s,burst=20            a token bucket (the default kind)
 *   fixed-window=100/10s     sliding-window=100/60s     concurrent=4
 *
 * each with `,retry-after=seconds|date|none` and `,headers=on|off` behind it; and a change of the limit
 * in the course of time: `10s:25/s,burst=10`.
 */
const RETRY_AFTER = ["seconds", "date", "none"] as const;
const OPTIONS = ["burst", "retry-after", "headers"];
const HINT =
  "for example, write 50/s,burst=20 or fixed-window=100/10s or sliding-window=100/60s or concurrent=4, " +
  "optionally followed by ,retry-after=seconds|date|none and ,headers=on|off";

/** Throws `Failure` where the text is no limit. */
export function parseLimit(text: string): LimitOptions {
  const [rate = "", ...options] = text.split(",");
  const named = new Map(options.map((option) => splitOption(option, text)));
  const way = named.get("retry-after") ?? "seconds";
  const retryAfter = RETRY_AFTER.find((known) => known === way);
  const headers = named.get("headers") ?? "on";
  if (retryAfter === undefined || (headers !== "on" && headers !== "off")) throw wrong(text);
  const rule = parseRule(rate, named.get("burst") ?? "", text);
  return { rule, retryAfter, rateLimitHeaders: headers === "on", changes: [] };
}

function splitOption(option: string, text: string): readonly [name: string, value: string] {
  const [name = "", value = "", ...rest] = option.split("=");
  if (!OPTIONS.includes(name) || value === "" || rest.length > 0) throw wrong(text);
  return [name, value];
}

/** `10s:25/s,burst=10`: from ten seconds after the first request on. Throws `Failure`. */
export function parseLimitChange(text: string): LimitOptions["changes"][number] {
  const [, seconds = "", limit = ""] = /^(\d+(?:\.\d+)?)s:(.*)$/.exec(text) ?? [];
  if (limit === "") {
    const hint = "write <seconds>s:<limit>, for example 10s:25/s,burst=10";
    throw new Failure(`invalid limit change: ${JSON.stringify(text)}`, { hint });
  }
  return { afterMs: Number(seconds) * 1000, rule: parseLimit(limit).rule };
}

function parseRule(rate: string, burst: string, text: string): LimitRule {
  const [, kind = "token-bucket", count = "", window] =
    /^(?:([a-z-]+)=)?(\d+(?:\.\d+)?)(?:\/(\d*(?:\.\d+)?)s)?$/.exec(rate) ?? [];
  const requests = Number(count);
  const seconds = window === "" ? 1 : Number(window);
  if (count === "" || !(requests > 0) || (burst !== "" && kind !== "token-bucket")) {
    throw wrong(text);
  }
  if (kind === "concurrent" && window === undefined) return { kind, requests };
  if (window === undefined || !(seconds > 0)) throw wrong(text);
  if (kind === "fixed-window" || kind === "sliding-window") {
    return { kind, requests, windowMs: seconds * 1000 };
  }
  if (kind !== "token-bucket") throw wrong(text);
  const perSecond = requests / seconds;
  const atOnce = burst === "" ? Math.max(1, perSecond) : Number(burst);
  if (!(atOnce >= 1)) throw wrong(text);
  return { kind, perSecond, burst: atOnce };
}

function wrong(text: string): Failure {
  return new Failure(`invalid rate limit: ${JSON.stringify(text)}`, { hint: HINT });
}
