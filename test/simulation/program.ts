/**
 * One start of the program: `plan`, `apply` or `apply --plan`, as the commands run them (`src/run/`), with the
 * simulation's network, clock, audit log and user.
 */
import { setMaxListeners } from "node:events";
import type { LineSink } from "../../src/apply/audit.ts";
import { EXIT } from "../../src/commands/io.ts";
import { AfterWriting, Failure, Interrupted } from "../../src/model/failure.ts";
import { type Plan, violationsOf } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { renderPlanJson } from "../../src/output/json.ts";
import { credentialFrom } from "../../src/polytomic/credential.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { applyRun } from "../../src/run/apply.ts";
import { type Connection, openConnection } from "../../src/run/connection.ts";
import { type AlreadyMade, type PlannedRun, planFromFiles } from "../../src/run/plan.ts";
import { planFromSaved } from "../../src/run/saved-plan.ts";
import { planStatus, type RunStatus, statusOfError } from "../../src/run/status.ts";
import { PARTS } from "../../src/run/write.ts";
import type { Wiring } from "./breaks.ts";
import { Dice } from "./dice.ts";
import type { ChaosRun, Scenario } from "./scenario.ts";
import type { Trouble } from "./trouble.ts";
import type { Line, World } from "./world.ts";

const URL = "https://polytomic.example";

export type RunEnd =
  | { readonly kind: "applied"; readonly result: ApplyResult }
  | { readonly kind: "planned" }
  | { readonly kind: "refused" }
  /** Nothing was written: Polytomic could not be read, the run was stopped, or it was answered with no. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "killed" };

/** One line of the audit log, and when it was written: a position in the sandbox's history, and a moment. */
interface AuditLine {
  readonly text: string;
  readonly historyAt: number;
  readonly at: number;
}

/** What one start of the program left behind, for the invariants. */
export interface RunRecord {
  readonly number: number;
  readonly chaos: ChaosRun | null;
  readonly line: Line;
  /** Null until there is one; of a saved plan, what was left of it. */
  plan: Plan | null;
  /** Changes of a saved plan that were made before this run. */
  already: readonly AlreadyMade[];
  readonly audit: AuditLine[];
  /** The time from which the audit log failed; and the lines that it lost. */
  auditFailedAt: number;
  readonly auditLost: string[];
  /** Null where the program was killed. */
  code: number | null;
  /** What was written out as the report, or null. */
  reported: ApplyResult | null;
  /** Position in the sandbox's history when the run began, and when everything it began had ended. */
  readonly historyAtStart: number;
  historyAtEnd: number;
  end: RunEnd | null;
}

/** What all parts of one start get. */
interface Start {
  readonly world: World;
  readonly record: RunRecord;
  readonly wiring: Wiring;
  readonly trouble: Trouble;
}

export async function startProgram(
  world: World,
  record: RunRecord,
  wiring: Wiring,
): Promise<RunEnd> {
  const start: Start = { world, record, wiring, trouble: record.line.trouble };
  const interrupted = (): boolean => record.line.stop.signal.aborted;
  try {
    const { status, end } = await run(start);
    record.code = wiring.code(EXIT[status]);
    return end;
  } catch (error) {
    if (!isExpected(error)) throw error;
    record.code = wiring.code(EXIT[statusOfError(error, interrupted())]);
    // The report could not be written: what the program did is known to its audit log alone.
    return { kind: "failed", message: error.message };
  }
}

function isExpected(error: unknown): error is Error {
  if (error instanceof AfterWriting) return isExpected(error.cause);
  return error instanceof Failure || error instanceof Interrupted;
}

interface Ended {
  readonly status: RunStatus;
  readonly end: RunEnd;
}

async function run(start: Start): Promise<Ended> {
  const { world, record, trouble } = start;
  const mode = record.chaos?.mode ?? "files";
  const ids = world.scenario.organizations.map(({ current }) => current.id);
  const these = (numbers: readonly number[]): ReadonlySet<string> =>
    new Set(numbers.flatMap((number) => ids[number] ?? []));
  // Set when the process that makes a saved plan ends: what it still asks ends with it.
  const planningEnded = new AbortController();
  const stop = record.line.stop.signal;
  const either = AbortSignal.any([stop, planningEnded.signal]);
  setMaxListeners(0, either); // as cli.ts does it for the program's own
  const connection = connect(start, either);
  record.line.unreadable = these(trouble.unreadable.planning);
  if (mode === "files") return apply(start, connection, () => fromFiles(start, connection));
  const { plan } = await fromFiles(start, connection);
  record.plan = plan;
  const status = planStatus(plan);
  if (record.line.stop.signal.aborted) {
    return { status: "interrupted", end: { kind: "failed", message: "interrupted" } };
  }
  if (mode === "plan" || violationsOf(plan).length > 0) {
    const shown = status === "changes" ? "done" : status;
    return { status: shown, end: { kind: status === "refused" ? "refused" : "planned" } };
  }
  record.line.unreadable = these(trouble.unreadable.applying);
  planningEnded.abort();
  record.line.startAnew();
  const text = renderPlanJson(start.wiring.saved(plan));
  const second = connect(start, stop);
  return apply(start, second, () => fromSaved(start, second, text));
}

function fromFiles(
  { world: { scenario }, record: { chaos, line }, wiring }: Start,
  connection: Connection,
): Promise<PlannedRun> {
  return planFromFiles(connection, {
    load: () =>
      Promise.resolve(scenario.organizations.map(({ desired }) => wiring.desired(desired))),
    scope: { organization: [], shard: null },
    only: chaos?.only ?? [],
    asOf: scenario.asOf,
    overrides: overridesOf(scenario),
    concurrency: scenario.concurrency,
    withAccess: false,
    stop: line.stop.signal,
  });
}

function fromSaved(
  { world: { scenario } }: Start,
  connection: Connection,
  text: string,
): Promise<PlannedRun> {
  return planFromSaved(connection, {
    text,
    file: "plan.json",
    asOf: scenario.asOf,
    overrides: overridesOf(scenario),
    concurrency: scenario.concurrency,
  });
}

async function apply(
  start: Start,
  connection: Connection,
  prepare: () => Promise<PlannedRun>,
): Promise<Ended> {
  const { world, record, wiring, trouble } = start;
  const { scenario, clock } = world;
  const dice = new Dice(scenario.seed * 31 + record.number);
  const newId = (): string => dice.hex();
  const status = await applyRun(
    connection,
    {
      prepare: async () => {
        const planned = await prepare();
        record.plan = planned.plan;
        record.already = planned.already;
        return wiring.ignoresGuards ? withoutViolations(planned) : planned;
      },
      dryRun: false,
      skipFailed: trouble.skipFailed,
      expectDigest: null,
      write: {
        openAudit: async () => wiring.sink(sinkOf(start), scenario),
        commit: null,
        newId,
        clock: connection.session.clock,
        stop: record.line.stop.signal,
        stopWaiting: record.line.again.signal,
        concurrency: scenario.concurrency,
        minAdmins: scenario.minAdmins,
      },
    },
    {
      showPlan: async () => outputUnless(trouble.output === "plan"),
      preview: async () => outputUnless(trouble.output === "plan"),
      confirm:
        trouble.prompt === null
          ? null
          : async () => {
              await clock.sleep(trouble.prompt?.afterMs ?? 0, record.line.stop.signal);
              return trouble.prompt?.answer ?? "no";
            },
      progress: async () => ({ add: () => {}, end: () => {} }),
      report: async (result) => {
        outputUnless(trouble.output === "report");
        record.reported = wiring.report(result);
      },
    },
    {
      createWriter: (session) => wiring.writer(PARTS.createWriter(session), newId),
      applyPlan: (plan, context) => wiring.apply(PARTS.applyPlan, plan, context),
    },
  );
  return { status, end: endOf(status, record) };
}

function endOf(status: RunStatus, { reported }: RunRecord): RunEnd {
  if (reported !== null) return { kind: "applied", result: reported };
  return status === "refused" ? { kind: "refused" } : { kind: "failed", message: status };
}

function outputUnless(fails: boolean): void {
  if (fails) throw new Failure("could not write: no space left on device");
}

/** The audit log's lines, until the program is killed. */
function sinkOf({ world, record, trouble: { audit } }: Start): LineSink {
  const { clock } = world;
  if (audit?.failsAt === 0) throw new Failure("cannot open audit.jsonl to append to it");
  let lines = 0;
  return {
    append: async (text) => {
      lines += 1;
      if (record.line.dead) return;
      if (audit !== null && (audit.lasting ? lines >= audit.failsAt : lines === audit.failsAt)) {
        record.auditFailedAt = Math.min(record.auditFailedAt, clock.monotonic());
        record.auditLost.push(text);
        world.count("audit line lost");
        throw new Failure("cannot write to audit.jsonl: no space left on device");
      }
      const historyAt = world.sandbox.state.history.length;
      record.audit.push({ text, historyAt, at: world.moment() });
    },
    close: async () => {},
  };
}

function connect(
  { world, record: { line, number }, wiring }: Start,
  stop: AbortSignal,
): Connection {
  const { scenario } = world;
  const clock = world.watchedClock();
  const { kind, key } = scenario.credential;
  const { maxRate, concurrency, apiVersion } = scenario;
  return openConnection({
    credential: credentialFrom({ [`POLYTOMIC_${kind.toUpperCase()}_KEY`]: key }, null),
    url: URL,
    apiVersion,
    transport: wiring.transport(line.transport),
    gate: wiring.gate(createGate({ clock, maxRate, concurrency })),
    clock,
    random: new Dice(scenario.seed * 17 + number).random,
    trace: null,
    stop,
  });
}

function overridesOf({ minAdmins }: Scenario) {
  return { maxRemovals: null, maxRoleChanges: null, minAdmins };
}

function withoutViolations(run: PlannedRun): PlannedRun {
  const organizations = run.plan.organizations.map((one) => ({ ...one, violations: [] }));
  return { ...run, plan: { ...run.plan, organizations } };
}
