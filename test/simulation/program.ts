/**
 * One start of the program: `plan`, `apply` or `apply --plan`, as the commands run them (`src/run/`), with the
 * simulation's network, clock, audit log and user.
 */
import type { LineSink } from "../../src/apply/audit.ts";
import { Failure, Interrupted } from "../../src/model/failure.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { renderPlanJson } from "../../src/output/json.ts";
import { violationsOf } from "../../src/plan/assemble.ts";
import { credentialFrom } from "../../src/polytomic/credential.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { applyRun } from "../../src/run/apply.ts";
import { type Connection, openConnection } from "../../src/run/connection.ts";
import { type AlreadyMade, type PlannedRun, planFromFiles } from "../../src/run/plan.ts";
import { planFromSaved } from "../../src/run/saved-plan.ts";
import { planStatus, type RunStatus } from "../../src/run/status.ts";
import { PARTS } from "../../src/run/write.ts";
import type { Wiring } from "./breaks.ts";
import { Dice } from "./dice.ts";
import type { ChaosRun, Scenario } from "./scenario.ts";
import type { Line, World } from "./world.ts";

const URL = "https://polytomic.example";

export type RunEnd =
  | { readonly kind: "applied"; readonly result: ApplyResult }
  | { readonly kind: "planned" }
  | { readonly kind: "refused" }
  /** Nothing was written: Polytomic could not be read. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "killed" };

/** One line of the audit log, and when it was written: a position in the sandbox's history. */
interface AuditLine {
  readonly text: string;
  readonly historyAt: number;
}

/** What one start of the program left behind, for the invariants. */
export interface RunRecord {
  readonly number: number;
  readonly chaos: ChaosRun | null;
  readonly line: Line;
  /** Null until there is one; of a saved plan, what was left of it. */
  plan: Plan | null;
  /** Changes of a saved plan that were so already. */
  already: readonly AlreadyMade[];
  readonly audit: AuditLine[];
  /** Position in the sandbox's history when the run began, and when everything it began had ended. */
  readonly historyAtStart: number;
  historyAtEnd: number;
  end: RunEnd | null;
}

export async function startProgram(
  world: World,
  record: RunRecord,
  wiring: Wiring,
): Promise<RunEnd> {
  const connection = connect(world, record, wiring);
  try {
    return await run(world, record, wiring, connection);
  } catch (error) {
    if (error instanceof Interrupted) return { kind: "failed", message: error.message };
    if (error instanceof Failure) return { kind: "failed", message: error.message };
    throw error;
  }
}

async function run(
  world: World,
  record: RunRecord,
  wiring: Wiring,
  connection: Connection,
): Promise<RunEnd> {
  const mode = record.chaos?.mode ?? "files";
  if (mode === "files") {
    return apply(world, record, wiring, connection, () =>
      fromFiles(world, record, wiring, connection),
    );
  }
  const { plan } = await fromFiles(world, record, wiring, connection);
  record.plan = plan;
  if (mode === "plan" || violationsOf(plan).length > 0) return endOfPlan(planStatus(plan));
  const text = renderPlanJson(plan);
  return apply(world, record, wiring, connection, () => fromSaved(world, connection, text));
}

function endOfPlan(status: RunStatus): RunEnd {
  return { kind: status === "refused" ? "refused" : "planned" };
}

function fromFiles(
  { scenario }: World,
  { chaos, line }: RunRecord,
  wiring: Wiring,
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

function fromSaved({ scenario }: World, connection: Connection, text: string): Promise<PlannedRun> {
  return planFromSaved(connection, {
    text,
    file: "plan.json",
    asOf: scenario.asOf,
    overrides: overridesOf(scenario),
    concurrency: scenario.concurrency,
  });
}

async function apply(
  world: World,
  record: RunRecord,
  wiring: Wiring,
  connection: Connection,
  prepare: () => Promise<PlannedRun>,
): Promise<RunEnd> {
  const { scenario } = world;
  const dice = new Dice(scenario.seed * 31 + record.number);
  const newId = (): string => dice.hex();
  let result: ApplyResult | null = null;
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
      skipFailed: true,
      expectDigest: null,
      write: {
        openAudit: async () => wiring.sink(sinkOf(world, record), scenario),
        commit: null,
        newId,
        clock: connection.session.clock,
        stop: record.line.stop.signal,
        stopWaiting: new AbortController().signal,
        concurrency: scenario.concurrency,
        minAdmins: scenario.minAdmins,
      },
    },
    {
      showPlan: async () => {},
      preview: async () => {},
      confirm: null,
      progress: async () => ({ add: () => {}, end: () => {} }),
      report: async (reported) => {
        result = wiring.report(reported);
      },
    },
    {
      createWriter: (session) => wiring.writer(PARTS.createWriter(session), newId),
      applyPlan: (plan, context) => wiring.apply(PARTS.applyPlan, plan, context),
    },
  );
  return result === null ? endOfUnwritten(status) : { kind: "applied", result };
}

function endOfUnwritten(status: RunStatus): RunEnd {
  return status === "refused" ? { kind: "refused" } : { kind: "failed", message: status };
}

/** The audit log's lines, until the program is killed. */
function sinkOf(world: World, record: RunRecord): LineSink {
  return {
    append: async (text) => {
      const historyAt = world.sandbox.state.history.length;
      if (!record.line.dead) record.audit.push({ text, historyAt });
    },
    close: async () => {},
  };
}

function connect(world: World, { line, number }: RunRecord, wiring: Wiring): Connection {
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
    stop: line.stop.signal,
  });
}

function overridesOf({ minAdmins }: Scenario) {
  return { maxRemovals: null, maxRoleChanges: null, minAdmins };
}

function withoutViolations(run: PlannedRun): PlannedRun {
  const organizations = run.plan.organizations.map((one) => ({ ...one, violations: [] }));
  return { ...run, plan: { ...run.plan, organizations } };
}
