/** Seeded random numbers: the same seed gives the same faults, latencies and ids on every machine. */

/** A number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** mulberry32: small, quick, and good enough to draw faults with. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
