/**
 * Idempotency keys, as Polytomic documents them: the first request with a key fixes the outcome, and every later one
 * gets the same outcome, including error responses. They are kept for 24 hours.
 *
 * Not documented, chosen here:
 *
 * - A key is valid for one credential, and only for POST (for other methods it is ignored).
 * - A key that is sent again with another path or body also gets the first outcome. This is what the documentation says
 *   literally, and it is strictest towards a client that mixes up its keys.
 * - A request that is refused before it is processed (429, 401, unknown version, 409) does not use its key.
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
