/** Ids that look like Polytomic's (UUIDs), and the seeded random numbers: both the same in every run. */
import { createHash } from "node:crypto";

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** mulberry32: small and fast. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The id of something that has none in its file, derived from its kind and name. */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\n").toLowerCase());
  return uuid(hash.digest("hex").slice(0, 32));
}

/** The id of something that is created while the sandbox runs. */
export function randomId(random: Random): string {
  return uuid(randomHex(random) + randomHex(random) + randomHex(random) + randomHex(random));
}

/** Eight hexadecimal digits. */
export function randomHex(random: Random): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}

/** 32 hexadecimal digits in the shape of a version 4 UUID. */
function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
