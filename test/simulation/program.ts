/**
 * One start of the program: what `commands/` does for `apply`, `apply --plan` and `plan`, without files and
 * streams. The parts are the product's own; only the glue is repeated here.
 */
import { AuditLog, type LineSink } from "../../src/apply/audit.ts";
import { type ApplyContext, applyPlan } from "../../src/apply/execute.ts";
import type { Connection } from "../../src/commands/connection.ts";
import { readState } from "../../src/run/plan.ts";
import { findTargets } from "../../src/run/targets.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import { emailKey } from "../../src/model/desired.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Change, FailedOrganization, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { renderPlanJson } from "../../src/output/json.ts";
import { checkApproved } from "../../src/plan/approved.ts";
import { assemblePlan, violationsOf } from "../../src/plan/assemble.ts";
import type { Overrides } from "../../src/plan/guards.ts";
import { planOrganization } from "../../src/plan/organization.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";
import { credentialFrom } from "../../src/polytomic/credential.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { createReader } from "../../src/polytomic/reader.ts";
import type { Session } from "../../src/polytomic/session.ts";
import { chooseVersion, needsNoOrganization } from "../../src/polytomic/version.ts";
import { createWriter } from "../../src/polytomic/writer.ts";
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
  already: readonly Change[];
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
    if (error instanceof Failure) return { kind: "failed", message: error.message };
    throw error;
  }
}

/** The organizations' states beside their plans: the apply needs the roles' names. */
interface Planned {
  readonly plan: Plan;
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly caller: { readonly email: string | null; readonly userId: string | null } | null;
}

async function run(
  world: World,
  record: RunRecord,
  wiring: Wiring,
  connection: Connection,
): Promise<RunEnd> {
  const mode = record.chaos?.mode ?? "files";
  const fresh = await planFromFiles(world, record, wiring, connection);
  const planned =
    mode === "saved" && violationsOf(fresh.plan).length === 0
      ? await planFromSaved(world, record, connection, renderPlanJson(fresh.plan))
      : fresh;
  record.plan = planned.plan;
  if (violationsOf(planned.plan).length > 0 && !wiring.ignoresGuards) return { kind: "refused" };
  if (mode === "plan") return { kind: "planned" };
  const allowed = wiring.ignoresGuards ? withoutViolations(planned.plan) : planned.plan;
  return write(world, record, wiring, connection, { ...planned, plan: allowed });
}

async function planFromFiles(
  world: World,
  record: RunRecord,
  wiring: Wiring,
  connection: Connection,
): Promise<Planned> {
  const { scenario } = world;
  const desired = scenario.organizations.map((one) => wiring.desired(one.desired));
  const targets = await findTargets(desired, connection, { organization: [], shard: null });
  const only = new Set((record.chaos?.only ?? []).map(emailKey));
  const failed: FailedOrganization[] = [...targets.failed];
  const plans: OrganizationPlan[] = [];
  const roles = new Map<string, readonly Role[]>();
  const read = async (target: (typeof targets.targets)[number]): Promise<void> => {
    const { source, organization: name } = target.desired;
    const state = await attempt(readState(target, targets, connection));
    if (state instanceof Failure) {
      failed.push({ source, organization: name, message: state.message });
      return;
    }
    const options = { asOf: scenario.asOf, only: only.size === 0 ? null : only };
    const planned = planOrganization(target.desired, state, options);
    if (planned.kind === "problems") throw new Error(JSON.stringify(planned.problems));
    plans.push(planned.plan);
    roles.set(target.organization.id, state.roles);
  };
  await Promise.all(targets.targets.map(read));
  const { caller } = targets;
  return { plan: assemblePlan(URL, plans, failed, overridesOf(scenario)), roles, caller };
}

async function planFromSaved(
  world: World,
  record: RunRecord,
  connection: Connection,
  text: string,
): Promise<Planned> {
  const saved = readSavedPlan(text, "plan.json");
  const caller = connection.ownOrganizationOnly ? await connection.reader.identity() : null;
  const checked = await Promise.all(
    saved.organizations.map(async (plan) => {
      const state = await readState({ organization: plan.organization }, { caller }, connection);
      return { ...checkApproved(plan, state, world.scenario.asOf), roles: state.roles };
    }),
  );
  record.already = checked.flatMap(({ already }) => already);
  const plans = checked.map(({ plan }) => plan);
  return {
    plan: { ...assemblePlan(URL, plans, [], overridesOf(world.scenario)), digest: saved.digest },
    roles: new Map(checked.map(({ plan, roles }) => [plan.organization.id, roles])),
    caller,
  };
}

async function attempt(reading: Promise<CurrentState>): Promise<CurrentState | Failure> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function write(
  world: World,
  record: RunRecord,
  wiring: Wiring,
  { reader, session, addressOf }: Connection,
  { plan, roles, caller }: Planned,
): Promise<RunEnd> {
  const { scenario, clock } = world;
  const dice = new Dice(scenario.seed * 31 + record.number);
  const header = {
    run: dice.hex(),
    who: {
      credential: scenario.credential.kind,
      email: caller?.email ?? null,
      userId: caller?.userId ?? null,
    },
    commit: null,
    digest: plan.digest,
    url: URL,
  };
  const audit = new AuditLog(wiring.sink(sinkOf(world, record), scenario), header, clock);
  const context: ApplyContext = {
    reader,
    writer: wiring.writer(createWriter(session), () => dice.hex()),
    clock: session.clock,
    newKey: () => dice.hex(),
    stop: record.line.stop.signal,
    concurrency: scenario.concurrency,
    minAdmins: scenario.minAdmins,
    addressOf,
    rolesOf: (organizationId) => roles.get(organizationId) ?? [],
    onResult: (organization, result) => audit.change(organization, wiring.told(result)),
  };
  const result = wiring.report(await wiring.apply(applyPlan, plan, context));
  await audit.end({ kind: "result", result });
  return { kind: "applied", result };
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
  const credential = credentialFrom({ [`POLYTOMIC_${kind.toUpperCase()}_KEY`]: key }, null);
  const version = chooseVersion(credential, scenario.apiVersion);
  const dice = new Dice(scenario.seed * 17 + number);
  const { maxRate, concurrency } = scenario;
  const session: Session = {
    credential,
    version,
    transport: line.transport,
    gate: wiring.gate(createGate({ clock, maxRate, concurrency })),
    clock,
    random: dice.random,
    userAgent: "polytomic-users/simulation",
    trace: null,
    signal: line.stop.signal,
  };
  const ownUsers = needsNoOrganization(kind, version);
  return {
    url: URL,
    session,
    reader: createReader(session),
    ownOrganizationOnly: kind === "api",
    addressOf: (organizationId) => (ownUsers ? null : organizationId),
  };
}

function overridesOf({ minAdmins }: Scenario): Overrides {
  return { maxRemovals: null, maxRoleChanges: null, minAdmins };
}

function withoutViolations(plan: Plan): Plan {
  const organizations = plan.organizations.map((one) => ({ ...one, violations: [] }));
  return { ...plan, organizations };
}
