/** The writing half of `apply`: the writer is made here and nowhere else. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { type AuditLog, openAuditLog, type RunHeader } from "../apply/audit.ts";
import { applyPlan } from "../apply/execute.ts";
import { createProgress, type Progress } from "../apply/progress.ts";
import { AfterWriting } from "../model/failure.ts";
import type { OrganizationPlan, Plan } from "../model/plan.ts";
import type { ApplyResult, ChangeResult, OrganizationResult } from "../model/result.ts";
import { changeCount } from "../plan/assemble.ts";
import { createWriter } from "../polytomic/writer.ts";
import type { ApplyFlags } from "../commands/apply.ts";
import type { ApprovedRun } from "./saved-plan.ts";
import type { Connection } from "../commands/connection.ts";
import { EXIT, type ExitCode, type Io } from "../commands/io.ts";
import { reasonOf } from "../commands/results.ts";
import { showResult } from "../commands/show-result.ts";

export async function write(
  io: Io,
  connection: Connection,
  run: ApprovedRun,
  flags: ApplyFlags,
): Promise<ExitCode> {
  const audit = await auditLog(io, connection, run, flags);
  const progress = await createProgress({
    stream: io.stderr,
    isTerminal: showsABar(io),
    quiet:
      flags.quiet || flags.output.some(({ format, file }) => file === null && format !== "text"),
    clock: io.clock,
    total: changeCount(run.plan),
  });
  const onStop = (): void => {
    progress.end();
    io.stderr.write("Stopping: requests in flight are finished. Again to stop at once.\n");
  };
  io.interrupt.addEventListener("abort", onStop, { once: true });
  try {
    const { result, unrecorded } = await recorded(audit, progress, async () => {
      await recordAlready(run, audit);
      return withAlready(await execute(io, connection, run, flags, audit, progress), run);
    });
    const exitCode = applyExitCode(result);
    await showResult(io, result, run, flags, exitCode);
    if (unrecorded !== null) throw unrecorded;
    return exitCode;
  } catch (error) {
    throw changeCount(run.plan) > 0 ? new AfterWriting(error) : error;
  } finally {
    io.interrupt.removeEventListener("abort", onStop);
  }
}

/** A terminal that does not know its width (0 columns: a pipeline's, expect's) cannot take a bar back. */
function showsABar({ stderr, env }: Io): boolean {
  return stderr.isTTY === true && (stderr.columns ?? 0) > 0 && env["TERM"] !== "dumb";
}

function execute(
  io: Io,
  connection: Connection,
  run: ApprovedRun,
  flags: ApplyFlags,
  audit: AuditLog | null,
  progress: Progress,
): Promise<ApplyResult> {
  return applyPlan(run.plan, {
    reader: connection.reader,
    writer: createWriter(connection.session),
    clock: io.clock,
    newKey: randomUUID,
    stop: io.interrupt,
    concurrency: flags.concurrency,
    minAdmins: flags.minAdmins,
    addressOf: connection.addressOf,
    rolesOf: (organizationId) => run.roles.get(organizationId) ?? [],
    onResult: async (organization, result) => {
      await audit?.change(organization, result);
      progress.add(result);
    },
  });
}

interface Recorded {
  readonly result: ApplyResult;
  /** Why the run's own audit line is missing: told after the result, which must not be lost for it. */
  readonly unrecorded: unknown;
}

/** The run's audit line is written however the run ends. */
async function recorded(
  audit: AuditLog | null,
  progress: Progress,
  work: () => Promise<ApplyResult>,
): Promise<Recorded> {
  const ending = await work().then(
    (result) => ({ kind: "result", result }) as const,
    (error: unknown) => ({ kind: "failed", error }) as const,
  );
  progress.end();
  if (ending.kind === "failed") {
    await audit?.end({ kind: "failed", error: reasonOf(ending.error) }).catch(() => {}); // the first error is the one to tell
    throw ending.error;
  }
  const unrecorded = await audit?.end(ending).then(
    () => null,
    (error: unknown) => error,
  );
  return { result: ending.result, unrecorded: unrecorded ?? null };
}

async function auditLog(
  io: Io,
  { url, session }: Connection,
  { plan, caller }: ApprovedRun,
  flags: ApplyFlags,
): Promise<AuditLog | null> {
  if (flags.auditLog === null) return null;
  const header: RunHeader = {
    run: randomUUID(),
    who: {
      credential: session.credential.kind,
      email: caller?.email ?? null,
      userId: caller?.userId ?? null,
    },
    commit: io.env["GITHUB_SHA"] ?? io.env["CI_COMMIT_SHA"] ?? null,
    digest: plan.digest,
    url,
  };
  return openAuditLog(resolve(io.cwd, flags.auditLog), header, io.clock);
}

async function recordAlready(run: ApprovedRun, audit: AuditLog | null): Promise<void> {
  if (audit === null) return;
  for (const { organization, change } of run.already) {
    await audit.change(organization, { change, outcome: "already", error: null });
  }
}

/** The report of an approved plan has every change of it, those that were so before the run included. */
function withAlready(result: ApplyResult, { plan, already }: ApprovedRun): ApplyResult {
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

/** A halted run had its credential refused or its record broken: what it left open is still open. */
function applyExitCode({ organizations, interrupted, plan }: ApplyResult): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const results = organizations.flatMap((one) => one.results);
  const open = results.some(({ outcome }) => outcome === "failed" || outcome === "not-attempted");
  const unlike = organizations.some(({ verified }) => verified === false);
  if (open || unlike) return EXIT.partly;
  if (plan.failed.length === 0) return EXIT.done;
  return results.length > 0 ? EXIT.partly : EXIT.failed;
}
