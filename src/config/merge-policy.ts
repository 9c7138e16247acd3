/** The policies of an organization's files → one policy. Lists add up; a value may be set once. */
import { emailKey, type Limit, nameKey, type Policy } from "../model/desired.ts";
import { compareText, type Place } from "../model/problem.ts";
import { formatLimit } from "./limit.ts";
import type { Note } from "./notes.ts";
import type { Part, PolicyPart, Written } from "./part.ts";
import { at, quote } from "./wording.ts";

const defaults = {
  unmanaged: "remove",
  maxRemovals: { kind: "share", percent: 25 },
  maxRoleChanges: { kind: "share", percent: 50 },
  minAdmins: 1,
  adminRole: "Admin",
} as const;

export function mergePolicy(parts: readonly [Part, ...Part[]], note: Note): Policy {
  const policies = parts.map(({ policy }) => policy);
  const one = <T>(
    key: string,
    of: (policy: PolicyPart) => Written<T> | null,
    show: (value: T) => string,
  ): Written<T> | null => theOne(key, policies.map(of), show, note);

  const onRemoval = one("on_removal", (policy) => policy.onRemoval, formatRemoval);
  const maxRemovals = one<Limit>("max_removals", (policy) => policy.maxRemovals, formatLimit);
  const maxRoleChanges = one<Limit>(
    "max_role_changes",
    (policy) => policy.maxRoleChanges,
    formatLimit,
  );
  const minAdmins = one("min_admins", (policy) => policy.minAdmins, String);
  const adminRole = one("admin_role", (policy) => policy.adminRole, quote);
  return {
    unmanaged: one("unmanaged", (policy) => policy.unmanaged, String)?.value ?? defaults.unmanaged,
    onRemoval: removalOf(onRemoval),
    ignore: added(policies.flatMap((policy) => policy.ignore)),
    protected: added(policies.flatMap((policy) => policy.protected)),
    maxRemovals: maxRemovals?.value ?? defaults.maxRemovals,
    maxRoleChanges: maxRoleChanges?.value ?? defaults.maxRoleChanges,
    minAdmins: minAdmins?.value ?? defaults.minAdmins,
    adminRole: adminRole?.value ?? defaults.adminRole,
    adminRolePlace: adminRole?.place ?? parts[0].top,
    limitPlaces: {
      maxRemovals: maxRemovals?.place ?? null,
      maxRoleChanges: maxRoleChanges?.place ?? null,
      minAdmins: minAdmins?.place ?? null,
    },
  };
}

/** The value that every file that sets it agrees on. */
function theOne<T>(
  key: string,
  settings: readonly (Written<T> | null)[],
  show: (value: T) => string,
  note: Note,
): Written<T> | null {
  const [first, ...others] = settings.filter((setting) => setting !== null);
  if (first === undefined) return null;
  for (const other of others) {
    if (nameKey(show(other.value)) === nameKey(show(first.value))) continue;
    note(
      first.place,
      "conflict",
      `${key} is ${show(first.value)} here, and ${show(other.value)} at ${at(other.place)}: keep one`,
    );
  }
  return first;
}

function formatRemoval(role: string | null): string {
  return role === null ? "remove" : `{ demote_to: ${quote(role)} }`;
}

function removalOf(setting: { value: string | null; place: Place } | null): Policy["onRemoval"] {
  if (setting === null || setting.value === null) return "remove";
  return { demoteTo: setting.value, place: setting.place };
}

/** Sorted, none twice. */
function added(patterns: readonly Written<string>[]): readonly string[] {
  const byKey = new Map(patterns.map(({ value }) => [emailKey(value), value]));
  return [...byKey.values()].sort(
    (a, b) => compareText(emailKey(a), emailKey(b)) || compareText(a, b),
  );
}
