/**
 * One start of the program: `plan`, `apply` or `apply --plan`, as the commands run them (`src/run/`), with the
 * simulation's network, clock, audit log and user.
 */
import { setMaxListeners } from "node:events";
import type { LineSink } from "../../src/apply/audit.ts";
import { type ApplyFlags, makeSteps } from "../../src/commands/apply.ts";
import { EXIT, type Io } from "../../src/commands/io.ts";
import { showPlan } from "../../src/commands/show-plan.ts";
import { tellWaits } from "../../src/commands/show-waiting.ts";
import { exitCodeFrom } from "../../src/main.ts";
import { AfterWriting, Failure, Interrupted } from "../../src/model/failure.ts";
import { validFiles } from "../../src/model/desired.ts";
import { type Plan, violationsOf } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { renderPlanJson } from "../../src/output/json.ts";
import { credentialFrom } from "../../src/polytomic/credential.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { applyRun, type ApplySteps } from "../../src/run/apply.ts";
import { type Connection, openConnection } from "../../src/run/connection.ts";
import { type AlreadyMade, type PlannedRun, planFromFiles } from "../../src/run/plan.ts";
import { planFromSaved } from "../../src/run/saved-plan.ts";
import { planStatus, type RunStatus } from "../../src/run/status.ts";
import { PARTS } from "../../src/run/write.ts";
import type { Wiring } from "./breaks.ts";
import { Dice } from "./dice.ts";
import type { ChaosRun, Scenario } from "./scenario.ts";
import { FILE, Outputs } from "./outputs.ts";
import { NO_TROUBLE, type Trouble } from "./trouble.ts";
import type { Line, World } from "./world.ts";

const HOST = "polytomic.example";

export type RunEnd =
  | { readonly kind: "applied"; readonly result: ApplyResult }
  | { readonly kind: "planned" }
  | { readonly kind: "refused" }
  /** Nothing was written: Polytomic could not be read, the run was stopped, or the answer was no. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "killed" };

/** One line of the audit log, and when it was written: the position in the sandbox's history, and the time. */
interface AuditLine {
  readonly text: string;
  readonly historyAt: number;
  readonly at: number;
}

/** The traces of one start of the program, for the invariants. */
export interface RunRecord {
  readonly number: number;
  /** Its output streams; for a saved plan, those of the apply. */
  outputs: Outputs;
  /** The error when the plan was shown; null if it was shown. */
  unshown: ReturnType<Outputs["lost"]>;
  readonly chaos: ChaosRun | null;
  readonly line: Line;
  /** Null until there is one; for a saved plan, the remaining part. */
  plan: Plan | null;
  /** Changes of a saved plan that were made before this run. */
  already: readonly AlreadyMade[];
  readonly audit: AuditLine[];
  /** The time at which the audit log failed, and the lines that it lost. */
  auditFailedAt: number;
  readonly auditLost: string[];
  /** Null if the program was killed. */
  code: number | null;
  /** The content of the report; null if the run did not get so far. */
  reported: ApplyResult | null;
  /** Positions in the sandbox's history when the run began, and when everything that it began had ended. */
  readonly historyAtStart: number;
  historyAtEnd: number;
  end: RunEnd | null;
}

/** Shared by all parts of one start. */
interface Start {
  readonly world: World;
  readonly record: RunRecord;
  readonly wiring: Wiring;
  readonly trouble: Trouble;
}

/** Like `main`: errors are explained, and the output must have been written. */
export async function startProgram(
  world: World,
  record: RunRecord,
  wiring: Wiring,
): Promise<RunEnd> {
  const start: Start = { world, record, wiring, trouble: record.line.trouble };
  const ended = deferred();
  let end: RunEnd | null = null;
  let bug: unknown = null;
  const command = async (): Promise<number> => {
    try {
      const { status, end: how } = await run(start);
      end = how;
      return EXIT[status];
    } catch (error) {
      if (!isExpected(error)) bug = error;
      end = endOf("failed", record, error);
      throw error;
    } finally {
      void world.clock.hold(() => ended.promise);
    }
  };
  const code = await exitCodeFrom(ioOf(start, record.outputs), false, command);
  ended.resolve();
  if (bug !== null) throw bug;
  record.code = wiring.code(code);
  return end ?? { kind: "failed", message: "it did not say how it ended" };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

function ioOf({ world, record: { line } }: Start, outputs: Outputs): Io {
  return {
    ...outputs.io(),
    clock: world.watchedClock(),
    random: () => 0.5,
    interrupt: line.stop.signal,
    interruptAgain: line.again.signal,
  };
}

/** The flags that affect the output. With a saved plan, because there is no repository to read a commit from. */
function flagsOf({ world: { scenario }, trouble }: Start): ApplyFlags {
  return {
    ...FLAGS,
    verbose: trouble.output?.verbose ?? false,
    asOf: scenario.asOf,
    output: [
      { format: "text", file: null },
      ...(trouble.output?.toFile ? [{ format: "json", file: FILE }] : []),
    ],
    skipFailed: trouble.skipFailed,
  };
}

const FLAGS: ApplyFlags = {
  color: false,
  quiet: false,
  verbose: false,
  root: null,
  credential: null,
  apiVersion: null,
  url: null,
  concurrency: 1,
  maxRate: 1,
  timeout: 1,
  organization: [],
  shard: null,
  only: [],
  asOf: null,
  requireCoverage: false,
  maxRemovals: null,
  maxRoleChanges: null,
  minAdmins: null,
  output: [],
  diff: false,
  markdownLimit: 65_536,
  detailedExitcode: false,
  expectDigest: null,
  since: [],
  written: [],
  yes: true,
  dryRun: false,
  plan: "plan.json",
  auditLog: null,
  skipFailed: false,
};

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
  const stop = record.line.stop.signal;
  // Aborted by a signal, and when the process that makes a saved plan ends: its pending requests end with it. Not
  // AbortSignal.any: Node keeps its listeners for ever, here those of killed programs.
  const planningEnded = new AbortController();
  setMaxListeners(0, planningEnded.signal); // as cli.ts does for the real program
  const endPlanning = (): void => planningEnded.abort();
  if (stop.aborted) endPlanning();
  stop.addEventListener("abort", endPlanning, { once: true });
  const quiet: Start = { ...start, trouble: NO_TROUBLE };
  const connection =
    mode === "saved"
      ? connect(quiet, planningEnded.signal, new Outputs(null))
      : connect(start, planningEnded.signal);
  record.line.unreadable = these(trouble.unreadable.planning);
  if (mode === "files") return apply(start, connection, () => fromFiles(start, connection));
  const planned = await fromFiles(start, connection);
  const { plan } = planned;
  record.plan = plan;
  const status = planStatus(plan);
  if (record.line.stop.signal.aborted) {
    return { status: "interrupted", end: { kind: "failed", message: "interrupted" } };
  }
  if (mode === "plan" || violationsOf(plan).length > 0) {
    const shown = status === "changes" ? "done" : status;
    if (trouble.output !== null) {
      const io = ioOf(start, record.outputs);
      const show = () => showPlan(io, { ...planned, command: null }, flagsOf(start), EXIT[shown]);
      await world.clock.hold(show);
    }
    return { status: shown, end: { kind: status === "refused" ? "refused" : "planned" } };
  }
  record.line.unreadable = these(trouble.unreadable.applying);
  endPlanning();
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
      Promise.resolve(
        validFiles(scenario.organizations.map(({ desired }) => wiring.desired(desired))),
      ),
    scope: { organization: [], shard: wiring.shard(chaos?.shard ?? null) },
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
  const steps = wiring.steps(
    trouble.output === null
      ? SILENT
      : makeSteps(ioOf(start, record.outputs), connection, flagsOf(start), { files: new Set() }),
  );
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
        commit: () => Promise.resolve(null),
        newId,
        clock: connection.session.clock,
        stop: record.line.stop.signal,
        stopWaiting: record.line.again.signal,
        concurrency: scenario.concurrency,
        minAdmins: scenario.minAdmins,
      },
    },
    {
      showPlan: (run, status) => clock.hold(() => steps.showPlan(run, status)),
      preview: (run) =>
        clock
          .hold(() => steps.preview(run))
          .finally(() => (record.unshown = record.outputs.lost())),
      confirm:
        trouble.prompt === null
          ? null
          : async () => {
              await clock.sleep(trouble.prompt?.afterMs ?? 0, record.line.stop.signal);
              return trouble.prompt?.answer ?? "no";
            },
      progress: (plan) => clock.hold(() => steps.progress(plan)),
      report: async (result, run, status) => {
        record.reported = wiring.report(result);
        const { reported } = record;
        if (reported !== null) await clock.hold(() => steps.report(reported, run, status));
      },
    },
    {
      createWriter: (session) => wiring.writer(PARTS.createWriter(session), newId),
      applyPlan: (plan, context) => wiring.apply(PARTS.applyPlan, plan, context),
    },
  );
  return { status, end: endOf(status, record) };
}

const SILENT: ApplySteps = {
  showPlan: async () => {},
  preview: async () => {},
  confirm: null,
  progress: async () => ({ add: () => {}, end: () => {} }),
  report: async () => {},
};

function endOf(status: RunStatus, { reported }: RunRecord, error: unknown = null): RunEnd {
  if (reported !== null) return { kind: "applied", result: reported };
  if (status === "refused") return { kind: "refused" };
  return { kind: "failed", message: error instanceof Error ? error.message : status };
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

function connect(start: Start, stop: AbortSignal, outputs = start.record.outputs): Connection {
  const { world, record, wiring, trouble } = start;
  const { chaos, line, number } = record;
  const io = ioOf(start, outputs);
  const waits = tellWaits(io, HOST, { quiet: trouble.output === null });
  const { scenario } = world;
  const clock = world.watchedClock();
  const { kind, key } = scenario.credential;
  const { maxRate, concurrency, apiVersion } = scenario;
  return openConnection({
    credential: credentialFrom({ [`POLYTOMIC_${kind.toUpperCase()}_KEY`]: key }, null),
    url: `https://${HOST}`,
    apiVersion,
    transport: wiring.transport(line.transport),
    gate: wiring.gate(
      createGate({
        clock,
        maxRate,
        sharers: chaos?.shard?.count ?? 1,
        concurrency,
        onLongPause: (ms) => waits.pause(ms),
      }),
    ),
    clock,
    random: new Dice(scenario.seed * 17 + number).random,
    trace: trouble.output?.verbose ? (text) => void io.stderr.write(`${text}\n`) : null,
    onRetry: (retry) => waits.retry(retry),
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
