/** Collects the users of an organization's files, each once, with all of their grants. */
import {
  type DesiredUser,
  emailKey,
  type Grant,
  type Membership,
  nameKey,
  type RoleAlias,
  writtenRoleKey,
} from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { nameFinder } from "../model/nearest-name.ts";
import type { Report } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { quote } from "../model/problem-words.ts";
import { compilePatterns } from "../model/patterns.ts";
import type { ParsedFile, ParsedGroup } from "./parsed-file.ts";

export interface Definitions {
  readonly groups: ReadonlyMap<string, ParsedGroup>;
  readonly aliases: ReadonlyMap<string, RoleAlias>;
  /** False when some group may be missing because its file could not be parsed. */
  readonly complete: boolean;
}

export function mergeUsers(
  files: readonly ParsedFile[],
  definitions: Definitions,
  report: Report,
): readonly DesiredUser[] {
  const grantsOf = grantReader(definitions, report);
  const users = new Map<string, DesiredUser>();
  for (const user of files.flatMap((file) => file.users ?? [])) {
    const first = users.get(emailKey(user.email));
    if (first === undefined) users.set(emailKey(user.email), user);
    else {
      const { reported, other } = reportedFirst(first, user);
      report(reported.place, "duplicate-user", { email: reported.email, at: other.place });
      grantsOf(user); // reports its other problems
    }
  }
  reportSameLooking([...users.values()], report);
  reportRenames(users, report);
  reportIgnored(files, users, report);
  return [...users.values()].map((user) => ({ ...user, grants: grantsOf(user) }));
}

/** Two addresses that look the same but have different code points. */
function reportSameLooking(users: readonly DesiredUser[], report: Report): void {
  const byLook = new Map<string, DesiredUser>();
  for (const user of users) {
    // oxlint-disable-next-line no-control-regex
    if (/^[\u0000-\u007F]*$/.test(user.email)) continue;
    const look = emailKey(user.email).normalize("NFC");
    const first = byLook.get(look);
    if (first === undefined) byLook.set(look, user);
    else {
      const { reported, other } = reportedFirst(first, user);
      report(reported.place, "same-looking-user", { email: reported.email, at: other.place });
    }
  }
}

/** A previous address belongs to one user, who has another address now. */
function reportRenames(users: ReadonlyMap<string, DesiredUser>, report: Report): void {
  const renames = new Map<string, { readonly user: DesiredUser; readonly place: Place }>();
  for (const user of users.values()) {
    const { previously } = user;
    if (previously === null) continue;
    const { value: email, place } = previously;
    const listed = users.get(emailKey(email));
    if (listed === user) report(place, "rename-to-itself", {});
    else if (listed !== undefined) report(place, "rename-of-listed", { email, at: listed.place });
    const other = renames.get(emailKey(email));
    if (other === undefined) renames.set(emailKey(email), { user, place });
    else {
      const { reported, other: twin } = reportedFirst(other, { user, place });
      const both = [other.user.email, user.email] as const;
      report(reported.place, "duplicate-rename", { email, users: both, at: twin.place });
    }
  }
}

/** A user cannot be both listed (managed) and ignored. */
function reportIgnored(
  files: readonly ParsedFile[],
  users: ReadonlyMap<string, DesiredUser>,
  report: Report,
): void {
  const patterns = files.flatMap(({ policy }) => policy.ignore);
  if (patterns.length === 0) return;
  const matchers = patterns.map((pattern) => ({
    pattern,
    matches: compilePatterns([pattern.value]),
  }));
  const anyMatches = compilePatterns(patterns.map(({ value }) => value));
  const check = (email: string, place: Place): void => {
    const found = anyMatches(email) ? matchers.find(({ matches }) => matches(email)) : undefined;
    if (found === undefined) return;
    const { value: pattern, place: at } = found.pattern;
    report(place, "ignored-user", { email, pattern, at });
  };
  for (const { email, place, previously } of users.values()) {
    check(email, place);
    if (previously !== null) check(previously.value, previously.place);
  }
}

/** Everything a user is granted, directly and through groups. */
function grantReader(
  { groups, aliases, complete }: Definitions,
  report: Report,
): (user: DesiredUser) => readonly Grant[] {
  const known = [...groups.values()].map(({ name }) => name);
  const findNear = nameFinder(known);
  return (user) => {
    const owner = quote(user.email);
    reportRepeatedRoles(user.grants, aliases, owner, report);
    reportRepeatedGroups(user.memberships, owner, report);
    const grants = [...user.grants];
    for (const { name, expires, place } of user.memberships) {
      const group = groups.get(nameKey(name));
      if (group !== undefined) {
        for (const grant of capExpiry(group.grants, expires)) grants.push(grant);
      } else if (complete) {
        const isRole = aliases.has(nameKey(name));
        report(place, "unknown-group", { name, near: findNear(name), known, isRole });
      }
    }
    return grants;
  };
}

/** A grant through a group ends with the membership at the latest. */
function capExpiry(grants: readonly Grant[], last: Day | null): readonly Grant[] {
  if (last === null) return grants;
  return grants.map((grant) =>
    grant.expires !== null && grant.expires < last ? grant : { ...grant, expires: last },
  );
}

function reportRepeatedGroups(
  memberships: readonly Membership[],
  owner: string,
  report: Report,
): void {
  if (memberships.length < 2) return;
  const seen = new Map<string, Place>();
  for (const { name, place } of memberships) {
    const at = seen.get(nameKey(name));
    if (at === undefined) seen.set(nameKey(name), place);
    else report(place, "duplicate-membership", { name, owner, at });
  }
}

/**
 * Of two places in one file the later is reported; of two files the one that is nearer to the organization:
 * the other may be shared by many.
 */
export function reportedFirst<T extends { readonly place: Place }>(
  first: T,
  second: T,
): { readonly reported: T; readonly other: T } {
  return first.place.path === second.place.path
    ? { reported: second, other: first }
    : { reported: first, other: second };
}

/** The same role twice in one list, where one of the two last days would be overlooked. */
export function reportRepeatedRoles(
  roles: readonly Pick<Grant, "role" | "place">[],
  aliases: ReadonlyMap<string, RoleAlias>,
  owner: string,
  report: Report,
): void {
  if (roles.length < 2) return;
  const seen = new Map<string, Place>();
  for (const { role: name, place } of roles) {
    const key = writtenRoleKey(name, aliases);
    const at = seen.get(key);
    if (at === undefined) seen.set(key, place);
    else report(place, "duplicate-role", { name, owner, at });
  }
}
