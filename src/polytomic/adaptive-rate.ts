/**
 * Decides when the next request may be sent. Times are in seconds, rates in requests per second; the caller passes
 * the current time.
 *
 * start    Until the first 429 the pace grows with time, slowly enough for the overshoot to cost few refusals. A run of
 *          few requests sends some of them at once. Programs that know of each other (`sharers`) begin more slowly.
 * episode  A 429 stops all requests for the time that it announces, once. Requests that were in flight belong to the
 *          same episode.
 * alone    The number of requests admitted between two 429s gives the rate (`rate-estimate.ts`). The rate then follows
 *          TCP CUBIC's curve: it starts a little below the rate found, is flat, and then rises faster and faster, so
 *          that a raised limit is found. The flat part is long if a 429 costs time (the announced wait is longer than
 *          the bucket takes to fill), and gets longer as long as the limit stays the same.
 * shared   Other programs use the limit too: this is known (`sharers`), or the first 429 came after only a few
 *          requests, or the rate found does not explain a later one. Then only this program's share can be found, by
 *          AIMD: each 429 cuts the rate, and it rises again, slowly at first and then faster and faster, so that what
 *          others leave is used within seconds. A program with a larger share is refused more often, so the shares
 *          converge. Three measurements in a row that agree show that the program is alone after all.
 */
import type { Stretch } from "./rate-estimate.ts";
import { LOWEST_RATE, burstNeeded, explain, firstGuess } from "./rate-estimate.ts";

/** One request that was sent. */
export interface Ticket {
  readonly at: number;
}

/** How a request ended that was not refused: with an answer, or with none. */
export type Ended = "answered" | "silent";

/**
 * The rate at the start, and how many times a second it doubles. Programs that know of each other divide it among them
 * and double it more slowly.
 */
const RAMP = { from: 20, doublings: 4, doublingsShared: 2 };
/** A run of fewer requests starts with several in flight: of 100 requests 15, of 500 three, and never more than 15. */
const SHORT_RUN = { requests: 1500, inFlight: 15 };

/** How far below what was found the curve begins. */
const DEPTH = 0.01;
/** Seconds until the curve is back at what was found; where 429s cost time, for a pause of a second. */
const FLAT = { first: 0.3, cheap: 1.5, firstCostly: 2, costly: 10, longest: 60 };
/** And not less than so many requests take. */
const FLAT_REQUESTS = 15;
/** The share of the bucket that a long pause has filled which the flat part uses up. */
const USED_UP = 0.2;

/** The longest wait after a 429 that announces none; the first takes `ownWait` requests' time, each in a row doubles it. */
const LONGEST_OWN_WAIT = 30;

/** A quota is believed where its end is far enough away not to be mostly rounding. */
const QUOTA_FROM = 2;

/** Requests bunch up a little on their way: that is not taken for a rate. */
const LEAST_BURST = 4;

/** From fewer requests than these nothing is concluded. */
const ENOUGH = 10;
/** The rate of all programs together after a first 429 that says too little; five are assumed unless it is known. */
const MODEST_RATE = { together: 20, programs: 5 };
/** A first 429 after fewer requests says nothing about the share of one of several programs. */
const FEW = 4;
/** What one of several programs makes of the rate that would explain its first 429. */
const FIRST_SHARE = 0.7;

/** A late start is made up for by this much, and by up to so much where the bucket is known to have room. */
const SLACK = 0.02;
const LONGEST_SLACK = 0.25;
/** Sends remembered one by one. */
const REMEMBERED = 1024;

/** The rate that the first 429 suggests is off by no more than this, after a second one. */
const FURTHEST_OFF = 1 / 3;
/** What a program alone measures hardly ever falls below this part of what it found before. */
const OWN_DEVIATION = 0.95;
/** While others use the limit too, it hardly ever happens that so many measurements in a row differ by so little. */
const AGREEMENT = { within: 0.03, times: 2 };
/**
 * Where others use the limit too, a 429 gives back half of what was gained since the one before, and then cuts the rate
 * to `cut` of itself. It climbs by the part `climb` of itself each second, and with the third power of time: by all of
 * itself in `doubled` seconds, after the first 429 in `firstDoubled`, while the others are still finding their shares.
 * Programs that were refused together do not come back together: they wait `spread` requests' time longer, at most
 * `longestSpread` seconds. `ownWait` is the wait in requests where none is announced.
 *
 * Programs that know of each other can be gentler: none of them takes a limit of its own for one that it shares.
 */
const SHARED = {
  known: {
    cut: 0.83,
    climb: 0.12,
    doubled: 3,
    firstDoubled: 7,
    ownWait: 5,
    spread: 3,
    longestSpread: 0.6,
  },
  guessed: {
    cut: 0.75,
    climb: 0.05,
    doubled: 3,
    firstDoubled: 4.5,
    ownWait: 2,
    spread: 2,
    longestSpread: 0.35,
  },
};
/** Below so many requests a second a shared rate climbs more slowly: a 429 then costs more than a second tells. */
const FEWEST_SHARED = 3;

export interface AdaptiveRateOptions {
  /** Requests per second. */
  readonly ceiling: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** How many programs are known to share the limit, this one included. */
  readonly sharers: number;
}

export class AdaptiveRate {
  readonly #ceiling: number;
  readonly #sharers: number;
  readonly #aimd: typeof SHARED.known;
  readonly #random: () => number;
  /** Others use the limit too: refusals come that this program's own requests do not explain. */
  #shared = false;
  #inFlight = 0;
  /** In flight at the start, whatever the rate. */
  #atOnce = 0;
  #began = Infinity;
  #lastAt = -Infinity;
  #nextAt = -Infinity;
  #pausedUntil = -Infinity;
  #quota = { rate: Infinity, until: -Infinity };

  /** Sent and not refused since the bucket was empty: when (the last ones), and how many. */
  #times: number[] = [];
  #admitted = 0;
  /** Counted since this moment, at which the bucket was empty; null before the first 429. */
  #since: { readonly empty: number | null; admitted: number } = { empty: null, admitted: 0 };

  /** Whatever was sent before this belongs to the current episode. */
  #episodeAt = -Infinity;
  #refusalsInARow = 0;
  #asking = false;
  #first: Stretch | null = null;
  #burst: number | null = null;
  #found: number;
  /** How many requests speak for what was found. */
  #weight = 0;
  /** The rate that the last stretch measured, and how many in a row agreed with the one before. */
  #measured = { rate: Infinity, agreeing: 0 };
  #shortStretches = 0;
  /** Seconds in which a shared rate doubles. */
  #doubled: number;
  /** 429s in a row that taught nothing new make the flat part longer. */
  #confirmed = 1;
  #flat = 1;
  /** By how much the whole curve is raised. */
  #lift = 0;
  /** Seconds along the curve, counted only while the pace is what holds requests back. */
  #along = 0;

  constructor({ ceiling, random, sharers }: AdaptiveRateOptions) {
    this.#random = random;
    this.#sharers = sharers;
    this.#ceiling = ceiling;
    this.#found = ceiling;
    this.#aimd = sharers > 1 ? SHARED.known : SHARED.guessed;
    this.#doubled = this.#aimd.firstDoubled;
  }

  /** About so many requests are to be sent: a short run would be over before the rate has grown. */
  expect(requests: number): void {
    if (this.#sharers > 1) return;
    this.#atOnce = Math.min(SHORT_RUN.inFlight, Math.floor(SHORT_RUN.requests / requests));
  }

  /** Requests a second, as of now. */
  rate(now: number): number {
    const quota = now < this.#quota.until ? this.#quota.rate : Infinity;
    return Math.min(this.#ceiling, Math.max(LOWEST_RATE, Math.min(quota, this.#curve())));
  }

  /** Seconds until the next may go; null when an answer must come first. */
  readyIn(now: number): number | null {
    const wait = Math.max(0, this.#nextAt - now, this.#pausedUntil - now);
    if (this.#first === null) return this.#readyAtStart(now, wait);
    return this.#asking && this.#inFlight > 0 ? null : wait;
  }

  sent(now: number): Ticket {
    const interval = 1 / this.rate(now);
    if (now - this.#nextAt < interval) this.#along += interval;
    this.#nextAt = Math.max(this.#nextAt, now - this.#slack(interval)) + interval;
    this.#began = Math.min(this.#began, now);
    this.#lastAt = now;
    this.#inFlight++;
    this.#admitted++;
    this.#times.push(now);
    if (this.#times.length > 2 * REMEMBERED) this.#times = this.#times.slice(-REMEMBERED);
    return { at: now };
  }

  ended(ticket: Ticket, how: Ended): void {
    this.#inFlight--;
    if (how === "silent") return;
    if (ticket.at <= this.#episodeAt) return;
    this.#refusalsInARow = 0;
    this.#asking = false;
  }

  /** An answer says that `remaining` more requests are allowed in the next `seconds`. */
  quota(ticket: Ticket, now: number, remaining: number, seconds: number): void {
    // None left: as good as a refusal, and nobody was refused.
    if (remaining < 1 && ticket.at > this.#episodeAt) this.#beginEpisode(ticket, now, null);
    if (seconds >= QUOTA_FROM)
      this.#quota = { rate: Math.max(remaining, 0.5) / seconds, until: now + seconds };
  }

  /** A 429; `wait` is how long it says to wait, null when it does not say. */
  refused(ticket: Ticket, now: number, wait: number | null): void {
    this.#inFlight--;
    this.#admitted--;
    const index = this.#times.indexOf(ticket.at);
    if (index !== -1) this.#times.splice(index, 1);
    if (ticket.at > this.#episodeAt) {
      this.#refusalsInARow++;
      // Where nobody said how long to wait, one request asks for all, once those on their way are back.
      this.#asking = wait === null || this.#refusalsInARow > 1;
      this.#beginEpisode(ticket, now, wait);
    } else if (wait !== null) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + wait);
    }
  }

  #slack(interval: number): number {
    return Math.max(SLACK, Math.min(LONGEST_SLACK, ((this.#burst ?? 0) * interval) / 2));
  }

  #curve(): number {
    if (this.#first === null) return Infinity;
    if (this.#shared) {
      const time = this.#along * Math.min(1, this.#found / FEWEST_SHARED);
      return this.#found * (1 + this.#aimd.climb * time + (time / this.#doubled) ** 3);
    }
    const bend = DEPTH * ((this.#along - this.#flat) / this.#flat) ** 3;
    return this.#found * (1 + this.#lift + bend);
  }

  #readyAtStart(now: number, wait: number): number {
    if (this.#began === Infinity || this.#inFlight < this.#atOnce) return wait;
    const doublings = this.#sharers > 1 ? RAMP.doublingsShared : RAMP.doublings;
    const from = RAMP.from / this.#sharers;
    const rate = from * 2 ** Math.min(10, doublings * (now - this.#began));
    return Math.max(wait, this.#lastAt + 1 / rate - now);
  }

  #beginEpisode(ticket: Ticket, now: number, wait: number | null): void {
    const late = this.#first === null ? 0 : this.#random();
    this.#learn(this.#endStretch(ticket.at));
    const { ownWait, spread, longestSpread } = this.#aimd;
    const own = (ownWait / this.#found) * 2 ** Math.min(20, Math.max(0, this.#refusalsInARow - 1));
    const pause = wait ?? Math.min(LONGEST_OWN_WAIT, own);
    this.#episodeAt = now;
    this.#pausedUntil = now + pause;
    if (this.#shared) this.#pausedUntil += late * Math.min(longestSpread, spread / this.#found);
    this.#nextAt = Math.max(this.#pausedUntil, this.#lastAt + 1 / this.#ceiling);
    this.#bend(pause);
  }

  /** The bucket was empty when this was sent: what came before is explained by it, a new stretch begins. */
  #endStretch(end: number): Stretch {
    const later = this.#times.filter((at) => at > end);
    this.#since.admitted += this.#admitted - later.length;
    const stretch = {
      times: this.#times.filter((at) => at <= end),
      end,
      sinceEmpty: this.#since.empty === null ? null : end - this.#since.empty,
      admitted: this.#since.admitted,
    };
    this.#times = later;
    this.#admitted = later.length;
    // Few requests say little: they count again, together with the next ones.
    if (stretch.sinceEmpty === null || stretch.admitted >= ENOUGH) {
      this.#since = { empty: end, admitted: 0 };
    }
    return stretch;
  }

  #learn(stretch: Stretch): void {
    const first = this.#first;
    if (first === null) return this.#learnFirst(stretch);
    // Refused at once again: the wait was too short, and says nothing about the rate.
    if (this.#refusalsInARow > 1) return;
    const current = Math.min(this.#ceiling, this.#curve());
    const burst = this.#burst;
    const burstAt = (rate: number) => burst ?? Math.max(LEAST_BURST, burstNeeded(first, rate));
    // Nobody is refused for being slower than the limit: it is not above the pace of the moment.
    const rate = explain(stretch, burstAt, current);
    if (this.#shared) {
      if (!this.#agrees(rate, stretch.admitted)) return this.#yield(current);
      this.#shared = false;
      this.#weight = 0;
    } else if (rate < this.#found * this.#leastOwn()) {
      this.#shared = true;
      return this.#yield(current);
    }
    if (stretch.admitted < ENOUGH) {
      this.#shortStretches += 1;
      this.#found = Math.max(rate, this.#found * FURTHEST_OFF);
      this.#weight = Math.min(this.#weight, stretch.admitted);
      this.#confirmed = 1;
      return;
    }
    this.#weigh(rate, stretch.admitted);
    this.#burst ??= burstAt(this.#found);
  }

  /** A bucket that is empty after few requests was most likely emptied by others. */
  #learnFirst(stretch: Stretch): void {
    const known = this.#sharers > 1;
    const guess = firstGuess(stretch, this.#ceiling, this.#sharers);
    const modest = MODEST_RATE.together / (known ? this.#sharers : MODEST_RATE.programs);
    this.#first = stretch;
    this.#shared = known || stretch.admitted < ENOUGH;
    if (!this.#shared) this.#found = guess;
    // The guesses of the programs differ by chance. The geometric mean with a rate that is the same for all of them
    // brings them closer together.
    else if (known && stretch.admitted >= FEW)
      this.#found = Math.sqrt(modest * FIRST_SHARE * guess);
    else this.#found = modest;
    this.#found = Math.min(this.#ceiling, this.#found);
  }

  #leastOwn(): number {
    if (this.#weight > 0) return OWN_DEVIATION;
    return this.#shortStretches >= 1 ? FURTHEST_OFF : 0;
  }

  #yield(current: number): void {
    const half = (Math.min(this.#found, current) + current) / 2;
    this.#found = Math.max(LOWEST_RATE, this.#aimd.cut * half);
    this.#doubled = this.#aimd.doubled;
  }

  #agrees(rate: number, admitted: number): boolean {
    if (admitted < ENOUGH) return false;
    const agrees = Math.abs(rate / this.#measured.rate - 1) < AGREEMENT.within;
    this.#measured = { rate, agreeing: agrees ? this.#measured.agreeing + 1 : 0 };
    return this.#measured.agreeing >= AGREEMENT.times;
  }

  /** Averages what agrees; believes the new where it does not. */
  #weigh(rate: number, weight: number): void {
    const change = Math.abs(rate / this.#found - 1);
    const before = change < 0.25 ? this.#weight : 0;
    this.#found = (this.#found * before + rate * weight) / (before + weight);
    this.#weight = Math.min(300, before + weight);
    this.#confirmed = change < 0.05 ? this.#confirmed * 2 : 1;
  }

  /** A pause that is longer than the bucket takes to fill costs time: then the next 429 had better be far. */
  #bend(pause: number): void {
    this.#along = 0;
    if (this.#shared) return;
    const first = this.#weight === 0;
    const burst = this.#burst ?? (this.#first === null ? 0 : burstNeeded(this.#first, this.#found));
    const costly = pause * this.#found > burst;
    this.#flat = costly ? this.#longFlat(pause, first) : this.#shortFlat(first);
    // The bucket is full after such a pause, and what is in it need not stay there.
    const full = costly && this.#burst !== null ? burst : 0;
    this.#lift = (USED_UP * full) / (this.#found * this.#flat);
  }

  #shortFlat(first: boolean): number {
    return first ? FLAT.first : Math.max(FLAT.cheap, FLAT_REQUESTS / this.#found);
  }

  #longFlat(pause: number, first: boolean): number {
    const flat = (first ? FLAT.firstCostly : FLAT.costly) * Math.max(1, pause);
    return Math.min(FLAT.longest, flat * this.#confirmed);
  }
}
