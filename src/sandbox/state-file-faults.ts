/** The part of a state file that says how the sandbox misbehaves: `rate_limit` and `faults`. */
import { FAULT_KINDS, isFaultKind } from "./faults.ts";
import type { FaultRule } from "./faults.ts";
import type { LimitOptions, LimitRule } from "./limits.ts";
import type { Entry } from "./state-document.ts";

type Fields = ReadonlyMap<string, Entry>;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const KINDS = ["token-bucket", "fixed-window", "sliding-window", "concurrent"] as const;
const RULE = ["kind", "per_second", "burst", "requests", "window_seconds"];

export function readFault(entry: Entry): readonly FaultRule[] {
  const fields = entry.fields(["kind", "probability", "nth", "methods", "path", "ms"]);
  const kind = fields.get("kind")?.text() ?? null;
  if (kind === null || !isFaultKind(kind)) {
    const kinds = Object.keys(FAULT_KINDS).join(", ");
    (fields.get("kind") ?? entry).problem("value", `kind must be one of ${kinds}`);
    return [];
  }
  const probability = fields.get("probability")?.number(0, 1) ?? null;
  const count = fields.get("nth")?.number(1, Infinity, true) ?? null;
  if (fields.has("probability") === fields.has("nth")) {
    entry.problem("value", "a fault has either a probability or an nth");
  }
  const methods = fields.get("methods")?.items();
  const rule = {
    kind,
    methods: methods?.flatMap((method) => method.oneOf(METHODS) ?? []) ?? null,
    path: fields.get("path")?.text() ?? null,
    ms: fields.get("ms")?.number(0, Infinity) ?? null,
  };
  if (probability !== null) return [{ ...rule, when: { probability } }];
  return count === null ? [] : [{ ...rule, when: { nth: count } }];
}

export function readLimit(entry: Entry | undefined): LimitOptions | null {
  if (entry === undefined) return null;
  const fields = entry.fields([...RULE, "retry_after", "headers", "changes"]);
  const rule = readRule(entry, fields);
  const retryAfter = fields.get("retry_after")?.oneOf(["seconds", "date", "none"]) ?? "seconds";
  const rateLimitHeaders = fields.get("headers")?.flag() ?? true;
  const changes = (fields.get("changes")?.items() ?? []).flatMap(readChange);
  changes.sort((a, b) => a.afterMs - b.afterMs);
  return rule === null ? null : { rule, retryAfter, rateLimitHeaders, changes };
}

function readChange(entry: Entry): LimitOptions["changes"] {
  const fields = entry.fields(["after_seconds", ...RULE]);
  const after = fields.get("after_seconds")?.number(0, Infinity) ?? null;
  if (!fields.has("after_seconds")) entry.problem("missing", "after_seconds is missing");
  const rule = readRule(entry, fields);
  return after === null || rule === null ? [] : [{ afterMs: after * 1000, rule }];
}

function readRule(entry: Entry, fields: Fields): LimitRule | null {
  const kind = fields.has("kind") ? fields.get("kind")?.oneOf(KINDS) : "token-bucket";
  switch (kind) {
    case undefined:
    case null:
      return null;
    case "token-bucket": {
      const perSecond = needed(entry, fields, kind, "per_second", Number.MIN_VALUE);
      const burst = fields.get("burst")?.number(1, Infinity) ?? Math.max(1, perSecond ?? 1);
      return perSecond === null ? null : { kind, perSecond, burst };
    }
    case "fixed-window":
    case "sliding-window": {
      const requests = needed(entry, fields, kind, "requests", 1);
      const seconds = needed(entry, fields, kind, "window_seconds", 0.001);
      return requests === null || seconds === null
        ? null
        : { kind, requests, windowMs: seconds * 1000 };
    }
    case "concurrent": {
      const requests = needed(entry, fields, kind, "requests", 1);
      return requests === null ? null : { kind, requests };
    }
  }
}

function needed(
  entry: Entry,
  fields: Fields,
  kind: LimitRule["kind"],
  key: string,
  min: number,
): number | null {
  const field = fields.get(key);
  if (field !== undefined) return field.number(min, Infinity);
  return entry.problem("missing", `a limit of the kind ${kind} needs ${key}`);
}
