/** The desired state of one organization: its file and everything that file includes, merged and checked. */
import { type Day, hasEnded } from "./days.ts";
import type { Place, Written } from "./place.ts";
import type { Problem } from "./problem.ts";
import type { Rule } from "./rule.ts";

/** A guard's limit: a share of the users (in percent), or a number. */
export type Limit =
  | { readonly kind: "share"; readonly percent: number }
  | { readonly kind: "count"; readonly count: number };

/** Where a limit stands; null where the default holds. */
export interface LimitPlaces {
  readonly maxRemovals: Place | null;
  readonly maxRoleChanges: Place | null;
  readonly minAdmins: Place | null;
}

export const nowhere: LimitPlaces = { maxRemovals: null, maxRoleChanges: null, minAdmins: null };

export interface Policy {
  readonly unmanaged: "remove" | "keep";
  readonly onRemoval: "remove" | { readonly demoteTo: string; readonly place: Place };
  /** Patterns over e-mail addresses: `*` is any run of characters; no regard to case. */
  readonly ignore: readonly string[];
  readonly protected: readonly string[];
  readonly maxRemovals: Limit;
  readonly maxRoleChanges: Limit;
  readonly minAdmins: number;
  readonly adminRole: string;
  /** False: a user who is in the files and not in Polytomic is pending, never created. */
  readonly create: boolean;
  /** Sorted by name; those of included files among them. */
  readonly rules: readonly Rule[];
  /** Where admin_role stands, or the file's top when it is the default. */
  readonly adminRolePlace: Place;
  readonly limitPlaces: LimitPlaces;
}

/** A user's membership of a group. */
export interface Membership {
  /** The group's name as the user's entry has it. */
  readonly name: string;
  readonly expires: Day | null;
  readonly place: Place;
}

/** One role granted to one user, directly or through a group. */
export interface Grant {
  /** As written: an alias of `roles`, a role's name, or a role's id. */
  readonly role: string;
  /** The group it comes through, as the group is defined. */
  readonly group: string | null;
  /** The last day of this grant: the earlier of the role's and the membership's. */
  readonly expires: Day | null;
  readonly place: Place;
}

/** An entry of `users`. */
export interface DesiredUser {
  /** As written. Addresses compare by `emailKey`. */
  readonly email: string;
  readonly previously: Written<string> | null;
  /** The last day of this user's access. */
  readonly expires: Day | null;
  readonly reason: string | null;
  /** When the user's access was last confirmed; null when it never was. */
  readonly reviewed: Written<Day> | null;
  /**
   * In one file the direct grants; of an organization also those through groups. Never empty then; may name one role
   * more than once (directly and through a group).
   */
  readonly grants: readonly Grant[];
  readonly memberships: readonly Membership[];
  readonly place: Place;
}

/** The grants that have not ended on that day; none once all access of the user has ended. */
export function liveGrants(
  { expires, grants }: Pick<DesiredUser, "expires" | "grants">,
  asOf: Day,
): readonly Grant[] {
  return hasEnded(expires, asOf) ? [] : grants.filter((one) => !hasEnded(one.expires, asOf));
}

/** A name that the file gives to a role id. */
export interface RoleAlias {
  readonly name: string;
  readonly id: string;
  readonly place: Place;
}

export interface DesiredOrganization {
  /** Id or exact name; null is the caller's own. */
  readonly organization: string | null;
  /** Where `organization` stands, or the file's top when it is left out. */
  readonly place: Place;
  /** The path of the file as the user named it, `-` for standard input. */
  readonly source: string;
  /** The paths of the file and of all that it includes. */
  readonly files: readonly string[];
  readonly aliases: readonly RoleAlias[];
  readonly policy: Policy;
  /** In the order of the files; no address twice. */
  readonly users: readonly DesiredUser[];
}

/** What the files say: the organizations that can be planned, and those that cannot. */
export interface LoadedFiles {
  readonly organizations: readonly DesiredOrganization[];
  readonly broken: readonly BrokenFile[];
  readonly problems: readonly Problem[];
}

export function validFiles(organizations: readonly DesiredOrganization[]): LoadedFiles {
  return { organizations, broken: [], problems: [] };
}

/** An organization's file that nothing can be planned from. */
export interface BrokenFile {
  readonly source: string;
  /** Id or name; null where the file does not tell. */
  readonly organization: string | null;
  readonly why:
    /** Of the file and of what it includes; empty where only another file with the same organization has one. */
    | { readonly code: "problems"; readonly problems: readonly Problem[] }
    /** It names no organization, and stands beside files whose includes are not known. */
    | { readonly code: "may-be-included" };
}

/** `25%` (whole percents up to 100) or `12`, as files and flags write limits; null for anything else. */
export function parseLimit(written: string | number): Limit | null {
  const text = String(written);
  const share = /^(100|[1-9]?\d)%$/.exec(text)?.[1];
  if (share !== undefined) return { kind: "share", percent: Number(share) };
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? { kind: "count", count } : null;
}

export function formatLimit(limit: Limit): string {
  return limit.kind === "share" ? `${limit.percent}%` : String(limit.count);
}

/** Polytomic keeps addresses in lower case: two that differ only in case are one user. */
export function emailKey(email: string): string {
  return email.toLowerCase();
}

/** As the schema of the users file has it. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(text);
}

/** Polytomic's ids are UUIDs. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Role and group names match without regard to case. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/**
 * Two written roles with the same key are one role, whatever Polytomic has: a name in another case, an alias
 * and its id. `aliases` by `nameKey`.
 */
export function writtenRoleKey(name: string, aliases: ReadonlyMap<string, RoleAlias>): string {
  return nameKey(aliases.get(nameKey(name))?.id ?? name);
}
