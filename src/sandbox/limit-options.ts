/**
 * Limits as a command line writes them:
 *
 *   50/s,burst=20            a token bucket (the default kind)
 *   fixed-window=100/10s     sliding-window=100/60s     concurrent=4
 *
 * each with `,retry-after=seconds|date|none` and `,headers=on|off` behind it; and a change of the limit
 * in the course of time: `10s:25/s,burst=10`.
 */
import { Failure } from "../model/failure.ts";
import type { LimitOptions, LimitRule } from "./limits.ts";

const RETRY_AFTER = ["seconds", "date", "none"] as const;
const OPTIONS = ["burst", "retry-after", "headers"];
const HINT =
  "write e.g. 50/s,burst=20 or fixed-window=100/10s or sliding-window=100/60s or concurrent=4, " +
  "with ,retry-after=seconds|date|none and ,headers=on|off behind it";

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
    const hint = "write SECONDSs:LIMIT, e.g. 10s:25/s,burst=10";
    throw new Failure(`no change of a limit: ${JSON.stringify(text)}`, { hint });
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
  return new Failure(`no rate limit: ${JSON.stringify(text)}`, { hint: HINT });
}
