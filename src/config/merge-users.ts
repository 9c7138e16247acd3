/** The people of an organization's files, with what they are granted; nobody twice. */
import {
  type Day,
  type DesiredUser,
  emailKey,
  type Grant,
  nameKey,
  type RoleAlias,
} from "../model/desired.ts";
import { matcherOf } from "../plan/patterns.ts";
import type { Note } from "./notes.ts";
import type { GroupPart, Named, Part, UserPart, Written } from "./part.ts";
import { noteRepeatedRoles, noteTwice } from "./twice.ts";
import { at, listed, quote, suggestion } from "./wording.ts";

export interface Known {
  readonly groups: ReadonlyMap<string, GroupPart>;
  readonly aliases: ReadonlyMap<string, RoleAlias>;
  /** False when some group may be missing because its file could not be understood. */
  readonly whole: boolean;
}

export function mergeUsers(
  parts: readonly Part[],
  known: Known,
  note: Note,
): readonly DesiredUser[] {
  const grantsOf = granter(known, note);
  const users = new Map<string, UserPart>();
  for (const user of parts.flatMap((part) => part.users ?? [])) {
    const key = emailKey(user.email);
    const first = users.get(key);
    if (first === undefined) users.set(key, user);
    else {
      noteDuplicate(first, user, note);
      grantsOf(user); // for what else is wrong with it
    }
  }
  noteRenames(users, note);
  noteIgnored(parts, users, note);
  return [...users.values()].map((user) => ({
    email: user.email,
    previously: user.previously?.value ?? null,
    expires: user.expires,
    reason: user.reason,
    grants: grantsOf(user),
    place: user.place,
  }));
}

function noteDuplicate(first: UserPart, second: UserPart, note: Note): void {
  const message = (other: string): string =>
    `${quote(second.email)} is also at ${other}: bring the two entries together`;
  noteTwice(first.place, second.place, "duplicate-user", message, note);
}

/** A former address belongs to one person, who is not that person any more. */
function noteRenames(users: ReadonlyMap<string, UserPart>, note: Note): void {
  const renames = new Map<string, UserPart>();
  for (const user of users.values()) {
    const { previously } = user;
    if (previously === null) continue;
    const key = emailKey(previously.value);
    const other = renames.get(key);
    const listedToo = users.get(key);
    if (listedToo === user) {
      note(
        previously.place,
        "rename-to-itself",
        `previously is the address itself (upper and lower case are the same): take previously out`,
      );
    } else if (listedToo !== undefined) {
      note(
        previously.place,
        "rename-of-listed",
        `${quote(previously.value)} is listed too, at ${at(listedToo.place)}: a rename removes the former address, so take one of the two out`,
      );
    }
    if (other === undefined) renames.set(key, user);
    else noteSameFormer(other, user, previously, note);
  }
}

function noteSameFormer(
  first: UserPart,
  second: UserPart,
  former: Written<string>,
  note: Note,
): void {
  const message = (other: string): string =>
    `${quote(former.value)} is the former address of two people, ${quote(first.email)} and ${quote(second.email)} (also at ${other}): keep one previously`;
  const place = first.previously?.place ?? first.place;
  noteTwice(place, former.place, "duplicate-rename", message, note);
}

/** Who is listed is managed; who is ignored is not. */
function noteIgnored(
  parts: readonly Part[],
  users: ReadonlyMap<string, UserPart>,
  note: Note,
): void {
  const patterns = parts.flatMap(({ policy }) => policy.ignore);
  if (patterns.length === 0) return;
  const matchers = patterns.map((pattern) => ({ pattern, matches: matcherOf([pattern.value]) }));
  const anyMatches = matcherOf(patterns.map(({ value }) => value));
  const check = (email: string, { place }: { place: Written<string>["place"] }): void => {
    if (!anyMatches(email)) return;
    const matcher = matchers.find(({ matches }) => matches(email));
    if (matcher === undefined) return;
    const { value, place: where } = matcher.pattern;
    note(
      place,
      "ignored-user",
      `${quote(email)} matches ${quote(value)} of policy.ignore (${at(where)}), so it would never be touched: take the person or the pattern out`,
    );
  };
  for (const user of users.values()) {
    check(user.email, user);
    if (user.previously !== null) check(user.previously.value, user.previously);
  }
}

function granter(known: Known, note: Note): (user: UserPart) => readonly Grant[] {
  const ofGroup = new Map<GroupPart, readonly Grant[]>();
  const groupGrants = (group: GroupPart): readonly Grant[] => {
    const made = ofGroup.get(group) ?? group.roles.map((role) => grant(role, group.name));
    ofGroup.set(group, made);
    return made;
  };
  const noteUnknown = unknownGroups(known, note);
  return (user) => {
    noteRepeatedRoles(user.roles, known.aliases, quote(user.email), note);
    noteRepeatedGroups(user, note);
    const grants = user.roles.map((role) => grant(role, null));
    for (const membership of user.groups) {
      const group = known.groups.get(nameKey(membership.name));
      if (group === undefined) noteUnknown(membership);
      else grants.push(...limited(groupGrants(group), membership.expires));
    }
    return grants;
  };
}

function grant(role: Named, group: string | null): Grant {
  return { role: role.name, group, expires: role.expires, place: role.place };
}

/** Membership ends at the latest when it says. */
function limited(grants: readonly Grant[], last: Day | null): readonly Grant[] {
  if (last === null) return grants;
  return grants.map((one) =>
    one.expires !== null && one.expires < last ? one : { ...one, expires: last },
  );
}

function noteRepeatedGroups(user: UserPart, note: Note): void {
  if (user.groups.length < 2) return;
  const seen = new Map<string, Named>();
  for (const membership of user.groups) {
    const first = seen.get(nameKey(membership.name));
    if (first === undefined) seen.set(nameKey(membership.name), membership);
    else {
      note(
        membership.place,
        "duplicate-membership",
        `${quote(user.email)} is in the group ${quote(membership.name)} already, at ${at(first.place)}: keep one`,
      );
    }
  }
}

/** Beyond these, looking for near names would take longer than reading about them. */
const MOST_SUGGESTIONS = 1_000;

function unknownGroups(known: Known, note: Note): (membership: Named) => void {
  const names = [...known.groups.values()].map(({ name }) => name);
  const available =
    names.length === 0
      ? "no groups are defined, so add groups: to the file"
      : `there is ${listed(names)}`;
  let suggested = 0;
  const helpFor = (name: string): string => {
    if (known.aliases.has(nameKey(name))) return "it is a role, so it belongs under roles:";
    suggested += 1;
    return suggested > MOST_SUGGESTIONS ? available : suggestion(name, names, available);
  };
  return ({ name, place }) => {
    if (!known.whole) return;
    note(place, "unknown-group", `there is no group ${quote(name)}: ${helpFor(name)}`);
  };
}
