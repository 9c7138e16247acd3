/**
 * Short builders for the pure core. A user's roles are one text: `Member Billing`. Grants in the files can say more:
 * `data-team/Analyst@2026-12-31` is the role Analyst through the group data-team until that day.
 */
import { reasonTexts } from "../../src/model/plan-words.ts";
import type { CurrentState, ListedUser, Role } from "../../src/model/current.ts";
import {
  type DesiredOrganization,
  type DesiredUser,
  type Grant,
  type Policy,
  emailKey,
  nowhere,
} from "../../src/model/desired.ts";
import type { Day } from "../../src/model/days.ts";
import type { Change, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import { problemText, type Problem } from "../../src/model/problem.ts";
import type { Place } from "../../src/model/place.ts";
import type { AccessTable } from "../../src/model/access.ts";
import { assemblePlan, type PlanOptions, planOrganization } from "../../src/plan/make-plan.ts";
import { noOverrides, type Overrides } from "../../src/plan/guards.ts";

export const TODAY: Day = "2026-11-23";
export const URL = "https://app.polytomic.com";
export const ORGANIZATION = { id: "org-1", name: "Example" };

export const ADMIN: Role = { id: "r-admin", name: "Admin" };
export const MEMBER: Role = { id: "r-member", name: "Member" };
export const VIEWER: Role = { id: "r-viewer", name: "Viewer" };
export const BILLING: Role = { id: "r-billing", name: "Billing" };
export const ANALYST: Role = { id: "r-analyst", name: "Analyst" };
export const ROLES: readonly Role[] = [ADMIN, MEMBER, VIEWER, BILLING, ANALYST];

export function at(line: number, path = "users.yaml"): Place {
  return { path, line, column: 5 };
}

export function share(percent: number): Policy["maxRemovals"] {
  return { kind: "share", percent };
}

export function number(count: number): Policy["maxRemovals"] {
  return { kind: "count", count };
}

/** The product's defaults. */
export function policy(more: Partial<Policy> = {}): Policy {
  return {
    unmanaged: "remove",
    onRemoval: "remove",
    ignore: [],
    protected: [],
    maxRemovals: share(25),
    maxRoleChanges: share(50),
    minAdmins: 1,
    limitPlaces: nowhere,
    adminRole: "Admin",
    create: true,
    rules: [],
    adminRolePlace: at(1),
    ...more,
  };
}

export const demoteTo = (role: string): Policy["onRemoval"] => ({ demoteTo: role, place: at(2) });

export function grant(text: string, place: Place = at(10)): Grant {
  const [granted = "", expires = null] = text.split("@");
  const [group, role] = granted.includes("/") ? granted.split("/") : [null, granted];
  return { role: role ?? "", group: group ?? null, expires, place };
}

export function user(
  email: string,
  grants: string,
  {
    previously = null,
    ...more
  }: Partial<Omit<DesiredUser, "email" | "grants" | "previously">> & {
    readonly previously?: string | null;
  } = {},
): DesiredUser {
  const place = more.place ?? at(10);
  return {
    email,
    previously: previously === null ? null : { value: previously, place },
    expires: null,
    reason: null,
    reviewed: null,
    memberships: [],
    grants: grants.split(" ").map((text) => grant(text, place)),
    place,
    ...more,
  };
}

export function file(
  users: readonly DesiredUser[],
  more: Partial<Policy> = {},
  aliases: DesiredOrganization["aliases"] = [],
): DesiredOrganization {
  return {
    organization: ORGANIZATION.id,
    place: at(1),
    source: "users.yaml",
    files: ["users.yaml"],
    aliases,
    policy: policy(more),
    users,
  };
}

/** The id of `jane@x.io` is `u-jane@x.io`. */
export function listed(email: string, roles: string, more: Partial<ListedUser> = {}): ListedUser {
  return {
    id: `u-${emailKey(email)}`,
    email,
    organizationId: ORGANIZATION.id,
    roleIds: rolesNamed(roles).map(({ id }) => id),
    legacyRole: null,
    ...more,
  };
}

/** Roles by name; a name that is not in `ROLES` is its own id. */
export function rolesNamed(text: string): readonly Role[] {
  return text
    .split(" ")
    .filter((name) => name !== "")
    .map((name) => ROLES.find((role) => role.name === name) ?? { id: name, name });
}

/** Address → roles, or the users as listed. */
export function now(
  users: Readonly<Record<string, string>> | readonly ListedUser[],
  more: Partial<CurrentState> = {},
): CurrentState {
  return {
    organization: ORGANIZATION,
    users: isList(users)
      ? users
      : Object.entries(users).map(([email, roles]) => listed(email, roles)),
    roles: ROLES,
    caller: null,
    ...more,
  };
}

function isList(users: object): users is readonly ListedUser[] {
  return Array.isArray(users);
}

/** The state that matches these files: all users as they are granted, and no others. */
export function asDesired(desired: DesiredOrganization): CurrentState {
  return now(
    desired.users.map(({ email, grants }) =>
      listed(emailKey(email), [...new Set(grants.map(({ role }) => role))].join(" ")),
    ),
  );
}

export function caller(userId: string | null, email: string | null): CurrentState["caller"] {
  return { userId, email, organizationId: ORGANIZATION.id, organizationName: ORGANIZATION.name };
}

export type Options = Partial<Omit<PlanOptions, "only">> & { readonly only?: readonly string[] };

function options({ asOf = TODAY, only }: Options): PlanOptions {
  return { asOf, only: only === undefined ? null : new Set(only) };
}

export function planOf(
  desired: DesiredOrganization,
  current: CurrentState,
  more: Options = {},
): OrganizationPlan {
  const planned = planOrganization(desired, current, options(more));
  if (planned.kind === "planned") return planned.plan;
  throw new Error(planned.problems.map(problemText).join("\n"));
}

export function accessOf(
  desired: DesiredOrganization,
  current: CurrentState,
  more: Options = {},
): AccessTable {
  const planned = planOrganization(desired, current, options(more));
  if (planned.kind === "planned") return planned.access();
  throw new Error(planned.problems.map(problemText).join("\n"));
}

export function problemsOf(
  desired: DesiredOrganization,
  current: CurrentState,
): readonly Problem[] {
  const planned = planOrganization(desired, current, options({}));
  return planned.kind === "problems" ? planned.problems : [];
}

export function judged(
  plan: OrganizationPlan,
  overrides: Partial<Overrides> = {},
): OrganizationPlan {
  const [one] = wholePlan([plan], overrides).organizations;
  if (one === undefined) throw new Error("no organization");
  return one;
}

export function wholePlan(
  plans: readonly OrganizationPlan[],
  overrides: Partial<Overrides> = {},
): Plan {
  return assemblePlan(URL, plans, [], { ...noOverrides, ...overrides });
}

/** `+ ann@x.io Member`, `~ sam@x.io Member → Billing, Member`, `- bob@x.io Member`; then why. */
export function told(change: Change): string {
  const reasons = reasonTexts(change);
  const why = reasons.length === 0 ? "" : `: ${reasons.join("; ")}`;
  return `${shortly(change)}${why}`;
}

export function shortly(change: Change): string {
  switch (change.action) {
    case "create":
      return `+ ${change.email} ${names(change.after)}`;
    case "update":
      return `~ ${change.email} ${names(change.before)} → ${names(change.after)}`;
    case "remove":
      return `- ${change.email} ${names(change.before)}`;
  }
}

export function names(roles: readonly Role[]): string {
  return roles.length === 0 ? "nothing" : roles.map(({ name }) => name).join(", ");
}

/** The state after these changes; new users get their own ids. */
export function after(current: CurrentState, changes: readonly Change[]): CurrentState {
  const users = new Map(current.users.map((one) => [emailKey(one.email ?? ""), one]));
  for (const change of changes) {
    const { email, after: roles } = change;
    if (roles === null) users.delete(email);
    else {
      const before = users.get(email) ?? listed(email, "");
      users.set(email, { ...before, roleIds: roles.map(({ id }) => id), legacyRole: null });
    }
  }
  return { ...current, users: [...users.values()] };
}
