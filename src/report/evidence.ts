/** The records of an evidence bundle: every change of access with its approval, and what the audit log says of each. */
import type { Role } from "../model/current.ts";
import type { AccessChange, ChangedRole } from "../model/history.ts";
import { compareText } from "../model/problem.ts";
import type { AuditedChange } from "../plan/audit-log-reader.ts";
import { matchAuditLog } from "../plan/match-audit-log.ts";

/** A cell of a table, and a member of a JSON document. Lists are joined in a cell. */
type Value = string | number | boolean | null | readonly string[];

export interface RecordSet {
  /** In the order of the columns, which is a part of the format. */
  readonly columns: readonly string[];
  readonly records: readonly Readonly<Record<string, Value>>[];
}

/** The changes of one organization's files. */
export interface OrganizationChanges {
  readonly id: string | null;
  readonly name: string | null;
  readonly source: string;
  readonly changes: readonly AccessChange[];
}

export interface Evidence {
  readonly changes: RecordSet;
  /** Null where there is no audit log. */
  readonly auditLog: RecordSet | null;
  readonly counts: EvidenceCounts;
}

interface EvidenceCounts {
  readonly changes: number;
  readonly withoutPullRequest: number;
  /** Null where there is no audit log. */
  readonly notCovered: number | null;
  /** Of the lines of the audit log those that no change of the files in the period asked for. */
  readonly unasked: number | null;
}

const CHANGE_COLUMNS = [
  "effective",
  "organization_id",
  "organization_name",
  "file",
  "email",
  "gained",
  "lost",
  "expired",
  "renamed_from",
  "renamed_to",
  "commit",
  "committed",
  "author",
  "subject",
  "pull_request",
  "audit_log",
  "carried_out",
  "outcome",
  "read_back",
  "run",
] as const;

const AUDIT_COLUMNS = [
  "when",
  "organization_id",
  "organization_name",
  "email",
  "action",
  "before",
  "after",
  "outcome",
  "error",
  "read_back",
  "reasons",
  "source",
  "run",
  "digest",
  "run_commit",
  "change_commit",
  "change_pull_request",
] as const;

/** `log` is what was recorded in the period, null where there is no audit log. */
export function evidenceOf(
  organizations: readonly OrganizationChanges[],
  log: readonly AuditedChange[] | null,
): Evidence {
  const all = organizations
    .flatMap((organization) => organization.changes.map((change) => ({ organization, change })))
    .sort(
      (a, b) =>
        a.change.time - b.change.time ||
        compareText(a.organization.source, b.organization.source) ||
        compareText(a.change.email, b.change.email),
    );
  const { by, others } = matchAuditLog(
    all.map(({ organization, change }) => ({ organizationId: organization.id, change })),
    log ?? [],
  );
  const asked = new Map<AuditedChange, AccessChange>();
  for (const [change, line] of by) if (!asked.has(line)) asked.set(line, change);
  return {
    changes: {
      columns: CHANGE_COLUMNS,
      records: all.map(({ organization, change }) =>
        changeRecord(organization, change, log === null ? "none" : (by.get(change) ?? null)),
      ),
    },
    auditLog:
      log === null
        ? null
        : {
            columns: AUDIT_COLUMNS,
            records: log.map((line) => auditRecord(line, asked.get(line) ?? null)),
          },
    counts: {
      changes: all.length,
      withoutPullRequest: all.filter(({ change }) => change.commit.pullRequest === null).length,
      notCovered: log === null ? null : all.length - by.size,
      unasked: log === null ? null : others.length,
    },
  };
}

function changeRecord(
  { id, name, source }: OrganizationChanges,
  { email, commit, time, ended, gained, lost, renamedFrom, renamedTo }: AccessChange,
  line: AuditedChange | "none" | null,
): Readonly<Record<(typeof CHANGE_COLUMNS)[number], Value>> {
  const covered = line === "none" ? null : line;
  return {
    effective: utc(time),
    organization_id: id,
    organization_name: name,
    file: source,
    email,
    gained: names(gained),
    lost: names(lost),
    expired: ended,
    renamed_from: renamedFrom,
    renamed_to: renamedTo,
    commit: commit.id,
    committed: utc(commit.time),
    author: commit.author,
    subject: commit.subject,
    pull_request: commit.pullRequest?.label ?? null,
    audit_log: line === "none" ? "no audit log" : line === null ? "not covered" : "covered",
    carried_out: covered === null ? null : utc(covered.time),
    outcome: covered?.outcome ?? null,
    read_back: readBack(covered),
    run: covered?.run ?? null,
  };
}

function auditRecord(
  line: AuditedChange,
  change: AccessChange | null,
): Readonly<Record<(typeof AUDIT_COLUMNS)[number], Value>> {
  return {
    when: utc(line.time),
    organization_id: line.organization.id,
    organization_name: line.organization.name,
    email: line.email,
    action: line.action,
    before: held(line.before),
    after: held(line.after),
    outcome: line.outcome,
    error: line.error,
    read_back: readBack(line),
    reasons: line.reasons,
    source: line.source,
    run: line.run,
    digest: line.digest,
    run_commit: line.commit,
    change_commit: change?.commit.id ?? null,
    change_pull_request: change?.commit.pullRequest?.label ?? null,
  };
}

/** Whether the run found Polytomic as planned when it listed the users again. */
function readBack(line: AuditedChange | null): string | null {
  if (line === null) return null;
  if (line.verified === null) return "not read back";
  return line.verified ? "as planned" : "differs";
}

function held(roles: readonly Role[] | null): readonly string[] | null {
  return roles?.map(({ name }) => name).sort(compareText) ?? null;
}

function names(roles: readonly ChangedRole[]): readonly string[] {
  return roles.map(({ name }) => name);
}

function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
