/**
 * The values that each key of a users file accepts, for the messages of schema errors.
 *
 * To add a key, change `schemas/users.schema.json`, `raw-file.ts`, `expectations` here, and `parsed-file.ts`. For a key
 * of `policy`, also change `merge.ts` and `Policy` in `model/desired.ts`; for a key of a user, `DesiredUser` there.
 */
import { validate } from "../generated/users.ts";
import type { Report } from "../model/problem.ts";
import type { SchemaError } from "../schema.ts";
import {
  type Expectation,
  expectOther as other,
  expectText as text,
  type Format,
  isObject,
} from "./schema-problems.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

const day = other("a date such as 2026-12-31", "bad-date");
const duration = other("a number of days such as 90d", "bad-duration");
const email = other("an e-mail address such as jane.doe@example.com", "bad-email");
const limit = other(
  "a whole number such as 12, or a share such as 25% (whole percents, at most 100%)",
  "bad-limit",
);
const patterns = other('a list of addresses or patterns such as ["*@example.com"]');
const pattern = other('an e-mail address or a pattern such as "*@example.com"', "bad-pattern");
const names = other("a list of roles such as [Billing, Admin]");
const roleName = text("a role's name or id");

const roleLists = (under: string): Record<string, Expectation> => ({
  [`${under}.roles`]: other("a list of roles such as [Member]"),
  [`${under}.roles.*`]: text("a role's name, or { role: NAME, expires: DATE }"),
  [`${under}.roles.*.role`]: roleName,
  [`${under}.roles.*.expires`]: day,
});

export const expectations: Readonly<Record<string, Expectation>> = {
  "": other("a map with at least version: 1 and users:"),
  version: other("1, without quotes"),
  organization: text("the organization's id or exact name"),
  include: other("a list of paths such as [../common/support-staff.yaml]"),
  "include.*": text("a path"),
  roles: other("a map of names to role ids, such as analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321"),
  "roles.*": other(
    "a role id such as d9f8e7c6-b5a4-4210-9fed-cba987654321 (roles that are used by their own name need no entry here)",
    "bad-role-id",
  ),
  groups: other("a map of group names, each with its roles:"),
  "groups.*": other("a group such as { roles: [Member] }"),
  ...roleLists("groups.*"),
  policy: other("a map such as unmanaged: keep"),
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
  "policy.create": other("true or false", "bad-value"),
  "policy.rules": other("a list of rules, each starting with - name:"),
  "policy.rules.*": other("a rule with name: and one assertion"),
  "policy.rules.*.name": text("the rule's name"),
  "policy.rules.*.who": patterns,
  "policy.rules.*.who.*": pattern,
  "policy.rules.*.roles": names,
  "policy.rules.*.roles.*": roleName,
  "policy.rules.*.level": other("error or warning", "bad-value"),
  "policy.rules.*.conflict": other("a list of at least two roles such as [Billing, Admin]"),
  "policy.rules.*.conflict.*": roleName,
  "policy.rules.*.expires_within": duration,
  "policy.rules.*.reason": text("a regular expression such as '^[A-Z]+-[0-9]+'"),
  "policy.rules.*.domains": other("a list of domains such as [example.com]"),
  "policy.rules.*.domains.*": other("a domain such as example.com, without @", "bad-pattern"),
  "policy.rules.*.at_most": other("a whole number, 0 or more", "bad-number"),
  "policy.rules.*.through": other("groups", "bad-value"),
  "policy.rules.*.reviewed_within": duration,
  "policy.rules.*.except": other("a list such as [{ email: ADDRESS, until: DATE }]"),
  "policy.rules.*.except.*": other("an exception such as { email: ADDRESS, until: DATE }"),
  "policy.rules.*.except.*.email": email,
  "policy.rules.*.except.*.until": day,
  "policy.rules.*.except.*.reason": text("text"),
  users: other("a list of users, each starting with - email:"),
  "users.*": other("a user with email: and roles: or groups:"),
  "users.*.email": email,
  ...roleLists("users.*"),
  "users.*.groups": other("a list of groups such as [data-team]"),
  "users.*.groups.*": text("a group's name, or { group: NAME, expires: DATE }"),
  "users.*.groups.*.group": text("a group's name"),
  "users.*.groups.*.expires": day,
  "users.*.expires": day,
  "users.*.reason": text("text"),
  "users.*.reviewed": day,
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

/** What is written for a key whose name they do not remember. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  users: ["people", "members", "accounts", "persons", "employees"],
  groups: ["teams", "team"],
  roles: ["permissions", "permission", "access"],
  email: ["address", "login", "username"],
  expires: ["until", "ends", "end", "expiry", "expiration", "expires_at", "valid_until"],
  until: ["expires", "ends", "end", "expiry"],
  reason: ["ticket", "comment", "note", "why"],
  organization: ["org", "company", "workspace"],
  include: ["import", "imports", "extends"],
  policy: ["policies", "settings", "guards"],
  at_most: ["max", "maximum", "limit"],
  protected: ["protect"],
  who: ["users", "emails"],
};

const topKeys = new Set(Object.keys(expectations).filter((pattern) => /^\w+$/.test(pattern)));
const policyKeys = new Set(
  Object.keys(expectations).flatMap((pattern) => /^policy\.(\w+)$/.exec(pattern)?.[1] ?? []),
);

const AT_TOP = "at the top level, without indentation";

/** A key that is valid elsewhere, usually a mistake of indentation. */
function suggestPlace(key: string, path: Path): string | null {
  const where = patternOf(path);
  if (where === "" && policyKeys.has(key)) return "under policy:";
  if (where === "policy" && topKeys.has(key)) return AT_TOP;
  if (where === "groups.*" && (key === "users" || key === "members")) {
    return "in each user's entry, as groups: [NAME]";
  }
  return null;
}

export const usersFormat: Format = {
  check: validate,
  expectationAt,
  reportOwn,
  suggestPlace,
  synonyms,
};

/** Where removing the key is not enough, or is another mistake. */
const EMPTY_LISTS: Readonly<Record<string, { entry: string; otherwise: string }>> = {
  "groups.*.roles": { entry: "role", otherwise: "remove the group" },
  "policy.rules.*.domains": { entry: "domain", otherwise: "remove the rule" },
  "users.*.groups": { entry: "group", otherwise: "remove groups if the user has roles" },
  "users.*.roles": { entry: "role", otherwise: "remove roles if the user has groups" },
};

function reportOwn(
  error: SchemaError,
  path: Path,
  document: YamlDocument,
  report: Report,
): boolean {
  const place = document.locate(path);
  switch (error.keyword) {
    case "const":
      // A value that is not a number is a separate error.
      return patternOf(path) === "version";
    case "minItems": {
      const values = EMPTY_LISTS[patternOf(path)];
      if (path.at(-1) === "conflict") report(place, "single-conflict", {});
      else if (values !== undefined) {
        report(place, "empty-list", { subject: String(path.at(-1)), ...values });
      } else return false;
      return true;
    }
    case "required":
      if (error.params["missingProperty"] !== "version") return false;
      report(place, "missing-key", { name: "version", what: "version: 1 at the top" });
      return true;
    case "type": {
      // `users:` under `groups:` through its indentation, rather than a group of that name.
      const key = String(path[1]);
      if (patternOf(path) !== "groups.*" || !topKeys.has(key) || !Array.isArray(error.data))
        return false;
      const values = { name: key, near: key, known: [], belongs: AT_TOP };
      report(document.locateKey(path), "unknown-key", values);
      return true;
    }
    case "anyOf": {
      const email = isObject(error.data) ? error.data["email"] : null;
      report(place, "no-roles", { email: typeof email === "string" ? email : null });
      return true;
    }
    case "oneOf": {
      const keys = assertionsOf(error);
      const found = keys.filter((key) => isObject(error.data) && Object.hasOwn(error.data, key));
      if (found.length === 0) report(place, "missing-assertion", { known: keys });
      else report(place, "several-assertions", { found });
      return true;
    }
    default:
      return false;
  }
}

/** The keys of which a rule has one. */
function assertionsOf({ parentSchema }: SchemaError): readonly string[] {
  const choice: unknown = parentSchema["oneOf"];
  if (!Array.isArray(choice)) return [];
  return choice.flatMap((branch: unknown) =>
    isObject(branch) && Array.isArray(branch["required"]) ? branch["required"].map(String) : [],
  );
}
