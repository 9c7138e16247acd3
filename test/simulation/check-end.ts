/** How a run ended: its exit code, its report, its audit log, and whether an organization was lost. */
import { EXIT } from "../../src/commands/io.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { isWrite } from "./check-writes.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Broken, Evidence } from "./invariants.ts";
import type { RunRecord } from "./program.ts";
import type { Scenario } from "./scenario.ts";

export function recordedFirst({ record }: Evidence): readonly Broken[] {
  const begin = record.audit.find(({ text }) => text.includes('"kind":"begin"'))?.at ?? Infinity;
  return record.line.sent.filter(isWrite).flatMap((sent): readonly Broken[] => {
    const complain = (message: string): readonly Broken[] => [
      {
        invariant: "audit-before-write",
        message: `${sent.request.method} ${sent.email}: ${message}`,
      },
    ];
    if (sent.began < begin) return complain("no begin line was written before");
    // A repetition of an earlier request is no new write.
    const first = record.line.sent.find(
      (one) =>
        isWrite(one) && one.email === sent.email && one.organizationId === sent.organizationId,
    );
    return (first?.at ?? 0) > record.auditFailedAt
      ? complain("began after a line could not be written")
      : [];
  });
}

export function nothingLost({ world, record }: Evidence): readonly Broken[] {
  const { plan } = record;
  if (plan === null || record.line.stop.signal.aborted) return [];
  const found = sourcesIn(plan).toSorted();
  const expected = sourcesOf(world.scenario);
  // For a shard that runs alone, its share cannot be checked.
  if (isShard(record) || found.join() === expected.join()) return [];
  return [lost(expected, found)];
}

/** The shards of one run: each organization is in exactly one of them. */
export function nothingTwice(records: readonly RunRecord[], scenario: Scenario): readonly Broken[] {
  if (!records.some(isShard)) return [];
  if (records.some(({ plan, line }) => plan === null || line.stop.signal.aborted)) return [];
  const found = records.flatMap(({ plan }) => (plan === null ? [] : sourcesIn(plan))).sort();
  const expected = sourcesOf(scenario);
  return found.join() === expected.join() ? [] : [lost(expected, found)];
}

function isShard({ chaos }: RunRecord): boolean {
  return chaos !== null && chaos.shard !== null;
}

function sourcesIn({ organizations, failed }: Plan): readonly string[] {
  return [...organizations, ...failed].map(({ source }) => source);
}

function sourcesOf({ organizations }: Scenario): readonly string[] {
  return organizations.map(({ desired }) => desired.source).sort();
}

function lost(expected: readonly string[], found: readonly string[]): Broken {
  const message = `the files are ${expected.join(", ")}; planned or failed: ${found.join(", ")}`;
  return { invariant: "all-organizations-accounted", message };
}

export function trueExit(evidence: Evidence): readonly Broken[] {
  const { code, end } = evidence.record;
  if (code === null || end === null || end.kind === "killed") return [];
  const lie = lieIn(code, evidence);
  return lie === null
    ? []
    : [{ invariant: "correct-exit-code", message: `exit code ${code}, but ${lie}` }];
}

function lieIn(code: number, { record }: Evidence): string | null {
  const { line, plan, end, reported, auditLost, outputs } = record;
  const sent = line.sent.some((one) => isWrite(one) && one.entry !== null);
  const skipped = plan?.failed.length ?? 0;
  const stopped = line.stop.signal.aborted;
  switch (code) {
    case EXIT.done: {
      if (end?.kind === "planned")
        return outputs.lost() !== null
          ? `${outputs.lost()} lost something`
          : skipped > 0
            ? "an organization could not be planned"
            : null;
      if (outputs.lost() !== null) return `${outputs.lost()} lost something`;
      if (reported === null) return "there is no report";
      if (skipped > 0) return "an organization was skipped";
      if (auditLost.length > 0) return "the audit log lost a line";
      const open = reported.organizations
        .flatMap(({ results }) => results)
        .find(({ outcome }) => outcome === "failed" || outcome === "not-attempted");
      if (open !== undefined) return `${open.change.email} is ${open.outcome}`;
      const unlike = reported.organizations.find(({ verified }) => verified === false);
      if (unlike !== undefined) return `${unlike.organization.name} is not as planned`;
      return reported.interrupted ? "it was interrupted" : null;
    }
    case EXIT.failed:
    case EXIT.refused:
      if (sent) return "a write was sent";
      return stopped && record.line.trouble.prompt?.answer !== "no" ? "it was interrupted" : null;
    case EXIT.partly:
      if (stopped && reported?.interrupted === true) return "it was interrupted";
      return sent || skipped > 0 || isOpen(reported) ? null : "nothing was written or skipped";
    case EXIT.interrupted:
      return stopped || record.line.trouble.prompt?.answer === "interrupted"
        ? null
        : "nobody told it to stop";
    default:
      return "there is no such code";
  }
}

/** If requests were sent that never arrived, the outcome is open. */
function isOpen(reported: Evidence["record"]["reported"]): boolean {
  const results = reported?.organizations.flatMap((one) => one.results) ?? [];
  return results.some(({ outcome }) => outcome === "failed" || outcome === "not-attempted");
}

/** Also if standard output or standard error fails: neither ends an apply before its report. */
export function reportWritten({ record }: Evidence): readonly Broken[] {
  const { line, end, reported, outputs } = record;
  if (end?.kind === "killed") return [];
  const complain = (message: string): readonly Broken[] => [
    { invariant: "report-written", message },
  ];
  const write = line.sent.find((one) => isWrite(one) && one.entry !== null);
  if (reported === null) {
    return write === undefined ? [] : complain(`${write.request.method} ${write.email} was sent`);
  }
  if (line.trouble.output === null) return [];
  const { toFile, trouble } = line.trouble.output;
  if (toFile && trouble?.where !== "file") {
    const told = outputs.file === null ? null : summaryIn(outputs.file);
    const expected = JSON.stringify(countsOf(reported));
    if (told !== expected) return complain(`the file has ${told}, and the run did ${expected}`);
  }
  if (trouble?.where === "stdout") return [];
  const report = outputs.stdout.chunks[1] ?? "";
  const missing = reported.organizations
    .flatMap(({ results }) => results)
    .find(({ change, outcome }) => outcome === "failed" && !report.includes(change.email));
  if (report === "") return complain("nothing of it is on standard output");
  return missing === undefined ? [] : complain(`${missing.change.email} failed and is not in it`);
}

function summaryIn(text: string): string {
  const { summary }: { readonly summary: Readonly<Record<string, number>> } = JSON.parse(text);
  const { applied, failed, not_attempted, already } = summary;
  return JSON.stringify([applied, failed, not_attempted, already]);
}

function countsOf({ organizations }: ApplyResult): readonly number[] {
  const outcomes = organizations.flatMap(({ results }) => results.map(({ outcome }) => outcome));
  return (["applied", "failed", "not-attempted", "already"] as const).map(
    (one) => outcomes.filter((outcome) => outcome === one).length,
  );
}

/** A plan that could not be written has not been seen. */
export function shownFirst({ record }: Evidence): readonly Broken[] {
  if (record.unshown === null) return [];
  const write = record.line.sent.find(isWrite);
  if (write === undefined) return [];
  const message = `${write.request.method} ${write.email} was sent, and ${record.unshown} had lost something of the plan`;
  return [{ invariant: "shown-before-write", message }];
}
