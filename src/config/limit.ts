/** A guard's limit as the files and the flags write it: `25%` or `12`. */
import type { Limit } from "../model/desired.ts";

/** Whole percents up to 100, or a whole number; null for anything else: half a person cannot be removed. */
export function parseLimit(written: string | number): Limit | null {
  const text = String(written);
  const share = /^(100|[1-9]?\d)%$/.exec(text)?.[1];
  if (share !== undefined) return { kind: "share", percent: Number(share) };
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? { kind: "count", count } : null;
}

export function formatLimit(limit: Limit): string {
  return limit.kind === "share" ? `${limit.percent}%` : String(limit.count);
}
