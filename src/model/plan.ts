/** The plan, as plain data: exactly this value is shown, checked by the guards, saved and executed. */
import type { Organization, Role } from "./current.ts";
import type { Limit, Policy } from "./desired.ts";
import type { Day } from "./days.ts";
import type { Place } from "./place.ts";
import type { RuleFinding } from "./rule.ts";

/**
 * Why Polytomic differs from the files. drift: Polytomic was changed outside the files. files: the files changed.
 * unknown: the earlier state does not tell.
 */
export type Cause = "drift" | "files" | "unknown";

/**
 * Why a change is planned. A rename and the cause are members of the change itself. `model/plan-words.ts` words all
 * of them.
 */
export type Reason =
  | { readonly code: "group"; readonly group: string }
  | { readonly code: "not-in-files" }
  /** `previously` of an entry whose access has ended. */
  | { readonly code: "former-address"; readonly of: string }
  | { readonly code: "access-expired"; readonly on: Day }
  | { readonly code: "role-expired"; readonly role: string; readonly on: Day }
  /** The user's `reason` in the files. */
  | { readonly code: "note"; readonly text: string }
  /** As a saved plan has it: already worded. */
  | { readonly code: "saved"; readonly text: string };

interface AnyChange {
  /** In lower case, as Polytomic keeps it. */
  readonly email: string;
  readonly reasons: readonly Reason[];
  /** The place in the files; null where the user is not in the files. */
  readonly source: Place | null;
  /** Only where the plan was compared with an earlier state (`--since`). */
  readonly cause?: Cause;
}

/** Roles in a change are sorted by name, then id, and none is there twice. */
export interface Create extends AnyChange {
  readonly action: "create";
  readonly userId: null;
  readonly before: null;
  readonly after: readonly Role[];
  /** The last day on which all of `after` holds; null where nothing of it ends. */
  readonly until: Day | null;
  /** A rename: this address replaces that one, whose removal is a change of its own. */
  readonly renamedFrom: string | null;
}

export interface Update extends AnyChange {
  readonly action: "update";
  readonly userId: string;
  readonly before: readonly Role[];
  readonly after: readonly Role[];
  readonly until: Day | null;
  /** True where `policy.on_removal` turned a removal into this demotion. */
  readonly insteadOfRemoval: boolean;
}

export interface Remove extends AnyChange {
  readonly action: "remove";
  readonly userId: string;
  readonly before: readonly Role[];
  readonly after: null;
  /** A rename: removed only once that address is there. */
  readonly renamedTo: string | null;
}

export type Change = Create | Update | Remove;

export type GuardName =
  | "max-removals"
  | "max-role-changes"
  | "min-admins"
  | "self"
  | "protected"
  | "implausible-state"
  | "approved-plan"
  | "rule";

/** A guard violation with its numbers, worded in `model/plan-words.ts`. */
export type Violation = {
  /** The line of the files that it is about, where there is one. */
  readonly place: Place | null;
} & (
  | {
      readonly guard: "max-removals" | "max-role-changes";
      /** How many users the whole plan removes or changes, those that `--only` leaves out included. */
      readonly count: number;
      readonly leftOut: number;
      /** How many users there are. */
      readonly users: number;
      readonly limit: Limit;
      /** How many the limit allows. */
      readonly allowed: number;
    }
  | {
      readonly guard: "min-admins";
      /** whole: the plan with what `--only` leaves out. only: without it. plan: nothing is left out. */
      readonly scope: "plan" | "whole" | "only";
      readonly adminRole: string;
      readonly now: number;
      readonly left: number;
      readonly minimum: number;
    }
  | {
      readonly guard: "self" | "protected";
      readonly email: string;
      /**
       * The names of the roles that would be lost; unknown where Polytomic does not show the user's roles; null where
       * the user would be removed.
       */
      readonly loses: readonly string[] | "unknown" | null;
      /** True where `--only` leaves the change out. */
      readonly leftOut: boolean;
    }
  | { readonly guard: "implausible-state"; readonly why: Implausible }
  | { readonly guard: "rule"; readonly finding: RuleFinding }
  | {
      readonly guard: "approved-plan";
      /** Null where it is about the organization. */
      readonly email: string | null;
      readonly conflict: Conflict;
    }
);

/** Why a list of users cannot be true. */
export type Implausible =
  /** `first` counts from 1. */
  | {
      readonly code: "incomplete";
      readonly count: number;
      readonly of: number;
      readonly first: number;
    }
  /** Addresses and ids, sorted. */
  | { readonly code: "listed-twice"; readonly who: readonly string[] }
  | { readonly code: "other-organization"; readonly count: number; readonly of: number }
  /** `caller` is an address or an id. */
  | { readonly code: "caller-missing"; readonly caller: string; readonly of: number };

/** Why a change of an approved plan cannot be made any more. */
export type Conflict =
  | { readonly code: "exists"; readonly roles: readonly Role[] }
  | { readonly code: "missing" }
  | { readonly code: "recreated" }
  | {
      readonly code: "other-roles";
      readonly before: readonly Role[];
      readonly now: readonly Role[];
    }
  | { readonly code: "access-expired"; readonly on: Day }
  | { readonly code: "role-missing"; readonly role: string; readonly admin: boolean }
  | { readonly code: "role-renamed"; readonly role: string; readonly now: string };

/** A user in Polytomic without access in the files, who is kept. */
export interface KeptUser extends UntouchedUser {
  /** True where `policy.on_removal` is the reason: the access ended before, and was turned into the lower role. */
  readonly demoted: boolean;
  /** The files list the user, but all access there has expired. */
  readonly expired?: true;
  /** The new address, where this is the old one of a rename that waits for it (`policy.create: false`). */
  readonly renamedTo?: string;
}

/** A user in Polytomic whom the plan does not change. */
export interface UntouchedUser {
  readonly email: string;
  readonly roles: readonly Role[];
}

/** A user when the plan was made: saved with it, so that a later run can detect changes. */
export interface SeenUser {
  readonly email: string;
  readonly userId: string;
  /** Sorted. */
  readonly roleIds: readonly string[];
}

export interface Expiring {
  readonly email: string;
  /** The role that ends, or null when the whole access does. */
  readonly role: string | null;
  readonly on: Day;
  readonly source: Place;
}

/** What the guards need to know beside the changes; saved with the plan, so that they can judge again. */
export interface GuardInputs {
  readonly adminRole: Role;
  readonly policy: Pick<
    Policy,
    "ignore" | "protected" | "maxRemovals" | "maxRoleChanges" | "minAdmins" | "limitPlaces"
  >;
  /** How many users Polytomic has in the organization that are not ignored. */
  readonly users: number;
  /**
   * The addresses that hold the admin role now, sorted. Ignored users do not count: a vendor's staff must not be the
   * only admins left.
   */
  readonly admins: readonly string[];
  /** The caller's user id where the key is a user's. */
  readonly callerId: string | null;
  /** Why the answers cannot be true; empty when they can. */
  readonly implausible: readonly Implausible[];
}

/** A user in the files who must be created elsewhere first (`policy.create: false`). */
export interface PendingUser extends UntouchedUser {
  readonly source: Place;
}

/**
 * What the reader of a plan should know of how it was made. roles-not-listed: the key may not list roles, so that their
 * names come from the files. caller-unknown: Get Identity was refused, so that the guard `self` cannot judge.
 * roles-unknown: the list of users has neither the role ids nor the legacy role of these users.
 * access-kept: the files end the access of these users, and no user is removed (`create: false`, `unmanaged: keep`).
 */
export type Notice =
  | { readonly code: "roles-not-listed" }
  | { readonly code: "caller-unknown" }
  | { readonly code: "access-kept"; readonly emails: readonly string[] }
  | { readonly code: "roles-unknown"; readonly emails: readonly string[] };

export interface OrganizationPlan {
  readonly organization: Organization;
  /** The path of the file. */
  readonly source: string;
  readonly guardInputs: GuardInputs;
  /** In the order of the apply (`plan/order.ts`). */
  readonly changes: readonly Change[];
  /** Changes that `--only` leaves out: judged by the guards, not applied. */
  readonly leftOut: readonly Change[];
  /** Users who are already up to date. */
  readonly unchanged: number;
  readonly expiring: readonly Expiring[];
  readonly unmanaged: readonly KeptUser[];
  readonly ignored: readonly UntouchedUser[];
  /** Users of the files who are not in Polytomic and are not created (`policy.create: false`). */
  readonly pending: readonly PendingUser[];
  readonly notices: readonly Notice[];
  /** All users of Polytomic, sorted by address. */
  readonly seen: readonly SeenUser[];
  /** What breaks the policy's rules in the state that the apply would leave: errors are violations, others warnings. */
  readonly ruleFindings: readonly RuleFinding[];
  readonly violations: readonly Violation[];
}

/** An organization that could not be planned; the others still are. */
export interface FailedOrganization {
  readonly source: string;
  readonly organization: string | null;
  readonly message: string;
}

export interface Plan {
  /** The API's address that it was made for. */
  readonly url: string;
  /** Sorted by organization name, then id. */
  readonly organizations: readonly OrganizationPlan[];
  readonly failed: readonly FailedOrganization[];
  /**
   * Organizations that the key reaches and no file names, sorted by name. Absent where that is not known: with an
   * API key, with `--organization`, and in plans that earlier versions saved. Not in the digest.
   */
  readonly uncovered?: readonly Organization[];
  /** `sha256:…` (`plan/digest.ts`); null where no organization could be planned. */
  readonly digest: string | null;
}

export function violationsOf(plan: Plan): readonly Violation[] {
  return plan.organizations.flatMap(({ violations }) => violations);
}

export function changeCount(plan: Plan): number {
  return plan.organizations.reduce((sum, { changes }) => sum + changes.length, 0);
}

/** The other address of a rename; null where the change is no part of one. */
export function pairedAddress(change: Change): string | null {
  switch (change.action) {
    case "create":
      return change.renamedFrom;
    case "remove":
      return change.renamedTo;
    case "update":
      return null;
  }
}
