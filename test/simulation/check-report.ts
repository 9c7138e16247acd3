/** What the program reports, compared with the server's own log. */
import { IN_DOUBT } from "../../src/apply/send-change.ts";
import type { Change, OrganizationPlan } from "../../src/model/plan.ts";
import type { ChangeResult, OrganizationResult, Outcome } from "../../src/model/result.ts";
import { isList, isWrite } from "./check-writes.ts";
import type { Broken, Evidence } from "./invariants.ts";
import type { RunRecord } from "./program.ts";
import { isAsPlanned } from "./timeline.ts";

/** One change line of the audit log. */
interface ToldChange {
  readonly organizationId: string;
  readonly email: string;
  readonly outcome: Outcome;
  readonly error: string | null;
  readonly historyAt: number;
}

export function trueReport(evidence: Evidence): readonly Broken[] {
  const { record } = evidence;
  const changes = allChanges(record);
  const lies = toldChanges(evidence).flatMap((told): readonly Broken[] => {
    const change = changes.find(
      ({ organizationId, change: { email } }) =>
        organizationId === told.organizationId && email === told.email,
    )?.change;
    const lie = change === undefined ? "is not in the plan" : lieIn(told, change, evidence);
    if (lie === null) return [];
    const message = `${told.email} is told as ${told.outcome} (${told.error ?? "no error"}), but ${lie}`;
    return [{ invariant: "accurate-report", message }];
  });
  return [...lies, ...falseVerdicts(evidence)];
}

/** The changes of the plan, including those of a saved plan that were made before this run. */
function allChanges({ plan, already }: RunRecord) {
  return [
    ...(plan?.organizations ?? []).flatMap(({ organization, changes }) =>
      changes.map((change) => ({ organizationId: organization.id, change })),
    ),
    ...already.map(({ organization: { organization }, change }) => ({
      organizationId: organization.id,
      change,
    })),
  ];
}

/** The change lines that can be read; `check-audit.ts` checks the others. */
function toldChanges({ record }: Evidence): readonly ToldChange[] {
  return record.audit.flatMap(({ text, historyAt }) => toldIn(text, historyAt));
}

function toldIn(text: string, historyAt: number): readonly ToldChange[] {
  const line: unknown = JSON.parse(text);
  if (!isChangeLine(line)) return [];
  const { organization_id: organizationId, email, outcome, error } = line;
  return [{ organizationId, email, outcome, error, historyAt }];
}

interface ChangeLine {
  readonly organization_id: string;
  readonly email: string;
  readonly outcome: Outcome;
  readonly error: string | null;
}

function isChangeLine(line: unknown): line is ChangeLine {
  return typeof line === "object" && line !== null && "kind" in line && line.kind === "change";
}

function lieIn(told: ToldChange, change: Change, evidence: Evidence): string | null {
  const { world, record, timeline, isForeign } = evidence;
  const { organizationId: id, email, historyAt } = told;
  const writes = record.line.sent.filter(
    (sent) => isWrite(sent) && sent.organizationId === id && sent.email === email,
  );
  const arrived = writes.filter(({ entry }) => entry !== null);
  const commits = arrived.flatMap(({ entry }) => entry?.committed ?? []);
  const wasAsPlanned = (since: number): boolean =>
    timeline.between(id, email, since, historyAt).some((users) => isAsPlanned(change, users));
  switch (told.outcome) {
    case "not-attempted":
      return arrived.length === 0 ? null : "a request for it arrived";
    case "already":
      if (commits.length > 0) return "this run committed it";
      return wasAsPlanned(record.historyAtStart) ? null : "it never was so";
    case "applied": {
      const [first] = arrived;
      if (first === undefined) return "no request for it arrived";
      return wasAsPlanned(first.historyAtBegin) ? null : "it never was so";
    }
    case "failed": {
      if (told.error?.includes(IN_DOUBT)) return null;
      const { history } = world.sandbox.state;
      if (commits.some((edit) => history.indexOf(edit) >= historyAt)) return "it came true later";
      const touched = history
        .slice(record.historyAtStart, historyAt)
        .some((edit) => isForeign(edit) && edit.email === email && edit.organizationId === id);
      return commits.length > 0 && !touched ? "this run committed it" : null;
    }
  }
}

function falseVerdicts(evidence: Evidence): readonly Broken[] {
  const { record } = evidence;
  if (record.end?.kind !== "applied") return [];
  const { result } = record.end;
  return result.organizations.flatMap((one): readonly Broken[] => {
    const plan = record.plan?.organizations.find(
      ({ organization }) => organization.id === one.organization.id,
    );
    const lie = plan === undefined ? "is not in the plan" : falseVerdict(one, plan, evidence);
    if (lie === null) return [];
    const message = `${one.organization.name} is verified: ${one.verified}, but ${lie}`;
    return [{ invariant: "accurate-report", message }];
  });
}

function falseVerdict(
  { verified, differences }: OrganizationResult,
  plan: OrganizationPlan,
  { world, record, timeline, isForeign }: Evidence,
): string | null {
  const { id } = plan.organization;
  const readBack = record.line.sent.findLast((sent) => isList(sent, id));
  if (readBack === undefined) return verified === null ? null : "nobody looked";
  const { historyAtBegin: low, historyAtEnd: high } = readBack;
  const seen = (change: Change): boolean[] =>
    timeline
      .between(id, change.email, low, high)
      .map((users) =>
        change.action === "remove" ? users.length === 0 : isAsPlanned(change, users),
      );
  const wrong = plan.changes.find((change) => !seen(change).includes(true));
  if (verified === true && wrong !== undefined) return `${wrong.email} was not as planned`;
  const allRight = plan.changes.every((change) => !seen(change).includes(false));
  if (verified === false && allRight) return "everybody was as planned";
  const others = world.sandbox.state.history
    .slice(record.historyAtStart, high)
    .filter((edit) => isForeign(edit) && edit.organizationId === id);
  const invented = differences.find(
    ({ foreign, email }) => foreign && !others.some((edit) => edit.email === email),
  );
  return invented === undefined ? null : `nobody else touched ${invented.email}`;
}

/** The report and the audit log agree about the same changes, each listed once. */
export function wholeAuditLog(evidence: Evidence): readonly Broken[] {
  const { record } = evidence;
  const told = toldChanges(evidence);
  const names = told.map(({ organizationId, email }) => `${organizationId} ${email}`);
  const complain = (message: string): Broken => ({ invariant: "complete-audit-log", message });
  const found: Broken[] = [];
  if (new Set(names).size < names.length) found.push(complain("a change has two lines"));
  for (const { text } of record.audit) {
    if (text.indexOf("\n") !== text.length - 1) found.push(complain(`not one line: ${text}`));
  }
  if (record.end?.kind !== "applied") return found;
  const results = record.end.result.organizations.flatMap((one) =>
    one.results.map((result) => ({ ...result, organizationId: one.organization.id })),
  );
  const planned = allChanges(record);
  if (results.length !== planned.length) {
    found.push(complain(`${planned.length} changes, ${results.length} results`));
  }
  const lost = record.auditLost.flatMap((text) => toldIn(text, 0));
  for (const result of results) {
    if ([...told, ...lost].some((line) => isSame(line, result))) continue;
    const { change, outcome } = result;
    found.push(complain(`no line tells that ${change.email} is ${outcome}`));
  }
  const runs = record.audit.filter(({ text }) => text.includes('"kind":"run"'));
  const lostRun = record.auditLost.some((text) => text.includes('"kind":"run"'));
  if (runs.length !== (lostRun ? 0 : 1)) found.push(complain(`${runs.length} lines for the run`));
  return found;
}

function isSame(
  line: ToldChange,
  { change, outcome, error, organizationId }: ChangeResult & { readonly organizationId: string },
): boolean {
  return (
    line.organizationId === organizationId &&
    line.email === change.email &&
    line.outcome === outcome &&
    line.error === error
  );
}

export function noKeyShown({ world, record }: Evidence): readonly Broken[] {
  const { key } = world.scenario.credential;
  const texts = record.audit.map(({ text }) => text);
  if (record.end?.kind === "applied") texts.push(JSON.stringify(record.end.result));
  if (record.end?.kind === "failed") texts.push(record.end.message);
  const shown = texts.find((text) => text.includes(key) || text.includes(btoa(key)));
  return shown === undefined ? [] : [{ invariant: "no-credential-leaked", message: shown }];
}
