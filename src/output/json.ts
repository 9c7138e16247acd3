/** JSON for other programs, so its names do not change: the (saved) plan, the report of an apply, the access report. */
import { formatPlace } from "../model/place.ts";
import {
  type AccessTable,
  type Figures,
  type Origin,
  organizationIdOf,
  roleIdOf,
  type UserAccess,
} from "../model/access.ts";
import type { Organization } from "../model/current.ts";
import type { ExplainedOrganization, Explanation } from "../model/explanation.ts";
import type { AccessChange, Commit, Since } from "../model/history.ts";
import { jsonDocument } from "../model/text.ts";
import { problemText, type Problem } from "../model/problem.ts";
import { differenceText } from "../model/plan-words.ts";
import type { FailedOrganization, Plan } from "../model/plan.ts";
import { type ApplyResult, type ChangeResult, type Outcome, isVerified } from "../model/result.ts";
import { noteText, timestamp } from "../report/history-words.ts";
import { planDocument, uncoveredDocument } from "../plan/plan-document.ts";

/** Described by `schemas/plan.schema.json`; `apply --plan` reads it. */
export function renderPlanJson(plan: Plan): string {
  return jsonDocument(planDocument(plan));
}

/** The plan's members, and what became of each change. */
export function renderApplyJson(result: ApplyResult, origin: Origin | null = null): string {
  const { checksum: _, ...plan } = planDocument(result.plan);
  const all = result.organizations.flatMap(({ results }) => results);
  return jsonDocument({
    ...(origin === null ? {} : resultOrigin(origin)),
    ...plan,
    summary: {
      ...plan.summary,
      applied: count(all, "applied"),
      failed: count(all, "failed"),
      not_attempted: count(all, "not-attempted"),
      already: count(all, "already"),
    },
    results: result.organizations.flatMap(({ organization, results }) =>
      results.map(({ change, outcome, error }) => ({
        organization_id: organization.id,
        action: change.action,
        email: change.email,
        outcome,
        error,
      })),
    ),
    verified: isVerified(result.organizations),
    differences: result.organizations.flatMap(({ organization, differences }) =>
      differences.map((difference) => ({
        organization_id: organization.id,
        email: difference.email,
        message: differenceText(difference),
        foreign: difference.foreign,
      })),
    ),
    interrupted: result.interrupted,
    halted: result.halted,
  });
}

function resultOrigin(origin: Origin) {
  const { basis: _, committed_at: __, ...rest } = originDocument(origin);
  return rest;
}

export function renderReportJson({ origin, tables, uncovered, failed }: ReportContent): string {
  return jsonDocument({
    format_version: 1,
    ...originDocument(origin),
    organizations: tables.map((table) => {
      const { organization, source, adminRole, users } = table;
      const toDocument = (user: UserAccess): unknown => userDocument(table, user);
      return {
        organization_id: organizationIdOf(table),
        organization_name: organization.name,
        source,
        admin_role: { id: roleIdOf(table, adminRole), name: adminRole.name },
        users: users.filter(({ now }) => now).map(toDocument),
        pending: users.filter(({ now }) => !now).map(toDocument),
      };
    }),
    ...(uncovered === undefined || uncovered === null
      ? {}
      : { uncovered: uncoveredDocument(uncovered) }),
    failed,
  });
}

export interface ReportContent {
  readonly origin: Origin;
  readonly tables: readonly AccessTable[];
  /** Organizations that the key reaches and no file covers; nothing where that is not known. */
  readonly uncovered?: readonly Organization[] | null;
  /** Organizations that could not be read: their users are missing. */
  readonly failed: readonly FailedOrganization[];
}

/** The origin of a report or a result. `basis`: both, polytomic (no files), or files (Polytomic not asked). */
function originDocument(origin: Origin) {
  const { basis, asOf, madeAt, version, commit, committedAt, url, credential, figures } = origin;
  return {
    basis,
    as_of: asOf,
    made_at: timestamp(madeAt),
    made_by: `polytomic-users ${version}`,
    commit,
    committed_at: committedAt === null ? null : timestamp(committedAt),
    url,
    credential,
    users: figures === null ? null : figuresDocument(figures),
    notes: origin.notes.map((note) => ({ code: note.code, message: noteText(note) })),
  };
}

export function figuresDocument(figures: Figures) {
  const { organizations, listed, reported, ignored, leftOut, pending } = figures;
  return { organizations, listed, reported, ignored, left_out: leftOut, pending };
}

function userDocument(table: AccessTable, user: UserAccess): unknown {
  const { email, state, now, holdings, expires, reason, source } = user;
  return {
    email,
    state,
    roles: holdings
      .filter((holding) => holding.now || !now)
      .map(({ role, from, expires, since = null }) => ({
        id: roleIdOf(table, role),
        name: role.name,
        granted: from.length > 0,
        from,
        since: since === null ? null : sinceDocument(since),
        expires,
      })),
    expires,
    reason,
    source: source === null ? null : formatPlace(source),
  };
}

export function renderExplanationJson(explanation: Explanation): string {
  const { email, asOf, organizations, withHistory, notes, failed } = explanation;
  return jsonDocument({
    format_version: 1,
    email,
    as_of: asOf,
    organizations: organizations.map(explainedDocument),
    ...(withHistory ? { history: historyDocument(organizations) } : {}),
    notes: notes.map((note) => ({ code: note.code, message: noteText(note) })),
    failed,
  });
}

function explainedDocument({ id, name, source, state, roles }: ExplainedOrganization): unknown {
  return {
    organization_id: id,
    organization_name: name,
    source,
    state,
    roles: roles.map(({ id, name, held, since, grants }) => ({
      id,
      name,
      held,
      grants: grants.map(({ place, group, expires, reason }) => {
        const { path, line } = place;
        return { path, line, group, expires, reason, since: sinceDocument(since) };
      }),
    })),
  };
}

/** All organizations' changes, newest first. */
function historyDocument(organizations: readonly ExplainedOrganization[]): unknown {
  return organizations
    .flatMap(({ id, name, source, history }) =>
      history.map((change) => ({ id, name, source, change })),
    )
    .sort((a, b) => b.change.time - a.change.time)
    .map(({ id, name, source, change }) => ({
      ...changeDocument(change),
      organization_id: id,
      organization_name: name,
      source,
    }));
}

/** `date` is when it took effect: of what expired, the day after the last day. */
function changeDocument(change: AccessChange) {
  const { commit, time, gained, lost, ended, renamedFrom, renamedTo } = change;
  return {
    ...commitDocument(commit),
    date: timestamp(time),
    gained: gained.map(({ name }) => name),
    lost: lost.map(({ name }) => name),
    expired: ended,
    renamed_from: renamedFrom,
    renamed_to: renamedTo,
  };
}

/** Null where it is unknown; `notes` says why. */
function sinceDocument(since: Since): ReturnType<typeof commitDocument> | null {
  return since.kind === "commit" ? commitDocument(since.commit) : null;
}

function commitDocument({ id, time, author, subject, pullRequest }: Commit) {
  return {
    commit: id,
    date: timestamp(time),
    author,
    subject,
    pull_request: pullRequest?.number ?? null,
  };
}

export function renderProblemsJson(
  problems: readonly Problem[],
  warnings: readonly Problem[],
): string {
  return jsonDocument({
    valid: problems.length === 0,
    problems: problems.map(problemDocument),
    warnings: warnings.map(problemDocument),
  });
}

function problemDocument(problem: Problem) {
  return { ...problem.place, code: problem.code, message: problemText(problem) };
}

function count(results: readonly ChangeResult[], outcome: Outcome): number {
  return results.filter((result) => result.outcome === outcome).length;
}
