/**
 * What one file says, with the place of everything that a later step may speak about. From here on
 * nobody needs the text or its parse: a run over thousands of files keeps only this.
 */
import type { Day, Limit, RoleAlias } from "../model/desired.ts";
import type { Place } from "../model/problem.ts";
import { isDay } from "./day.ts";
import { parseLimit } from "./limit.ts";
import type { Note } from "./notes.ts";
import type { RawFile, RawPolicy, RawUser } from "./raw.ts";
import type { Path, Reading } from "./reading.ts";
import { quote } from "./wording.ts";

/** Something written, and where. */
export interface Written<T> {
  readonly value: T;
  readonly place: Place;
}

/** A role or a group by its name, with its last day. */
export interface Named {
  readonly name: string;
  readonly expires: Day | null;
  readonly place: Place;
}

export interface GroupPart {
  readonly name: string;
  readonly roles: readonly Named[];
  readonly place: Place;
}

export interface UserPart {
  readonly email: string;
  readonly place: Place;
  readonly roles: readonly Named[];
  readonly groups: readonly Named[];
  readonly expires: Day | null;
  readonly reason: string | null;
  readonly previously: Written<string> | null;
}

export interface PolicyPart {
  readonly unmanaged: Written<"remove" | "keep"> | null;
  /** A role to demote to, or null: remove. */
  readonly onRemoval: Written<string | null> | null;
  readonly ignore: readonly Written<string>[];
  readonly protected: readonly Written<string>[];
  readonly maxRemovals: Written<Limit> | null;
  readonly maxRoleChanges: Written<Limit> | null;
  readonly minAdmins: Written<number> | null;
  readonly adminRole: Written<string> | null;
}

export interface Part {
  /** Where the file begins. */
  readonly top: Place;
  readonly organization: Written<string> | null;
  readonly include: readonly Written<string>[];
  readonly aliases: readonly RoleAlias[];
  readonly groups: readonly GroupPart[];
  readonly policy: PolicyPart;
  /** Null where the file has no `users` at all. */
  readonly users: readonly UserPart[] | null;
}

export function partOf(raw: RawFile, reading: Reading, note: Note): Part {
  const days = dayReader(reading, note);
  const organization = raw.organization;
  return {
    top: reading.locate([]),
    organization:
      organization === undefined ? null : written(organization, ["organization"], reading),
    include: writtenList(raw.include, ["include"], reading),
    aliases: Object.entries(raw.roles ?? {}).map(([name, id]) => ({
      name,
      id,
      place: reading.locateKey(["roles", name]),
    })),
    groups: Object.entries(raw.groups ?? {}).map(([name, group]) => ({
      name,
      roles: namedList(group.roles, (entry) => entry.role, ["groups", name, "roles"], days),
      place: reading.locateKey(["groups", name]),
    })),
    policy: policyOf(raw.policy ?? {}, reading),
    users: raw.users === undefined ? null : usersOf(raw.users, days),
  };
}

function written<T>(value: T, path: Path, reading: Reading): Written<T> {
  return { value, place: reading.locate(path) };
}

function writtenList(
  list: readonly (string | undefined)[] | undefined,
  path: Path,
  reading: Reading,
): readonly Written<string>[] {
  return (list ?? []).flatMap((value, index) =>
    value === undefined ? [] : [written(value, [...path, index], reading)],
  );
}

interface DayReader {
  readonly reading: Reading;
  /** The day, which is in the calendar or noted. */
  read(day: Day | undefined, path: Path): Day | null;
}

function dayReader(reading: Reading, note: Note): DayReader {
  // A file repeats few days many times.
  const good = new Set<Day>();
  return {
    reading,
    read(day, path) {
      if (day === undefined) return null;
      if (good.has(day)) return day;
      if (isDay(day)) good.add(day);
      else
        note(
          reading.locate(path),
          "bad-date",
          `the calendar has no ${quote(day)}: correct the day`,
        );
      return day;
    },
  };
}

function namedList<T extends { readonly expires?: string }>(
  list: readonly (string | T | undefined)[] | undefined,
  nameOf: (entry: T) => string,
  path: Path,
  days: DayReader,
): readonly Named[] {
  const named: Named[] = [];
  list?.forEach((entry, index) => {
    if (entry === undefined) return;
    const at = [...path, index];
    const place = days.reading.locate(at);
    if (typeof entry === "string") named.push({ name: entry, expires: null, place });
    else
      named.push({
        name: nameOf(entry),
        expires: days.read(entry.expires, [...at, "expires"]),
        place,
      });
  });
  return named;
}

function usersOf(users: readonly (RawUser | undefined)[], days: DayReader): readonly UserPart[] {
  return users.flatMap((user, index) => (user === undefined ? [] : [userOf(user, index, days)]));
}

function userOf(user: RawUser, index: number, days: DayReader): UserPart {
  const { reading } = days;
  const { previously } = user;
  return {
    email: user.email,
    place: reading.locate(["users", index, "email"]),
    roles: namedList(user.roles, (entry) => entry.role, ["users", index, "roles"], days),
    groups: namedList(user.groups, (entry) => entry.group, ["users", index, "groups"], days),
    expires: days.read(user.expires, ["users", index, "expires"]),
    reason: user.reason ?? null,
    previously:
      previously === undefined
        ? null
        : written(previously, ["users", index, "previously"], reading),
  };
}

function policyOf(policy: RawPolicy, reading: Reading): PolicyPart {
  const at = <Key extends keyof RawPolicy, T>(
    key: Key,
    value: (raw: NonNullable<RawPolicy[Key]>) => T,
  ): Written<T> | null => {
    const raw = policy[key];
    return raw === undefined ? null : written(value(raw), ["policy", key], reading);
  };
  return {
    unmanaged: at("unmanaged", (word) => word),
    onRemoval: at("on_removal", (action) => (action === "remove" ? null : action.demote_to)),
    ignore: writtenList(policy.ignore, ["policy", "ignore"], reading),
    protected: writtenList(policy.protected, ["policy", "protected"], reading),
    maxRemovals: at("max_removals", limit),
    maxRoleChanges: at("max_role_changes", limit),
    minAdmins: at("min_admins", (count) => count),
    adminRole: at("admin_role", (role) => role),
  };
}

function limit(written: string | number): Limit {
  const parsed = parseLimit(written);
  if (parsed === null) throw new Error(`the schema let the limit ${written} through`);
  return parsed;
}
