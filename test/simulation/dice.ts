/** Draws from a seed: the same seed gives the same draws in the same order. */
import { createRandom, type Random } from "../../src/sandbox/ids.ts";

export class Dice {
  readonly random: Random;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.random() * 100 < percent;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** One of them; throws if there are none. */
  pick<T>(from: readonly T[]): T {
    const one = from[this.int(0, from.length - 1)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  /** `low` to `high` of them (at most as many as there are), in random order. */
  some<T>(from: readonly T[], low: number, high: number): readonly T[] {
    const left = [...from];
    const count = Math.min(left.length, this.int(low, high));
    return Array.from({ length: count }, () => left.splice(this.int(0, left.length - 1), 1)).flat();
  }

  /** Those that are drawn, each with this probability. */
  each<T>(from: readonly T[], percent: number): readonly T[] {
    return from.filter(() => this.chance(percent));
  }

  /** 32 hexadecimal digits. */
  hex(): string {
    return Array.from({ length: 4 }, () =>
      Math.floor(this.random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
  }
}
