/** Merges the files of one organization, its own file first, into its desired state. Reports conflicts. */
import {
  type DesiredOrganization,
  emailKey,
  formatLimit,
  type Limit,
  nameKey,
  type Policy,
  type RoleAlias,
} from "../model/desired.ts";
import { compareText, type Written } from "../model/place.ts";
import type { Report } from "../model/problem.ts";
import { quote } from "../model/problem-words.ts";
import type { Rule } from "../model/rule.ts";
import { mergeUsers, reportedFirst, reportRepeatedRoles } from "./merge-users.ts";
import type { ParsedFile, ParsedGroup, ParsedPolicy } from "./parsed-file.ts";

export interface FileSet {
  /** The path of the organization's file as the user named it. */
  readonly source: string;
  /** Its own file, then what it includes, each once. */
  readonly files: readonly [ParsedFile, ...ParsedFile[]];
  /** False if one of the files could not be parsed: references may be to that file. */
  readonly complete: boolean;
}

export function mergeFiles(set: FileSet, report: Report): DesiredOrganization {
  const { files, source, complete } = set;
  const [own] = files;
  const aliases = mergeAliases(files, report);
  const groups = mergeGroups(files, aliases, report);
  if (complete && files.every(({ users }) => users === null)) report(own.top, "no-users", {});
  return {
    organization: own.organization?.value ?? null,
    place: own.organization?.place ?? own.top,
    source,
    files: files.map(({ top }) => top.path),
    aliases: [...aliases.values()],
    policy: mergePolicy(files, aliases, report),
    users: mergeUsers(files, { groups, aliases, complete }, report),
  };
}

function mergeAliases(
  files: readonly ParsedFile[],
  report: Report,
): ReadonlyMap<string, RoleAlias> {
  const aliases = new Map<string, RoleAlias>();
  for (const alias of files.flatMap((file) => file.aliases)) {
    const first = aliases.get(nameKey(alias.name));
    if (first === undefined) aliases.set(nameKey(alias.name), alias);
    else if (first.place.path === alias.place.path) {
      report(alias.place, "duplicate-role-name", { name: alias.name, at: first.place });
    } else if (first.id !== alias.id) {
      const key = `the id of the role name ${quote(first.name)}`;
      const values = { key, value: first.id, other: alias.id, at: alias.place };
      report(first.place, "conflict", values);
    }
  }
  return aliases;
}

function mergeGroups(
  files: readonly ParsedFile[],
  aliases: ReadonlyMap<string, RoleAlias>,
  report: Report,
): ReadonlyMap<string, ParsedGroup> {
  const groups = new Map<string, ParsedGroup>();
  for (const group of files.flatMap((file) => file.groups)) {
    const first = groups.get(nameKey(group.name));
    if (first === undefined) groups.set(nameKey(group.name), group);
    else {
      const { reported, other } = reportedFirst(first, group);
      report(reported.place, "duplicate-group", { name: reported.name, at: other.place });
    }
    reportRepeatedRoles(group.grants, aliases, `the group ${quote(group.name)}`, report);
  }
  return groups;
}

/** Lists add up; a value may be set once; a rule cannot be changed by a file that includes it. */
function mergePolicy(
  files: readonly [ParsedFile, ...ParsedFile[]],
  aliases: ReadonlyMap<string, RoleAlias>,
  report: Report,
): Policy {
  const policies = files.map(({ policy }) => policy);
  const one = <T>(
    key: string,
    settingOf: (policy: ParsedPolicy) => Written<T> | null,
    format: (value: T) => string,
  ): Written<T> | null => theOne(key, policies.map(settingOf), format, report);

  const onRemoval = one("on_removal", (policy) => policy.onRemoval, formatRemoval);
  const maxRemovals = one("max_removals", (policy) => policy.maxRemovals, formatLimit);
  const maxRoleChanges = one("max_role_changes", (policy) => policy.maxRoleChanges, formatLimit);
  const minAdmins = one("min_admins", (policy) => policy.minAdmins, String);
  const adminRole = one("admin_role", (policy) => policy.adminRole, String);
  return {
    unmanaged: one("unmanaged", (policy) => policy.unmanaged, String)?.value ?? "remove",
    onRemoval: readRemoval(onRemoval),
    ignore: mergePatterns(policies.flatMap((policy) => policy.ignore)),
    protected: mergePatterns(policies.flatMap((policy) => policy.protected)),
    maxRemovals: maxRemovals?.value ?? share(25),
    maxRoleChanges: maxRoleChanges?.value ?? share(50),
    minAdmins: minAdmins?.value ?? 1,
    adminRole: adminRole?.value ?? "Admin",
    create: one("create", (policy) => policy.create, String)?.value ?? true,
    rules: mergeRules(
      policies.flatMap((policy) => policy.rules),
      aliases,
      report,
    ),
    adminRolePlace: adminRole?.place ?? files[0].top,
    limitPlaces: {
      maxRemovals: maxRemovals?.place ?? null,
      maxRoleChanges: maxRoleChanges?.place ?? null,
      minAdmins: minAdmins?.place ?? null,
    },
  };
}

function share(percent: number): Limit {
  return { kind: "share", percent };
}

/** The value that every file that sets it agrees on. */
function theOne<T>(
  key: string,
  settings: readonly (Written<T> | null)[],
  format: (value: T) => string,
  report: Report,
): Written<T> | null {
  const [first, ...others] = settings.filter((setting) => setting !== null);
  if (first === undefined) return null;
  const value = format(first.value);
  for (const { value: written, place: at } of others) {
    const other = format(written);
    if (nameKey(other) !== nameKey(value)) {
      report(first.place, "conflict", { key, value, other, at });
    }
  }
  return first;
}

function formatRemoval(role: string | null): string {
  return role === null ? "remove" : `{ demote_to: ${role} }`;
}

function readRemoval(setting: Written<string | null> | null): Policy["onRemoval"] {
  if (setting === null || setting.value === null) return "remove";
  return { demoteTo: setting.value, place: setting.place };
}

/** Sorted, each once. */
function mergePatterns(patterns: readonly Written<string>[]): readonly string[] {
  const byKey = new Map(patterns.map(({ value }) => [emailKey(value), value]));
  return [...byKey.values()].sort(
    (a, b) => compareText(emailKey(a), emailKey(b)) || compareText(a, b),
  );
}

function mergeRules(
  rules: readonly Rule[],
  aliases: ReadonlyMap<string, RoleAlias>,
  report: Report,
): readonly Rule[] {
  const byName = new Map<string, Rule>();
  for (const rule of rules) {
    // A role beside itself is no conflict: the rule would never find one.
    if (rule.assertion.kind === "conflict") {
      const owner = `the conflict of the rule ${quote(rule.name)}`;
      const roles = rule.assertion.roles.map(({ name, place }) => ({ role: name, place }));
      reportRepeatedRoles(roles, aliases, owner, report);
    }
    const first = byName.get(nameKey(rule.name));
    if (first === undefined) byName.set(nameKey(rule.name), rule);
    else {
      const { reported, other } = reportedFirst(first, rule);
      report(reported.place, "duplicate-rule", { name: reported.name, at: other.place });
    }
  }
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}
