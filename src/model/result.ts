/** The result of an apply: one outcome per change, and whether Polytomic matches the plan. */
import type { Organization, Role } from "./current.ts";
import type { Change, Plan } from "./plan.ts";

/**
 * applied: made by this run. failed: attempted, and not made or in doubt (see error). not-attempted: never sent.
 * already: made before this run.
 */
export type Outcome = "applied" | "failed" | "not-attempted" | "already";

export interface ChangeResult {
  readonly change: Change;
  readonly outcome: Outcome;
  /** Why not; null where it is as planned. */
  readonly error: string | null;
}

/** A difference that the read-back found between what was planned and what is there. */
export interface Difference {
  readonly email: string;
  /** What was planned; for a foreign difference, what the plan saw. Null: no access. */
  readonly expected: readonly Role[] | null;
  readonly found: readonly Role[] | null;
  /** True if the plan had no change for this user: Polytomic was changed by others during the run. */
  readonly foreign: boolean;
}

export interface OrganizationResult {
  readonly organization: Organization;
  readonly source: string;
  /** In the plan's order, one for each of its changes. */
  readonly results: readonly ChangeResult[];
  /** Null when nothing was written or the users could not be listed again. */
  readonly verified: boolean | null;
  readonly differences: readonly Difference[];
}

export interface ApplyResult {
  readonly plan: Plan;
  readonly organizations: readonly OrganizationResult[];
  readonly interrupted: boolean;
  /**
   * Why the run stopped by itself before its end (the credential was refused, the audit log is full); null when it
   * did not.
   */
  readonly halted: string | null;
}

/**
 * Over all organizations: false when one is not as planned; null when nothing was written, or when one that
 * was written to could not be looked at.
 */
export function isVerified(organizations: readonly OrganizationResult[]): boolean | null {
  if (organizations.some(({ verified }) => verified === false)) return false;
  const written = organizations.filter(hasWrites);
  return written.length > 0 && written.every(({ verified }) => verified === true) ? true : null;
}

/** Whether a write was sent to it. */
export function hasWrites({ results }: OrganizationResult): boolean {
  return results.some(({ outcome }) => outcome === "applied" || outcome === "failed");
}
