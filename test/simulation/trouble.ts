/**
 * Disturbances of one start of the program besides the network: its audit log, its output, signals, the clock, the
 * user at the prompt, organizations that cannot be read. Drawn separately, so that a seed's organizations and network
 * stay the same.
 */
import type { Answer } from "../../src/run/apply.ts";
import type { Dice } from "./dice.ts";
import { drawOutput, type OutputDraw } from "./outputs.ts";

export interface Trouble {
  /** The number of the append that fails, from 1; 0 if the log cannot be opened. Null: none fails. */
  readonly audit: { readonly failsAt: number; readonly lasting: boolean } | null;
  /**
   * What is printed, and what of it is lost. Null prints nothing, because printing takes longer than the rest of the
   * run.
   */
  readonly output: OutputDraw | null;
  /** The prompt and its answer; null is `--yes`. */
  readonly prompt: { readonly answer: Answer; readonly afterMs: number } | null;
  /** SIGINT, SIGTERM or SIGHUP at this time after the start; the second one at this time after the first. */
  readonly signal: { readonly afterMs: number; readonly againAfterMs: number | null } | null;
  /** The machine's clock jumps just before this request of the run. */
  readonly clockStep: { readonly at: number; readonly ms: number } | null;
  /** The organizations (by number) that respond 403 while the plan is made, or while a saved one is applied. */
  readonly unreadable: {
    readonly planning: readonly number[];
    readonly applying: readonly number[];
  };
  readonly skipFailed: boolean;
}

export const NO_TROUBLE: Trouble = {
  audit: null,
  output: null,
  prompt: null,
  signal: null,
  clockStep: null,
  unreadable: { planning: [], applying: [] },
  skipFailed: true, // if an organization is impossible to plan, the others must end clean
};

export function drawTrouble(dice: Dice, organizations: number): Trouble {
  if (dice.chance(50)) return NO_TROUBLE;
  const numbers = Array.from({ length: organizations }, (_, index) => index);
  const some = (percent: number): readonly number[] =>
    dice.chance(percent) ? dice.some(numbers, 1, organizations) : [];
  return {
    audit: dice.chance(30)
      ? { failsAt: dice.pick([0, 1, 2, 3, 4, 6, 9]), lasting: dice.chance(70) }
      : null,
    output: dice.chance(30) ? drawOutput(dice) : null,
    prompt: dice.chance(35)
      ? {
          answer: dice.pick(["yes", "yes", "yes", "yes", "no", "interrupted"] as const),
          afterMs: dice.pick([0, 1_000, 3_600_000]),
        }
      : null,
    signal: dice.chance(35)
      ? {
          afterMs: dice.pick([0, 1, 10, 100, 1_000, 10_000, 60_000]) * dice.int(1, 9),
          againAfterMs: dice.chance(40) ? dice.pick([0, 10, 1_000, 6_000, 20_000]) : null,
        }
      : null,
    clockStep: dice.chance(35)
      ? {
          at: dice.int(1, 30),
          ms: dice.pick([-1, 1]) * dice.pick([50, 5_000, 3_600_000, 40_000_000]),
        }
      : null,
    unreadable: { planning: some(30), applying: some(15) },
    skipFailed: dice.chance(55),
  };
}
