/** What belongs where in a users file, in words: for the messages about what stands there instead. */
import type { Path } from "./reading.ts";

export interface Expectation {
  /** The code of the problem when something else stands there. */
  readonly code: string;
  /** Completes `… must be`. */
  readonly what: string;
  /** True for free text, which may need quotes to be read as text. */
  readonly text: boolean;
}

const text = (what: string): Expectation => ({ code: "wrong-type", what, text: true });
const other = (what: string, code = "wrong-type"): Expectation => ({ code, what, text: false });

const day = other("a day of the calendar, such as 2026-12-31", "bad-date");
const email = other("an e-mail address, such as jane.doe@example.com", "bad-email");
const limit = other(
  "a whole number such as 12, or a share such as 25% (whole percents, at most 100%)",
  "bad-limit",
);
const patterns = other('a list of addresses or patterns, such as ["*@example.com"]');
const pattern = other('an e-mail address or a pattern such as "*@example.com"', "bad-pattern");

const roleLists = (under: string): Record<string, Expectation> => ({
  [`${under}.roles`]: other("a list of roles, such as [Member]"),
  [`${under}.roles.*`]: text("a role's name, or { role: NAME, expires: DATE }"),
  [`${under}.roles.*.role`]: text("a role's name or id"),
  [`${under}.roles.*.expires`]: day,
});

const expectations: Readonly<Record<string, Expectation>> = {
  "": other("keys and values, at least version: 1 and users:"),
  version: other("1, without quotes"),
  organization: text("the organization's id or exact name"),
  include: other("a list of paths, such as [../common/support-staff.yaml]"),
  "include.*": text("a path"),
  roles: other(
    "names with the ids of roles, such as analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321",
  ),
  "roles.*": other(
    "a role's id, such as d9f8e7c6-b5a4-4210-9fed-cba987654321 (a name needs no entry here)",
    "bad-role-id",
  ),
  groups: other("groups by their names, each with its roles:"),
  "groups.*": other("a group, written as { roles: [Member] }"),
  ...roleLists("groups.*"),
  policy: other("keys and values, such as unmanaged: keep"),
  "policy.unmanaged": other("remove or keep", "bad-value"),
  "policy.on_removal": other("remove or { demote_to: ROLE }", "bad-value"),
  "policy.on_removal.demote_to": text("a role's name"),
  "policy.ignore": patterns,
  "policy.ignore.*": pattern,
  "policy.protected": patterns,
  "policy.protected.*": pattern,
  "policy.max_removals": limit,
  "policy.max_role_changes": limit,
  "policy.min_admins": other("a whole number, 0 or more", "bad-number"),
  "policy.admin_role": text("a role's name"),
  users: other("a list of people, each beginning with - email:"),
  "users.*": other("a person, with email: and roles: or groups:"),
  "users.*.email": email,
  ...roleLists("users.*"),
  "users.*.groups": other("a list of groups, such as [data-team]"),
  "users.*.groups.*": text("a group's name, or { group: NAME, expires: DATE }"),
  "users.*.groups.*.group": text("a group's name"),
  "users.*.groups.*.expires": day,
  "users.*.expires": day,
  "users.*.reason": text("text"),
  "users.*.previously": email,
};

export function expectationAt(path: Path): Expectation {
  return expectations[patternOf(path)] ?? other("something else");
}

/** `["users", 3, "email"]` → `users.*.email`: indexes and the names of roles and groups become `*`. */
export function patternOf(path: Path): string {
  const named = path[0] === "roles" || path[0] === "groups";
  return path
    .map((step, depth) => (typeof step === "number" || (named && depth === 1) ? "*" : step))
    .join(".");
}

export const expectedPatterns: readonly string[] = Object.keys(expectations);
