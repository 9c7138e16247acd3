/**
 * `--audit-log FILE`: one line a change as it ends, one a run at its end, each on the disk before it counts
 * (schema: `schemas/audit.schema.json`). Open it before the first write: where it cannot be written, nothing
 * is changed. A change is reported after its line is flushed, so a kill loses at most the lines of changes
 * under way.
 */
import type { Clock } from "../clock.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import type { ChangeResult, Outcome } from "../model/result.ts";
import { AppendFile } from "./append-file.ts";
import { changeLine, type RunEnd, type RunHeader, runLine } from "./audit-lines.ts";

export type { RunEnd, RunHeader } from "./audit-lines.ts";

/** Where lines go. `AppendFile`, or a list in the simulation. */
export interface LineSink {
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

export class AuditLog {
  readonly #sink: LineSink;
  readonly #header: RunHeader;
  readonly #clock: Clock;
  readonly #started: number;
  readonly #counts: Record<Outcome, number> = {
    applied: 0,
    failed: 0,
    "not-attempted": 0,
    already: 0,
  };

  constructor(sink: LineSink, header: RunHeader, clock: Clock) {
    this.#sink = sink;
    this.#header = header;
    this.#clock = clock;
    this.#started = clock.now();
  }

  /** Rejects with `Failure` where the line is not on the disk. */
  async change(plan: OrganizationPlan, result: ChangeResult): Promise<void> {
    await this.#sink.append(changeLine(this.#header, this.#clock.now(), plan, result));
    this.#counts[result.outcome] += 1;
  }

  /** The run's line; then the log is closed. Call it however the run ended. */
  async end(end: RunEnd): Promise<void> {
    const times = { started: this.#started, now: this.#clock.now() };
    try {
      await this.#sink.append(runLine(this.#header, times, this.#counts, end));
    } finally {
      await this.#sink.close();
    }
  }
}

/** Rejects with `Failure` where the file cannot be opened. */
export async function openAuditLog(
  path: string,
  header: RunHeader,
  clock: Clock,
): Promise<AuditLog> {
  return new AuditLog(await AppendFile.open(path), header, clock);
}
