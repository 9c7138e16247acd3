/** The writing half of `apply`: the only place that creates the writer. */
import { errorMessage } from "../model/failure.ts";
import { AuditLog, type LineSink } from "../apply/audit.ts";
import { applyPlan } from "../apply/execute.ts";
import type { ApplyContext } from "../apply/context.ts";
import type { Clock } from "../clock.ts";
import { changeCount, type OrganizationPlan, type Plan } from "../model/plan.ts";
import type { ApplyResult, ChangeResult, OrganizationResult } from "../model/result.ts";
import type { WriteOutcome, Writer } from "../polytomic/api.ts";
import { createReader } from "../polytomic/reader.ts";
import { createWriter } from "../polytomic/writer.ts";
import type { Connection } from "./connection.ts";
import { graceAfter } from "../polytomic/grace-period.ts";
import type { PlannedRun } from "./plan.ts";

export interface WriteOptions {
  /** Opens the audit log, or rejects with `Failure`; null keeps none. */
  readonly openAudit: (() => Promise<LineSink>) | null;
  /** The commit that the files are of, for the audit log. */
  readonly commit: () => Promise<string | null>;
  /** A random id: 8 to 255 of letters, digits, `-`, `_`. For idempotency keys and the run's own. */
  readonly newId: () => string;
  readonly clock: Clock;
  /** Once aborted, nothing new begins; what is in flight has a moment to complete (`grace-period.ts`). */
  readonly stop: AbortSignal;
  /** Once aborted, the run does not wait for requests in flight. */
  readonly stopWaiting: AbortSignal;
  /** The maximum number of changes in flight. */
  readonly concurrency: number;
  /** `--min-admins`; null leaves each policy's. */
  readonly minAdmins: number | null;
  /** Gets each change as it ends, once it is recorded. */
  readonly onResult: (result: ChangeResult) => void;
}

/** What the simulation replaces with parts that have a planted fault; `PARTS` are the real ones. */
export interface WriteParts {
  readonly createWriter: (session: Connection["session"]) => Writer;
  readonly applyPlan: (plan: Plan, context: ApplyContext) => Promise<ApplyResult>;
}

export const PARTS: WriteParts = { createWriter, applyPlan };

export type Written = (
  | {
      readonly kind: "result";
      readonly result: ApplyResult;
      /** Why the run's own line in the audit log is missing; null where it is there. */
      readonly unrecorded: unknown;
    }
  | { readonly kind: "failed"; readonly error: unknown }
) & {
  /** Whether any write may have reached Polytomic. */
  readonly sent: boolean;
};

/** Rejects with `Failure` where the audit log cannot be opened or begun; nothing was written then. */
export async function writePlan(
  connection: Connection,
  run: PlannedRun,
  options: WriteOptions,
  parts: WriteParts = PARTS,
): Promise<Written> {
  const audit = await openAudit(connection, run, options);
  const grace = graceAfter(options.clock, options.stop, options.stopWaiting);
  const session = { ...connection.session, abort: grace.signal };
  const watched = watch(parts.createWriter(session));
  try {
    await recordAlready(run, audit);
    session.gate.expect(changeCount(run.plan));
    const api = { ...connection, reader: createReader(session), writer: watched.writer };
    const context = makeContext(api, run, options, audit);
    const result = withAlready(await parts.applyPlan(run.plan, context), run);
    const unrecorded = await audit?.end({ kind: "result", result }).then(
      () => null,
      (error: unknown) => error,
    );
    return { kind: "result", result, unrecorded: unrecorded ?? null, sent: watched.sent() };
  } catch (error) {
    await audit?.end({ kind: "failed", error: errorMessage(error) }).catch(() => {}); // the first error is the one to report
    return { kind: "failed", error, sent: watched.sent() };
  } finally {
    grace.end();
  }
}

/** The writer, and whether any of its requests may have been sent. */
function watch(writer: Writer): { readonly writer: Writer; readonly sent: () => boolean } {
  let sent = false;
  const note = async (request: Promise<WriteOutcome>): Promise<WriteOutcome> => {
    const outcome = await request;
    sent ||= outcome.kind !== "unsent";
    return outcome;
  };
  return {
    sent: () => sent,
    writer: {
      create: (organization, user, key, check) =>
        note(writer.create(organization, user, key, check)),
      update: (organization, userId, user, check) =>
        note(writer.update(organization, userId, user, check)),
      remove: (organization, userId, check) => note(writer.remove(organization, userId, check)),
    },
  };
}

function makeContext(
  { reader, writer, addressOf }: Connection & { readonly writer: Writer },
  run: PlannedRun,
  options: WriteOptions,
  audit: AuditLog | null,
): ApplyContext {
  return {
    reader,
    writer,
    clock: options.clock,
    newKey: options.newId,
    stop: options.stop,
    concurrency: options.concurrency,
    minAdmins: options.minAdmins,
    addressOf,
    rolesOf: (organizationId) => run.roles.get(organizationId) ?? [],
    onResult: async (organization, result) => {
      await audit?.change(organization, result);
      options.onResult(result);
    },
  };
}

async function openAudit(
  { url, session }: Connection,
  { plan, caller }: PlannedRun,
  { openAudit, newId, commit, clock }: WriteOptions,
): Promise<AuditLog | null> {
  if (openAudit === null) return null;
  const who = {
    credential: session.credential.kind,
    email: caller?.email ?? null,
    userId: caller?.userId ?? null,
  };
  const header = { run: newId(), who, commit: await commit(), digest: plan.digest ?? "", url };
  const audit = new AuditLog(await openAudit(), header, clock);
  await audit.begin(changeCount(plan));
  return audit;
}

async function recordAlready({ already }: PlannedRun, audit: AuditLog | null): Promise<void> {
  for (const { organization, change } of already) {
    await audit?.change(organization, { change, outcome: "already", error: null });
  }
}

/** The report of a saved plan has every change of it, those that were made before the run included. */
function withAlready(result: ApplyResult, { plan, already }: PlannedRun): ApplyResult {
  if (already.length === 0) return result;
  const before = (organization: OrganizationPlan): readonly ChangeResult[] =>
    already
      .filter((entry) => entry.organization.organization.id === organization.organization.id)
      .map(({ change }) => ({ change, outcome: "already", error: null }));
  const organizations = plan.organizations.map((organization) => {
    const done = result.organizations.find(
      (one) => one.organization.id === organization.organization.id,
    );
    return joined(organization, before(organization), done ?? null);
  });
  return { ...result, organizations, plan: wholePlan(plan, organizations) };
}

function joined(
  { organization, source }: OrganizationPlan,
  before: readonly ChangeResult[],
  done: OrganizationResult | null,
): OrganizationResult {
  return {
    organization,
    source,
    results: [...before, ...(done?.results ?? [])],
    verified: done?.verified ?? null,
    differences: done?.differences ?? [],
  };
}

function wholePlan(plan: Plan, results: readonly OrganizationResult[]): Plan {
  return {
    ...plan,
    organizations: plan.organizations.map((organization, index) => ({
      ...organization,
      changes: results[index]?.results.map(({ change }) => change) ?? organization.changes,
    })),
  };
}
