/**
 * Finds the rate that a server allows, only from which requests it refused, and when.
 *
 * The model is a token bucket that fills at `rate` and holds `burst` requests; a 429 means that it is empty. The
 * requests admitted until then came out of the bucket. So after one 429, the possible pairs of rate and burst form a
 * line, and after two, one pair remains.
 */

/** The admitted requests since the last time the bucket was known to be empty. Seconds. */
export interface Stretch {
  /** When they were sent, oldest first; of a long stretch the last ones. */
  readonly times: readonly number[];
  /** When the refused request was sent. */
  readonly end: number;
  /** Since the bucket was empty, waiting included; null before the first 429. */
  readonly sinceEmpty: number | null;
  /** All that were admitted in that time. */
  readonly admitted: number;
}

/** Below this nothing is ever slowed down. */
export const LOWEST_RATE = 0.05;

/** What a bucket is taken to hold until a second 429 tells: no more than a share of what was admitted. */
const USUAL_BURST = 17;
const USUAL_SHARE = 0.25;

/** The rate that explains the first 429, where so many programs have taken from the bucket alike. */
export function firstGuess(stretch: Stretch, ceiling: number, sharers: number): number {
  const burst = Math.min(USUAL_BURST / sharers, stretch.admitted * USUAL_SHARE);
  return lowestWhere((rate) => burstNeeded(stretch, rate) <= burst, LOWEST_RATE, ceiling);
}

/** The rate that explains a later 429; `burstAt` is what is known of the burst, should that be the rate. */
export function explain(
  stretch: Stretch,
  burstAt: (rate: number) => number,
  ceiling: number,
): number {
  // At least this flowed in: exactly this, unless the bucket was full for a while.
  const least = stretch.sinceEmpty ? stretch.admitted / stretch.sinceEmpty : 0;
  return lowestWhere(
    (rate) => burstNeeded(stretch, rate) <= burstAt(rate),
    Math.max(LOWEST_RATE, least),
    ceiling,
  );
}

/**
 * The burst that a bucket filling at `rate` must hold to admit these: the largest number by which the
 * requests of any last part of the stretch exceed what flowed in during it.
 */
export function burstNeeded({ times, end }: Stretch, rate: number): number {
  let most = 0;
  for (let index = times.length - 1; index >= 0; index--) {
    const taken = times.length - index;
    most = Math.max(most, taken - rate * (end - (times[index] ?? end)));
  }
  return most;
}

/** In steps of 1 %: the condition need not be monotone, and the lowest rate is the safe one. */
function lowestWhere(holds: (rate: number) => boolean, from: number, to: number): number {
  for (let rate = from; rate < to; rate *= 1.01) if (holds(rate)) return rate;
  return to;
}
