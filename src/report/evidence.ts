/** The records of an evidence bundle: changes of access and review decisions with their commits, and the audit log. */
import type { Role } from "../model/current.ts";
import type { AccessChange, ChangedRole, Commit, ReviewMark } from "../model/history.ts";
import { compareText } from "../model/place.ts";
import type { AuditedChange } from "../plan/audit-log-reader.ts";
import { matchAuditLog } from "../plan/match-audit-log.ts";
import { timestamp } from "./history-words.ts";

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
  readonly reviews: readonly ReviewMark[];
}

export interface Evidence {
  readonly changes: RecordSet;
  readonly reviews: RecordSet;
  /** Null where there is no audit log. */
  readonly auditLog: RecordSet | null;
  readonly counts: EvidenceCounts;
}

interface EvidenceCounts {
  readonly changes: number;
  readonly withoutPullRequest: number;
  readonly reviews: ReviewCounts;
  /** Null where there is no audit log. */
  readonly notCovered: number | null;
  /** Of the lines of the audit log those that no change of the files in the period asked for. */
  readonly unasked: number | null;
}

export interface ReviewCounts {
  /** Users and organizations whose `reviewed` was set or changed; a user reviewed twice counts twice. */
  readonly confirmed: number;
  /** Of the same commits: users and organizations that lost a role. */
  readonly revoked: number;
  readonly withdrawn: number;
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

const REVIEW_COLUMNS = [
  "committed",
  "organization_id",
  "organization_name",
  "file",
  "email",
  "role",
  "role_id",
  "decision",
  "reviewed",
  "reviewed_before",
  "evidence",
  "commit",
  "author",
  "subject",
  "pull_request",
  "audit_log",
  "carried_out",
  "read_back",
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
export function collectEvidence(
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
  const coverageOf = (change: AccessChange) => (log === null ? "none" : (by.get(change) ?? null));
  const { records: reviews, counts: reviewCounts } = reviewRecords(organizations, coverageOf);
  return {
    reviews: { columns: REVIEW_COLUMNS, records: reviews },
    changes: {
      columns: CHANGE_COLUMNS,
      records: all.map(({ organization, change }) =>
        changeRecord(organization, change, coverageOf(change)),
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
      reviews: reviewCounts,
      notCovered: log === null ? null : all.length - by.size,
      unasked: log === null ? null : others.length,
    },
  };
}

function changeRecord(
  { id, name, source }: OrganizationChanges,
  { email, commit, time, ended, gained, lost, renamedFrom, renamedTo }: AccessChange,
  line: Coverage,
): Readonly<Record<(typeof CHANGE_COLUMNS)[number], Value>> {
  const covered = line === "none" ? null : line;
  return {
    effective: timestamp(time),
    organization_id: id,
    organization_name: name,
    file: source,
    email,
    gained: names(gained),
    lost: names(lost),
    expired: ended,
    renamed_from: renamedFrom,
    renamed_to: renamedTo,
    committed: timestamp(commit.time),
    ...commitFields(commit),
    ...coverageFields(line),
    outcome: covered?.outcome ?? null,
    run: covered?.run ?? null,
  };
}

/** The line of the audit log that carried out a change; null where the log has none, "none" without a log. */
type Coverage = AuditedChange | "none" | null;

function commitFields({ id, author, subject, pullRequest }: Commit) {
  return { commit: id, author, subject, pull_request: pullRequest?.label ?? null };
}

function coverageFields(line: Coverage) {
  const covered = line === "none" ? null : line;
  return {
    audit_log: line === "none" ? "no audit log" : line === null ? "not covered" : "covered",
    carried_out: covered === null ? null : timestamp(covered.time),
    read_back: readBack(covered),
  };
}

type ReviewRecord = Readonly<Record<(typeof REVIEW_COLUMNS)[number], Value>>;

/**
 * A record for each role of each decision, oldest first. A commit that sets `reviewed` anywhere is a review's: what it
 * takes away, in whatever organization, was revoked by that review as far as the files tell.
 */
function reviewRecords(
  organizations: readonly OrganizationChanges[],
  coverageOf: (change: AccessChange) => Coverage,
): { readonly records: readonly ReviewRecord[]; readonly counts: ReviewCounts } {
  const marks = organizations.flatMap(({ reviews }) => reviews);
  const confirming = marks.filter(({ reviewed }) => reviewed !== null);
  const reviewCommits = new Set(confirming.map(({ commit }) => commit.id));
  const records: { readonly time: number; readonly record: ReviewRecord }[] = [];
  let revoked = 0;
  for (const organization of organizations) {
    const byUser = new Map(
      organization.reviews.map((mark) => [`${mark.commit.id} ${mark.email}`, mark]),
    );
    for (const mark of organization.reviews) {
      const decision = mark.reviewed === null ? "withdrawn" : "keep";
      const roles = decision === "keep" && mark.roles.length > 0 ? mark.roles : [null];
      const record = recordOf(organization, mark, mark, decision, "reviewed");
      for (const role of roles) records.push({ time: mark.time, record: record(role, "none") });
    }
    for (const change of organization.changes) {
      const { commit, email, ended, lost, renamedTo, time } = change;
      const isRevoked = ended === null && renamedTo === null && lost.length > 0;
      if (!isRevoked || !reviewCommits.has(commit.id)) continue;
      revoked += 1;
      const mark = byUser.get(`${commit.id} ${email}`) ?? null;
      const evidence = mark === null ? "same commit" : "same entry";
      const record = recordOf(organization, change, mark, "revoke", evidence);
      for (const role of lost) records.push({ time, record: record(role, coverageOf(change)) });
    }
  }
  const text = (value: Value): string => String(value ?? "");
  const sorted = records.sort(
    (a, b) =>
      a.time - b.time ||
      (["file", "email", "decision", "role"] as const)
        .map((column) => compareText(text(a.record[column]), text(b.record[column])))
        .find((order) => order !== 0) ||
      0,
  );
  return {
    records: sorted.map(({ record }) => record),
    counts: {
      confirmed: confirming.length,
      revoked,
      withdrawn: marks.length - confirming.length,
    },
  };
}

function recordOf(
  { id, name, source }: OrganizationChanges,
  { email, commit }: Pick<AccessChange, "email" | "commit">,
  mark: ReviewMark | null,
  decision: "keep" | "revoke" | "withdrawn",
  evidence: "reviewed" | "same entry" | "same commit",
): (role: ChangedRole | null, line: Coverage) => ReviewRecord {
  return (role, line) => ({
    committed: timestamp(commit.time),
    organization_id: id,
    organization_name: name,
    file: source,
    email,
    role: role?.name ?? null,
    role_id: role?.id ?? null,
    decision,
    reviewed: mark?.reviewed ?? null,
    reviewed_before: mark?.before ?? null,
    evidence,
    ...commitFields(commit),
    ...(decision === "revoke"
      ? coverageFields(line)
      : { audit_log: null, carried_out: null, read_back: null }),
  });
}

function auditRecord(
  line: AuditedChange,
  change: AccessChange | null,
): Readonly<Record<(typeof AUDIT_COLUMNS)[number], Value>> {
  return {
    when: timestamp(line.time),
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
