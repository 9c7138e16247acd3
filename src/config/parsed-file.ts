/**
 * One parsed file, with the place of everything that a later step may report. The text and its syntax tree are no
 * longer needed: a run over thousands of files keeps only this.
 */
import {
  type DesiredUser,
  type Grant,
  type Limit,
  type Membership,
  parseLimit,
  type RoleAlias,
} from "../model/desired.ts";
import { type Day, isDay } from "../model/days.ts";
import { validate } from "../generated/users.ts";
import type { Place, Written } from "../model/place.ts";
import { type Report, reportDay } from "../model/problem.ts";
import type { Rule } from "../model/rule.ts";
import type { CheckedFile } from "./check-users-file.ts";
import { readFastYaml } from "./fast-yaml.ts";
import type { GroupEntry, RawFile, RawPolicy, RoleEntry, UserEntry } from "./raw-file.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

export interface ParsedGroup {
  readonly name: string;
  /** What its members are granted. */
  readonly grants: readonly Grant[];
  readonly place: Place;
}

export interface ParsedPolicy {
  readonly unmanaged: Written<"remove" | "keep"> | null;
  /** A role to demote to, or null: remove. */
  readonly onRemoval: Written<string | null> | null;
  readonly ignore: readonly Written<string>[];
  readonly protected: readonly Written<string>[];
  readonly maxRemovals: Written<Limit> | null;
  readonly maxRoleChanges: Written<Limit> | null;
  readonly minAdmins: Written<number> | null;
  readonly adminRole: Written<string> | null;
  readonly create: Written<boolean> | null;
  readonly rules: readonly Rule[];
}

export interface ParsedFile {
  /** Where the file begins. */
  readonly top: Place;
  readonly organization: Written<string> | null;
  readonly include: readonly Written<string>[];
  readonly aliases: readonly RoleAlias[];
  readonly groups: readonly ParsedGroup[];
  readonly policy: ParsedPolicy;
  /** With their direct grants. Null where the file has no `users` at all. */
  readonly users: readonly DesiredUser[] | null;
}

export interface Parsed {
  /** Null when nothing of the text could be parsed. */
  readonly parsed: ParsedFile | null;
  /** False when something that other files may refer to could not be parsed. */
  readonly complete: boolean;
}

/** Valid simple YAML uses the fast reader; all problems come from the full reader. */
export async function parseFile(path: string, text: string, report: Report): Promise<Parsed> {
  const simple = await parseSimpleFile(path, text);
  if (simple !== null) return { parsed: simple, complete: true };
  // Most runs do not need `yaml`, and it takes 50 ms to load.
  const { readYaml } = await import("./yaml.ts");
  const document = readYaml(path, text, report);
  if (document === null) return { parsed: null, complete: false };
  const { refused } = document;
  if (refused.length === 0) return parseDocument(document, report);
  const at = ({ line, column }: Place): string => `${line}:${column}`;
  const places = new Set(refused.map(at));
  const { parsed } = await parseDocument(document, (...problem) => {
    if (!places.has(at(problem[0]))) report(...problem);
  });
  return { parsed, complete: false };
}

/** Null where the text is not simple YAML, or where there is a problem. */
export async function parseSimpleFile(path: string, text: string): Promise<ParsedFile | null> {
  const document = readFastYaml(path, text);
  if (document === null) return null;
  let problems = 0;
  const { parsed } = await parseDocument(document, () => {
    problems += 1;
  });
  return problems === 0 ? parsed : null;
}

async function parseDocument(document: YamlDocument, report: Report): Promise<Parsed> {
  const checked = await checkedFile(document, report);
  if (checked === null) return { parsed: null, complete: false };
  const { raw, complete } = checked;
  const written = raw.policy?.rules ?? [];
  const rules =
    written.length === 0
      ? []
      : await (await import("./parse-rules.ts")).parseRules(written, document, report);
  return { parsed: parsedFile(raw, rules, document, report), complete };
}

/** What words the problems is loaded where there are some. */
async function checkedFile(document: YamlDocument, report: Report): Promise<CheckedFile | null> {
  if (validate(document.value)) return { raw: document.value as RawFile, complete: true };
  const { checkUsersFile } = await import("./check-users-file.ts");
  return checkUsersFile(document, report);
}

function parsedFile(
  raw: RawFile,
  rules: readonly Rule[],
  document: YamlDocument,
  report: Report,
): ParsedFile {
  const reader = { document, readDay: dayReader(document, report) };
  const { organization } = raw;
  return {
    top: document.locate([]),
    organization:
      organization === undefined
        ? null
        : { value: organization, place: document.locate(["organization"]) },
    include: writtenList(raw.include, ["include"], document),
    aliases: Object.entries(raw.roles ?? {}).map(([name, id]) => ({
      name,
      id,
      place: document.locateKey(["roles", name]),
    })),
    groups: Object.entries(raw.groups ?? {}).map(([name, group]) => ({
      name,
      grants: readGrants(group.roles, name, ["groups", name, "roles"], reader),
      place: document.locateKey(["groups", name]),
    })),
    policy: parsedPolicy(raw.policy ?? {}, rules, document),
    users:
      raw.users?.flatMap((user, index) =>
        user === undefined ? [] : [parsedUser(user, index, reader)],
      ) ?? null,
  };
}

interface Reader {
  readonly document: YamlDocument;
  readonly readDay: (day: Day | undefined, path: Path) => Day | null;
}

function dayReader(document: YamlDocument, report: Report): Reader["readDay"] {
  // A file repeats few days many times.
  const known = new Set<Day>();
  return (day, path) => {
    if (day === undefined) return null;
    if (known.has(day)) return day;
    if (isDay(day)) known.add(day);
    else reportDay(String(path.at(-1)), day, document.locate(path), report);
    return day;
  };
}

function parsedUser(user: UserEntry<undefined>, index: number, reader: Reader): DesiredUser {
  const { document, readDay } = reader;
  const path = ["users", index] as const;
  const { previously } = user;
  const reviewed = readDay(user.reviewed, [...path, "reviewed"]);
  return {
    email: user.email,
    place: document.locate([...path, "email"]),
    grants: readGrants(user.roles, null, [...path, "roles"], reader),
    memberships: readMemberships(user.groups, [...path, "groups"], reader),
    expires: readDay(user.expires, [...path, "expires"]),
    reason: user.reason ?? null,
    reviewed:
      reviewed === null ? null : { value: reviewed, place: document.locate([...path, "reviewed"]) },
    previously:
      previously === undefined
        ? null
        : { value: previously, place: document.locate([...path, "previously"]) },
  };
}

function readGrants(
  list: readonly (RoleEntry | undefined)[] | undefined,
  group: string | null,
  path: Path,
  reader: Reader,
): readonly Grant[] {
  return readList(list, path, reader, (entry, expires, place) => {
    return { role: typeof entry === "string" ? entry : entry.role, group, expires, place };
  });
}

function readMemberships(
  list: readonly (GroupEntry | undefined)[] | undefined,
  path: Path,
  reader: Reader,
): readonly Membership[] {
  return readList(list, path, reader, (entry, expires, place) => {
    return { name: typeof entry === "string" ? entry : entry.group, expires, place };
  });
}

function readList<Entry extends { readonly expires?: string }, Read>(
  list: readonly (string | Entry | undefined)[] | undefined,
  path: Path,
  { document, readDay }: Reader,
  make: (entry: string | Entry, expires: Day | null, place: Place) => Read,
): readonly Read[] {
  const all: Read[] = [];
  list?.forEach((entry, index) => {
    if (entry === undefined) return;
    const at = [...path, index];
    const expires = typeof entry === "string" ? null : readDay(entry.expires, [...at, "expires"]);
    all.push(make(entry, expires, document.locate(at)));
  });
  return all;
}

function writtenList(
  list: readonly (string | undefined)[] | undefined,
  path: Path,
  document: YamlDocument,
): readonly Written<string>[] {
  return (list ?? []).flatMap((value, index) =>
    value === undefined ? [] : [{ value, place: document.locate([...path, index]) }],
  );
}

function parsedPolicy(
  raw: RawPolicy,
  rules: readonly Rule[],
  document: YamlDocument,
): ParsedPolicy {
  const at = <Key extends keyof RawPolicy, T>(
    key: Key,
    valueOf: (written: NonNullable<RawPolicy[Key]>) => T,
  ): Written<T> | null => {
    const written = raw[key];
    if (written === undefined) return null;
    return { value: valueOf(written), place: document.locate(["policy", key]) };
  };
  return {
    unmanaged: at("unmanaged", (word) => word),
    onRemoval: at("on_removal", (action) => (action === "remove" ? null : action.demote_to)),
    ignore: writtenList(raw.ignore, ["policy", "ignore"], document),
    protected: writtenList(raw.protected, ["policy", "protected"], document),
    maxRemovals: at("max_removals", readLimit),
    maxRoleChanges: at("max_role_changes", readLimit),
    minAdmins: at("min_admins", (count) => count),
    adminRole: at("admin_role", (role) => role),
    create: at("create", (create) => create),
    rules,
  };
}

function readLimit(written: string | number): Limit {
  const limit = parseLimit(written);
  if (limit === null) throw new Error(`the schema let the limit ${written} through`);
  return limit;
}
