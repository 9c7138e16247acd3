/**
 * Shows the progress of an apply: as a bar on a terminal, as a line every few seconds in a log, not at all with
 * `--quiet`. Only numbers are shown, so nothing needs escaping.
 */
import type { Clock } from "../clock.ts";
import type { ChangeResult } from "../model/result.ts";
import { counted } from "../model/text.ts";

export interface ProgressOptions {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  readonly quiet: boolean;
  readonly clock: Clock;
  readonly total: number;
}

export interface Progress {
  add(result: ChangeResult): void;
  /** Clears the bar before other output. */
  end(): void;
}

const LOG_EVERY_MS = 5_000;

const SILENT: Progress = { add: () => {}, end: () => {} };

export async function createProgress(options: ProgressOptions): Promise<Progress> {
  if (options.quiet || options.total === 0) return SILENT;
  return options.isTerminal ? createBar(options) : createLog(options);
}

/** ora draws and clears the line. It must leave the keyboard and the cursor alone, so that Ctrl-C stays a signal. */
async function createBar({ stream, clock, total }: ProgressOptions): Promise<Progress> {
  const { default: ora } = await import("ora");
  const tally = new Tally(clock, total);
  const bar = ora({
    stream,
    isEnabled: true,
    discardStdin: false,
    hideCursor: false,
    text: tally.bar(),
  });
  bar.start();
  return {
    add: (result) => {
      tally.add(result);
      bar.text = tally.bar();
    },
    end: () => void bar.stop(),
  };
}

function createLog({ stream, clock, total }: ProgressOptions): Progress {
  const tally = new Tally(clock, total);
  const ended = new AbortController();
  const tell = async () => {
    await clock.sleep(LOG_EVERY_MS, ended.signal);
    while (!ended.signal.aborted) {
      stream.write(`${tally.line()}\n`);
      await clock.sleep(LOG_EVERY_MS, ended.signal);
    }
  };
  void tell();
  return { add: (result) => tally.add(result), end: () => ended.abort() };
}

const BAR_CELLS = 24;

/** The rate is the average of the run so far. */
export class Tally {
  readonly #clock: Clock;
  readonly #started: number;
  readonly #total: number;
  #ended = 0;
  #failed = 0;

  constructor(clock: Clock, total: number) {
    this.#clock = clock;
    this.#started = clock.monotonic();
    this.#total = total;
  }

  add({ outcome }: ChangeResult): void {
    this.#ended += 1;
    if (outcome === "failed" || outcome === "not-attempted") this.#failed += 1;
  }

  /** `120 of 500 changes, 3 failed, 24 per second, about 16 s left` */
  line(): string {
    const seconds = (this.#clock.monotonic() - this.#started) / 1000;
    const rate = seconds > 0 ? this.#ended / seconds : 0;
    const parts = [`${this.#ended} of ${counted(this.#total, "change")}`];
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    if (rate > 0) {
      if (rate >= 0.1) {
        parts.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} per second`);
      }
      if (this.#ended < this.#total)
        parts.push(`about ${left((this.#total - this.#ended) / rate)} left`);
    }
    return parts.join(", ");
  }

  bar(): string {
    const full = Math.floor((this.#ended / this.#total) * BAR_CELLS);
    return `[${"#".repeat(full)}${".".repeat(BAR_CELLS - full)}] ${this.line()}`;
  }
}

function left(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
