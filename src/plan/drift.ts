/**
 * Whether a change is planned because Polytomic was changed outside the files (drift) or because the files changed.
 * Decided by comparison with an earlier state: a saved plan, an audit log, or both.
 */
import { emailKey } from "../model/desired.ts";
import type { Cause, Change, Plan } from "../model/plan.ts";
import { compareText } from "../model/place.ts";

/** Role ids, sorted; null: not in Polytomic. */
export type Roles = readonly string[] | null;

/** The earlier state of one user. */
export type Known =
  | { readonly kind: "was"; readonly roles: Roles }
  /** A change was planned or tried, and its outcome is not known. */
  | { readonly kind: "either"; readonly before: Roles; readonly after: Roles };

/** The earlier state of one organization. */
export interface Earlier {
  /** True where `users` lists all users: any other user did not exist then. */
  readonly complete: boolean;
  /** By `emailKey`. */
  readonly users: ReadonlyMap<string, Known>;
}

/** By organization id. */
export type Baseline = ReadonlyMap<string, Earlier>;

/** A change of one user that an earlier run made or may have made. */
export interface Recorded {
  readonly organizationId: string;
  readonly email: string;
  readonly before: Roles;
  readonly after: Roles;
  /** True where it was certainly made. */
  readonly made: boolean;
}

/** The users as a saved plan recorded them, and its planned changes. */
export function planBaseline({ organizations }: Pick<Plan, "organizations">): Baseline {
  return new Map(
    organizations.map(({ organization, seen, changes }) => {
      const users = new Map<string, Known>(
        seen.map(({ email, roleIds }) => [emailKey(email), { kind: "was", roles: roleIds }]),
      );
      for (const change of changes) {
        const { before, after } = toRoleIds(change);
        users.set(emailKey(change.email), { kind: "either", before, after });
      }
      return [organization.id, { complete: true, users }];
    }),
  );
}

/** Later records replace earlier ones. */
export function addRecorded(baseline: Baseline, recorded: readonly Recorded[]): Baseline {
  const result = new Map(
    [...baseline].map(([id, { complete, users }]) => [id, { complete, users: new Map(users) }]),
  );
  for (const { organizationId, email, before, after, made } of recorded) {
    const earlier = result.get(organizationId) ?? { complete: false, users: new Map() };
    result.set(organizationId, earlier);
    const known: Known = made ? { kind: "was", roles: after } : { kind: "either", before, after };
    earlier.users.set(emailKey(email), known);
  }
  return result;
}

/** Marks each change with its cause, which is not in the digest. */
export function markCauses(plan: Plan, baseline: Baseline): Plan {
  return {
    ...plan,
    organizations: plan.organizations.map((one) => {
      const earlier = baseline.get(one.organization.id) ?? NOTHING;
      const marked = (change: Change): Change => ({ ...change, cause: findCause(change, earlier) });
      return { ...one, changes: one.changes.map(marked), leftOut: one.leftOut.map(marked) };
    }),
  };
}

const NOTHING: Earlier = { complete: false, users: new Map() };

/**
 * | Polytomic has now         | cause   |
 * | ------------------------- | ------- |
 * | what it had then          | files   |
 * | what a change made of it  | files   |
 * | what it had before a change that may have been made | unknown: not made, or made and undone |
 * | anything else             | drift   |
 */
function findCause(change: Change, { complete, users }: Earlier): Cause {
  const now = toRoleIds(change).before;
  const known = users.get(emailKey(change.email));
  if (known === undefined) return complete ? causeIf(same(now, null)) : "unknown";
  if (known.kind === "was") return causeIf(same(now, known.roles));
  if (same(now, known.after)) return "files";
  return same(now, known.before) ? "unknown" : "drift";
}

function causeIf(asItWas: boolean): Cause {
  return asItWas ? "files" : "drift";
}

function toRoleIds({ before, after }: Change): { readonly before: Roles; readonly after: Roles } {
  const ids = (roles: Change["before"]): Roles =>
    roles?.map(({ id }) => id).sort(compareText) ?? null;
  return { before: ids(before), after: ids(after) };
}

function same(a: Roles, b: Roles): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
