/** Reads a users file as a value, and edits its text so that it has another value; checks the result. */
import { isDeepStrictEqual } from "node:util";
import { collectProblems } from "../model/problem.ts";
import { compareText, type Place } from "../model/place.ts";
import { readFastYaml } from "../config/fast-yaml.ts";
import type { GroupEntry, RoleEntry, UserEntry } from "../config/raw-file.ts";
import { placesIn, type YamlDocument } from "../config/yaml-document.ts";
import { readYaml } from "../config/yaml.ts";
import { type DesiredOrganization, type DesiredUser, emailKey, nameKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import { rewriteExcerpt } from "./excerpt.ts";
import { NotEditable } from "./nodes.ts";
import type { Value, ValueMap } from "./render.ts";
import { rewrite } from "./rewrite.ts";

/** As it is written: what the schema allows, and nothing derived from it. */
export type UsersFile = {
  readonly roles?: Readonly<Record<string, string>>;
  readonly users?: readonly UserEntry[];
  readonly [other: string]: Value | undefined;
};

/** An entry as it stands in the files of an organization. */
export interface Site {
  readonly organization: DesiredOrganization;
  readonly user: DesiredUser;
  readonly entry: UserEntry;
}

export interface Outcome {
  /** Null where the entry is removed. */
  readonly entry: UserEntry | null;
  /** What was done, or why nothing was, a sentence each. */
  readonly notes: readonly string[];
}

/** `text` has been loaded without problems, so the schema has checked it. */
export function readUsersFile(path: string, text: string): UsersFile {
  const reading = read(path, text);
  if (reading === null) throw new Error(`${path} was loaded and cannot be read again`);
  return reading.value as UsersFile;
}

/** The fast reader gives what the full one gives, or gives up. */
function read(path: string, text: string): YamlDocument | null {
  const simple = readFastYaml(path, text);
  if (simple !== null) return simple;
  const document = readYaml(path, text, collectProblems().report);
  return document === null || document.refused.length > 0 ? null : document;
}

/** The text edited to the value `wanted`, with minimal changes. Throws `Failure` if that is impossible. */
export function editUsersFile(path: string, text: string, wanted: UsersFile): string {
  const says = (edited: string): boolean => {
    const reading = read(path, edited);
    return reading !== null && isDeepStrictEqual(reading.value, wanted);
  };
  const document = read(path, text);
  const quick = document === null ? null : rewriteExcerpt(document, text, wanted);
  if (quick !== null && says(quick)) return quick;
  let edited: string;
  try {
    edited = rewrite(text, wanted as ValueMap).result();
  } catch (error) {
    if (!(error instanceof NotEditable)) throw error;
    throw notEditable(placesIn(path, text)(error.offset), error.isExplicitKey);
  }
  if (says(edited)) return edited;
  throw notEditable(placeOfDifference(path, text, wanted));
}

function placeOfDifference(path: string, text: string, wanted: UsersFile): Place {
  const reading = read(path, text);
  const before = readUsersFile(path, text).users ?? [];
  const index = before.findIndex((user, at) => !isDeepStrictEqual(user, wanted.users?.[at]));
  return reading?.locate(index < 0 ? [] : ["users", index]) ?? { path, line: 1, column: 1 };
}

function notEditable({ path, line, column }: Place, isExplicitKey = false): Failure {
  const [what, hint] = isExplicitKey
    ? [
        'a key written with "? " cannot be edited automatically',
        "write it as KEY: VALUE, and run the command again",
      ]
    : [
        "the layout of this part of the file cannot be edited automatically",
        "edit it by hand, or put each entry of the list on separate lines",
      ];
  return new Failure(`${path}:${line}:${column}: ${what}; nothing was written`, { hint });
}

const FILE_KEYS = ["version", "organization", "include", "roles", "groups", "policy", "users"];
const USER_KEYS = ["email", "previously", "groups", "roles", "expires", "reason", "reviewed"];

/** With some keys set, or removed where they are undefined; a new key goes where the documentation has it. */
export function patchFile(file: UsersFile, patch: UsersFile): UsersFile {
  return patched(file, patch, FILE_KEYS) as UsersFile;
}

export function patchUser(
  user: UserEntry,
  patch: { readonly [Key in keyof UserEntry]?: UserEntry[Key] | undefined },
): UserEntry {
  return patched(user, patch, USER_KEYS) as UserEntry;
}

function patched(map: object, patch: object, order: readonly string[]): object {
  const pairs = Object.entries(map);
  for (const [key, value] of Object.entries(patch)) {
    const at = pairs.findIndex(([one]) => one === key);
    if (at >= 0)
      pairs.splice(at, 1, ...(value === undefined ? [] : [[key, value] as [string, unknown]]));
    else if (value !== undefined) {
      const before = order.slice(0, order.indexOf(key));
      const after = pairs.findLastIndex(([one]) => before.includes(one));
      pairs.splice(after + 1, 0, [key, value]);
    }
  }
  return Object.fromEntries(pairs);
}

/** In its place where the list is sorted by address, else at the end. */
export function insertUser(users: readonly UserEntry[], added: UserEntry): readonly UserEntry[] {
  const keys = users.map(({ email }) => emailKey(email));
  const sorted = keys.every((key, index) => compareText(keys[index - 1] ?? "", key) <= 0);
  const next = sorted ? keys.findIndex((key) => compareText(key, emailKey(added.email)) > 0) : -1;
  return next < 0 ? [...users, added] : users.toSpliced(next, 0, added);
}

export function roleOf(entry: RoleEntry): { readonly role: string; readonly expires: Day | null } {
  return typeof entry === "string"
    ? { role: entry, expires: null }
    : { role: entry.role, expires: entry.expires ?? null };
}

export function groupOf(entry: GroupEntry): {
  readonly group: string;
  readonly expires: Day | null;
} {
  return typeof entry === "string"
    ? { group: entry, expires: null }
    : { group: entry.group, expires: entry.expires ?? null };
}

export function roleEntry(role: string, expires: Day | null): RoleEntry {
  return expires === null ? role : { role, expires };
}

export function groupEntry(group: string, expires: Day | null): GroupEntry {
  return expires === null ? group : { group, expires };
}

/** Roles compare by the id that the files give a name, else by the name. */
export function roleKeys({ aliases }: DesiredOrganization): (role: string) => string {
  const ids = new Map(aliases.map(({ name, id }) => [nameKey(name), nameKey(id)]));
  return (role) => ids.get(nameKey(role)) ?? nameKey(role);
}

export function untilText(day: Day | null): string {
  return day === null ? "" : ` (expires ${day})`;
}
