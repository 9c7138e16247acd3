/**
 * `--audit-log FILE` (schema: `schemas/audit.schema.json`): one line before the first write, one per change when it
 * ends, and one at the end of the run, each flushed to disk. If the first line cannot be written, nothing is
 * changed. A change is reported after its line is flushed, so a kill loses at most the lines of changes in flight.
 */
import { formatPlace } from "../model/place.ts";
import type { Clock } from "../clock.ts";
import type { Role } from "../model/current.ts";
import { jsonText } from "../model/text.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import { type ApplyResult, type ChangeResult, type Outcome, isVerified } from "../model/result.ts";
import { reasonTexts } from "../model/plan-words.ts";

export interface RunHeader {
  /** Random, at least 8 characters. */
  readonly run: string;
  readonly who: {
    readonly credential: "api" | "partner" | "deployment";
    readonly email: string | null;
    readonly userId: string | null;
  };
  readonly commit: string | null;
  readonly digest: string;
  readonly url: string;
}

/** How the run ended: its result, or why there is none. */
export type RunEnd =
  | { readonly kind: "result"; readonly result: ApplyResult }
  | { readonly kind: "failed"; readonly error: string };

type Counts = Readonly<Record<Outcome, number>>;

/** `AppendFile`, or a list in the simulation. */
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

  /** Before the first write. Rejects with `Failure` where the line is not on the disk; the log is closed then. */
  async begin(changes: number): Promise<void> {
    try {
      const line = text({ ...common("begin", this.#header, this.#clock.now()), changes });
      await this.#sink.append(line);
    } catch (error) {
      await this.#sink.close();
      throw error;
    }
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

function changeLine(
  header: RunHeader,
  now: number,
  plan: Pick<OrganizationPlan, "organization" | "source">,
  { change, outcome, error }: ChangeResult,
): string {
  return text({
    ...common("change", header, now),
    organization_id: plan.organization.id,
    organization_name: plan.organization.name,
    source: change.source === null ? plan.source : formatPlace(change.source),
    action: change.action,
    email: change.email,
    user_id: change.userId,
    before: rolesDocument(change.before),
    after: rolesDocument(change.after),
    reasons: reasonTexts(change),
    outcome,
    error,
  });
}

/** `counts` are of the changes that were reported, also where the run failed. */
function runLine(
  header: RunHeader,
  times: { readonly started: number; readonly now: number },
  counts: Counts,
  end: RunEnd,
): string {
  return text({
    ...common("run", header, times.now),
    started: new Date(times.started).toISOString(),
    outcome: judgeOutcome(counts, end),
    summary: {
      applied: counts.applied,
      failed: counts.failed,
      not_attempted: counts["not-attempted"],
      already: counts.already,
    },
    verified: end.kind === "result" ? isVerified(end.result.organizations) : null,
    error: end.kind === "result" ? end.result.halted : end.error,
  });
}

function common(kind: "begin" | "change" | "run", header: RunHeader, now: number) {
  const { run, who, commit, digest, url } = header;
  return {
    format_version: 1,
    kind,
    when: new Date(now).toISOString(),
    run,
    who: { credential: who.credential, email: who.email, user_id: who.userId },
    commit,
    digest,
    url,
  };
}

function judgeOutcome(counts: Counts, end: RunEnd): "done" | "partial" | "interrupted" | "failed" {
  if (end.kind === "failed") return "failed";
  if (end.result.interrupted) return "interrupted";
  const open = counts.failed + counts["not-attempted"] + end.result.plan.failed.length;
  return open > 0 ? "partial" : "done";
}

function rolesDocument(roles: readonly Role[] | null) {
  return roles === null ? null : { roles: roles.map(({ id, name }) => ({ id, name })) };
}

function text(value: unknown): string {
  return `${jsonText(value)}\n`;
}
