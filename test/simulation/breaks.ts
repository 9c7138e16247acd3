/**
 * Faults planted in the program, to prove that an invariant catches each. A fault replaces or wraps a part where the
 * simulation connects the parts of the program; the code of the program is not changed.
 */
import type { LineSink } from "../../src/apply/audit.ts";
import type { applyPlan } from "../../src/apply/execute.ts";
import type { ApplyContext } from "../../src/apply/context.ts";
import type { DesiredOrganization } from "../../src/model/desired.ts";
import type { OrganizationPlan, Plan } from "../../src/model/plan.ts";
import type { ApplyResult, ChangeResult } from "../../src/model/result.ts";
import { EXIT } from "../../src/commands/io.ts";
import { computeDigest } from "../../src/plan/digest.ts";
import type { Writer } from "../../src/polytomic/api.ts";
import type { Gate } from "../../src/polytomic/gate.ts";
import type { Transport } from "../../src/polytomic/transport.ts";
import type { ApplySteps } from "../../src/run/apply.ts";
import type { ChaosRun, Scenario } from "./scenario.ts";

type Apply = typeof applyPlan;

/** The places where the parts of the program are connected. */
export interface Wiring {
  desired(desired: DesiredOrganization): DesiredOrganization;
  shard(shard: ChaosRun["shard"]): ChaosRun["shard"];
  writer(writer: Writer, newKey: () => string): Writer;
  gate(gate: Gate): Gate;
  transport(transport: Transport): Transport;
  apply(apply: Apply, plan: Plan, context: ApplyContext): Promise<ApplyResult>;
  /** The output; null writes nothing. */
  report(result: ApplyResult): ApplyResult | null;
  /** The display before the apply. */
  steps(steps: ApplySteps): ApplySteps;
  sink(sink: LineSink, scenario: Scenario): LineSink;
  /** The text of the saved plan. */
  saved(plan: Plan): Plan;
  code(code: number): number;
  readonly ignoresGuards: boolean;
  /** Whether an error of stdout or stderr ends the program, as Node does by default. */
  readonly endsAtLostOutput: boolean;
}

const UNCHANGED: Wiring = {
  desired: (desired) => desired,
  shard: (shard) => shard,
  writer: (writer) => writer,
  gate: (gate) => gate,
  transport: (transport) => transport,
  apply: (apply, plan, context) => apply(plan, context),
  report: (result) => result,
  steps: (steps) => steps,
  sink: (sink) => sink,
  saved: (plan) => plan,
  code: (code) => code,
  ignoresGuards: false,
  endsAtLostOutput: false,
};

/** Name → the fault in the program. */
export const BREAKS: Readonly<Record<string, Partial<Wiring>>> = {
  "blind-create": { writer: retryBlindly },
  "duplicate-invitation": { writer: inviteTwice },
  "removals-first": { apply: removalsFirst },
  "ignore-min-admins": { apply: withoutMinimum },
  "ignore-policy-ignore": { desired: (desired) => withPolicy(desired, { ignore: [] }) },
  "ignore-policy-protected": { desired: (desired) => withPolicy(desired, { protected: [] }) },
  "unplanned-write": { writer: writeUnplanned },
  "ignore-guards": { ignoresGuards: true },
  "false-report": { report: reportFailuresAsApplied },
  "false-audit": { sink: logFailuresAsApplied },
  "lossy-audit": { sink: dropEveryThirdLine },
  "credential-in-audit": { sink: logCredential },
  "no-rate-limit": { gate: (gate) => ({ ...gate, run: (send) => send() }) },
  "ignore-429": { gate: ignore429 },
  "hanging-removal": { writer: (writer) => ({ ...writer, remove: () => new Promise(() => {}) }) },
  "ignore-create-false": { desired: (desired) => withPolicy(desired, { create: true }) },
  "ignore-rules": { desired: (desired) => withPolicy(desired, { rules: [] }) },
  "judge-conflicts-only": { desired: withConflictsOnly },
  "ignore-shard": { shard: () => null },
  "first-page-only": { transport: readFirstPageOnly },
  "ignore-405": { transport: take405ForDone },
  "drop-failed-organizations": { saved: (plan) => withoutFailures(plan) },
  "wrong-exit-code": { code: (code) => (code === EXIT.partly ? EXIT.done : code) },
  "no-report": { report: () => null },
  "end-at-lost-output": { endsAtLostOutput: true },
  "apply-unshown": { steps: applyUnshown },
  "no-audit-begin": { sink: withoutBegin },
  "skip-first-user": { desired: (desired) => ({ ...desired, users: desired.users.slice(1) }) },
};

export function wiringOf(broken: string | null): Wiring {
  if (broken === null) return UNCHANGED;
  const parts = BREAKS[broken];
  if (parts === undefined) throw new Error(`no such break: ${broken}`);
  return { ...UNCHANGED, ...parts };
}

/** Repeats a failed create with a new key, without listing the users. */
function retryBlindly(writer: Writer, newKey: () => string): Writer {
  return {
    ...writer,
    create: async (organizationId, user, key, check) => {
      const first = await writer.create(organizationId, user, key, check);
      if (first.kind !== "spent" && first.kind !== "unknown") return first;
      return writer.create(organizationId, user, newKey());
    },
  };
}

/** Sends every invitation twice. */
function inviteTwice(writer: Writer, newKey: () => string): Writer {
  return {
    ...writer,
    create: async (organizationId, user, key, check) => {
      const first = await writer.create(organizationId, user, key, check);
      if (first.kind === "done") await writer.create(organizationId, user, newKey());
      return first;
    },
  };
}

/** Sends every role change also for another user. */
function writeUnplanned(writer: Writer): Writer {
  let last: { readonly id: string; readonly email: string } | null = null;
  return {
    ...writer,
    update: async (organizationId, userId, user, check) => {
      const other = last;
      last = { id: userId, email: user.email };
      if (other !== null) {
        await writer.update(organizationId, other.id, { ...user, email: other.email });
      }
      return writer.update(organizationId, userId, user, check);
    },
  };
}

async function removalsFirst(
  apply: Apply,
  plan: Plan,
  context: ApplyContext,
): Promise<ApplyResult> {
  const part = (isFirst: boolean): Plan =>
    withChanges(plan, (one) =>
      one.changes.filter(({ action }) => (action === "remove") === isFirst),
    );
  const first = await apply(part(true), context);
  const rest = await apply(part(false), context);
  return {
    ...rest,
    plan,
    organizations: rest.organizations.map((one, index) => ({
      ...one,
      results: [...one.results, ...(first.organizations[index]?.results ?? [])],
      verified: null,
    })),
  };
}

function withoutMinimum(apply: Apply, plan: Plan, context: ApplyContext): Promise<ApplyResult> {
  return apply(plan, { ...context, minAdmins: 0 });
}

function reportFailuresAsApplied(result: ApplyResult): ApplyResult {
  return {
    ...result,
    organizations: result.organizations.map((one) => ({
      ...one,
      results: one.results.map(claimApplied),
    })),
  };
}

function claimApplied(result: ChangeResult): ChangeResult {
  return result.outcome === "failed" ? { ...result, outcome: "applied", error: null } : result;
}

/** Leaves the organizations that could not be planned out of the file, with a matching digest. */
function withoutFailures(plan: Plan): Plan {
  return { ...plan, failed: [], digest: computeDigest(plan.url, plan.organizations, []) };
}

/** Goes on although the plan could not be shown. */
function applyUnshown(steps: ApplySteps): ApplySteps {
  return { ...steps, preview: (run) => steps.preview(run).catch(() => {}) };
}

/** Omits the line before the first write. */
function withoutBegin(sink: LineSink): LineSink {
  return {
    ...sink,
    append: async (line) => {
      if (!line.includes('"kind":"begin"')) await sink.append(line);
    },
  };
}

/** Loses every third line. */
function dropEveryThirdLine(sink: LineSink): LineSink {
  let lines = 0;
  return {
    ...sink,
    append: async (line) => {
      lines += 1;
      if (lines % 3 !== 0) await sink.append(line);
    },
  };
}

/** Records a failed change as applied. */
function logFailuresAsApplied(sink: LineSink): LineSink {
  const append = (line: string): Promise<void> =>
    sink.append(
      line.includes('"outcome":"failed"')
        ? `${JSON.stringify({ ...JSON.parse(line), outcome: "applied", error: null })}\n`
        : line,
    );
  return { ...sink, append };
}

function logCredential(sink: LineSink, { credential }: Scenario): LineSink {
  const leak = `"error":"the key was ${credential.key}"`;
  return { ...sink, append: (line) => sink.append(line.replace('"error":null', leak)) };
}

/** The gate treats every 429 as a success. */
function ignore429(gate: Gate): Gate {
  return {
    ...gate,
    run: async (send, signal) => {
      let heard: Awaited<ReturnType<typeof send>> | null = null;
      await gate.run(async () => {
        heard = await send();
        return { status: 200, headers: {}, body: null };
      }, signal);
      if (heard === null) throw new Error("nothing was sent");
      return heard;
    },
  };
}

/** Treats one page of a list as the whole list. */
function readFirstPageOnly(transport: Transport): Transport {
  return async (request, signal) => {
    const response = await transport(request, signal);
    const { body } = response;
    if (typeof body !== "object" || body === null || !("data" in body)) return response;
    return { ...response, body: { data: body.data } };
  };
}

/** Treats an update by an unsupported method as done. */
function take405ForDone(transport: Transport): Transport {
  return async (request, signal) => {
    const response = await transport(request, signal);
    return response.status === 405 ? { ...response, status: 200, body: { data: {} } } : response;
  };
}

function withPolicy(
  desired: DesiredOrganization,
  more: Partial<DesiredOrganization["policy"]>,
): DesiredOrganization {
  return { ...desired, policy: { ...desired.policy, ...more } };
}

/** Reads only the rules of kind conflict. */
function withConflictsOnly(desired: DesiredOrganization): DesiredOrganization {
  const rules = desired.policy.rules.filter(({ assertion }) => assertion.kind === "conflict");
  return withPolicy(desired, { rules });
}

function withChanges(
  plan: Plan,
  changes: (organization: OrganizationPlan) => OrganizationPlan["changes"],
): Plan {
  const organizations = plan.organizations.map((one) => ({ ...one, changes: changes(one) }));
  return { ...plan, organizations };
}
