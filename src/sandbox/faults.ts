/**
 * Injects faults, each with a probability (drawn from the seed) or into the Nth matching request. A request has at most
 * one fault: that of the first rule that applies.
 */
import { Failure } from "../model/failure.ts";
import type { Random } from "./ids.ts";

/** Every kind, and what it does. A write commits when its processing ends, that is after the latency. */
export const FAULT_KINDS = {
  "lost-request": "the connection breaks before the request arrives; nothing is carried out",
  "lost-answer": "carried out, but the connection breaks before the response",
  "error-500": "500, and not carried out",
  "error-502": "502, and not carried out",
  "error-503": "503, and not carried out",
  "error-500-after": "carried out, but the response is 500",
  "error-502-after": "carried out, but the response is 502",
  "error-503-after": "carried out, but the response is 503",
  "garbage-html": "carried out, but the response is 200 with an HTML page",
  "garbage-json": "carried out, but the response is 200 with truncated JSON",
  "slow-body": "carried out; the response body arrives slowly, over some seconds (default 5)",
  "slow-answer": "carried out, after a delay of some seconds (default 10)",
  conflict: "409, as if a request with the same idempotency key were in flight (POST only)",
  "too-many-requests": "429, and not carried out",
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export interface FaultRule {
  readonly kind: FaultKind;
  /** A probability from 0 to 1, or: the nth request (from 1) that matches. */
  readonly when: { readonly probability: number } | { readonly nth: number };
  /** Null is every method (for `conflict`: POST). */
  readonly methods: readonly string[] | null;
  /** A pattern over the path with its query, `*` being any run of characters; null is every path. */
  readonly path: string | null;
  /** How long slow ones take, in milliseconds; null is the default. */
  readonly ms: number | null;
}

export type Faults = readonly FaultRule[];

const METHODS: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const DEFAULT_MS: Readonly<Record<string, number>> = { "slow-body": 5000, "slow-answer": 10_000 };

/** By chance: `chance("lost-answer", 0.05, ["POST"])`. */
export function chance(
  kind: FaultKind,
  probability: number,
  methods: readonly string[] | null = null,
): FaultRule {
  return { kind, when: { probability }, methods, path: null, ms: null };
}

/** By script: `nth(2, "POST", "*", "lost-answer")` hits the second POST. */
export function nth(
  count: number,
  method: string,
  path: string,
  kind: FaultKind,
  ms: number | null = null,
): FaultRule {
  return { kind, when: { nth: count }, methods: [method], path, ms };
}

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

/** Reads `KIND=PROBABILITY` or `KIND=PROBABILITY:METHOD,METHOD`, as in `lost-answer=0.05:POST`; or throws `Failure`. */
export function parseFault(text: string): FaultRule {
  const [, kind = "", number = "", methods] = /^([^=]*)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  const hint =
    "write KIND=PROBABILITY or KIND=PROBABILITY:METHOD,METHOD, for example lost-answer=0.05:POST";
  if (!isFaultKind(kind)) {
    const kinds = Object.keys(FAULT_KINDS).join(", ");
    throw new Failure(`unknown fault: ${JSON.stringify(text)}`, {
      hint: `${hint}; the kinds are ${kinds}`,
    });
  }
  const probability = Number(number);
  if (number.trim() === "" || !(probability >= 0 && probability <= 1)) {
    throw new Failure(`the probability of ${kind} must be from 0 to 1`, { hint });
  }
  const wanted = methods?.toUpperCase().split(",") ?? null;
  const strange = wanted?.find((method) => !METHODS.includes(method));
  if (strange !== undefined) {
    throw new Failure(`the fault ${kind} has an invalid method: ${JSON.stringify(strange)}`, {
      hint,
    });
  }
  return chance(kind, probability, wanted);
}

/** A fault that this request meets. */
export interface Fault {
  readonly kind: FaultKind;
  readonly ms: number;
}

export interface FaultDraw {
  /** The fault of this request, or null. Counts the request for every rule with `nth`. */
  next(method: string, path: string): Fault | null;
}

export function createFaultDraw(rules: Faults, random: Random): FaultDraw {
  const drawn = rules.map((rule) => {
    return { rule, matches: matcher(rule), hit: trigger(rule.when, random) };
  });
  return {
    next(method, path) {
      let fault: Fault | null = null;
      for (const { rule, matches, hit } of drawn) {
        if (!matches(method, path) || !hit()) continue;
        fault ??= { kind: rule.kind, ms: rule.ms ?? DEFAULT_MS[rule.kind] ?? 0 };
      }
      return fault;
    },
  };
}

function trigger(when: FaultRule["when"], random: Random): () => boolean {
  if ("probability" in when) return () => random() < when.probability;
  let seen = 0;
  return () => ++seen === when.nth;
}

function matcher(rule: FaultRule): (method: string, path: string) => boolean {
  const methods = rule.methods ?? (rule.kind === "conflict" ? ["POST"] : null);
  const pattern = rule.path === null ? null : wildcard(rule.path);
  return (method, path) =>
    (methods === null || methods.includes(method)) && (pattern === null || pattern.test(path));
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
