/**
 * Idempotency keys, as Polytomic documents them: the first request with a key fixes the outcome, and
 * every later one gets that same outcome back, error answers included. Kept 24 hours.
 *
 * Not documented, chosen here: keys count per credential and on POST only (elsewhere they are ignored);
 * a key that comes again with another path or body also gets the first outcome back, which is what the
 * documents say to the letter and the harshest on a client that mixes its keys up; requests that were
 * refused before they were looked at (429, 401, unknown version, 409) leave the key unused.
 */
import type { Reply } from "./replies.ts";

const LIFETIME_MS = 24 * 60 * 60 * 1000;
const FORMAT = /^[A-Za-z0-9_-]{8,255}$/;

interface Kept {
  readonly since: number;
  /** Null while the first request is in flight. */
  outcome: Reply | null;
}

/** What is known of a key when a request brings it. */
type Claim =
  | { readonly kind: "first"; readonly settle: (outcome: Reply) => void }
  | { readonly kind: "in-flight" }
  | { readonly kind: "replay"; readonly outcome: Reply };

export interface IdempotencyKeys {
  /** Takes the key for this request, unless another has it. `now` in milliseconds. */
  claim(secret: string, key: string, now: number): Claim;
}

export function isIdempotencyKey(text: string): boolean {
  return FORMAT.test(text);
}

export function createIdempotencyKeys(): IdempotencyKeys {
  const keys = new Map<string, Kept>();
  return {
    claim(secret, key, now) {
      forgetOld(keys, now);
      const name = `${secret}\n${key}`;
      const kept = keys.get(name);
      if (kept === undefined) {
        const fresh: Kept = { since: now, outcome: null };
        keys.set(name, fresh);
        return { kind: "first", settle: (outcome) => (fresh.outcome = outcome) };
      }
      if (kept.outcome === null) return { kind: "in-flight" };
      return { kind: "replay", outcome: kept.outcome };
    },
  };
}

/** A Map keeps the order of insertion, which is the order of age. */
function forgetOld(keys: Map<string, Kept>, now: number): void {
  for (const [name, kept] of keys) {
    if (now - kept.since < LIFETIME_MS) return;
    if (kept.outcome !== null) keys.delete(name);
  }
}
