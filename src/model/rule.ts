/** The rules of `policy.rules`, as written in the files. `plan/rules.ts` checks them. */
import type { Place } from "./place.ts";

/** A role as written: an alias of `roles`, a role's name, or its id. */
export interface RuleRole {
  readonly name: string;
  readonly place: Place;
}

export type Assertion =
  /** No user has two of these roles. */
  | { readonly kind: "conflict"; readonly roles: readonly RuleRole[] }
  /** Each grant ends, at most so many days ahead. */
  | { readonly kind: "expires_within"; readonly days: number }
  /** The user's reason matches a pattern in RE2 syntax. */
  | {
      readonly kind: "reason";
      readonly pattern: string;
      readonly matches: (reason: string) => boolean;
    }
  /** No user has an address of another domain. */
  | { readonly kind: "domains"; readonly domains: readonly string[] }
  /** No more than so many users hold the roles. */
  | { readonly kind: "at_most"; readonly count: number }
  /** The roles are never granted directly. */
  | { readonly kind: "through"; readonly through: "groups" }
  /** The user's `reviewed` day is at most so many days ago. */
  | { readonly kind: "reviewed_within"; readonly days: number };

export interface RuleException {
  readonly email: string;
  /** The last day of the exception, `YYYY-MM-DD`. */
  readonly until: string;
  readonly reason: string | null;
  readonly place: Place;
}

export interface Rule {
  readonly name: string;
  readonly level: "error" | "warning";
  /** Patterns over addresses; null is all users. */
  readonly who: readonly string[] | null;
  /** Null is every role. */
  readonly roles: readonly RuleRole[] | null;
  readonly assertion: Assertion;
  readonly except: readonly RuleException[];
  readonly place: Place;
}

/** A violation of a rule with its values, worded in `model/rule-words.ts`. */
export type RuleFinding = {
  readonly rule: string;
  readonly level: Rule["level"];
  /** The grant that breaks the rule, else the user's entry, else the rule itself. */
  readonly place: Place;
} & (
  | { readonly kind: "conflict"; readonly email: string; readonly roles: readonly string[] }
  | {
      readonly kind: "expires_within";
      readonly email: string;
      readonly role: string;
      /** Null where it never ends. */
      readonly until: string | null;
      readonly latest: string;
      readonly days: number;
    }
  | {
      readonly kind: "reason";
      readonly email: string;
      readonly reason: string | null;
      readonly pattern: string;
    }
  | { readonly kind: "domains"; readonly email: string; readonly domains: readonly string[] }
  | {
      readonly kind: "at_most";
      /** Sorted addresses. */
      readonly holders: readonly string[];
      readonly limit: number;
      /** Null is any role. */
      readonly roles: readonly string[] | null;
    }
  | {
      readonly kind: "through";
      readonly email: string;
      readonly role: string;
      /** False where Polytomic has it and the files do not grant it. */
      readonly inFiles: boolean;
    }
  | {
      readonly kind: "reviewed_within";
      readonly email: string;
      /** Null where it never was. */
      readonly reviewed: string | null;
      readonly days: number;
    }
  /** An exception that is over; it has no effect any more. */
  | { readonly kind: "exception-ended"; readonly email: string; readonly until: string }
  /** Read back from a saved plan. */
  | { readonly kind: "saved"; readonly text: string }
);
