/** Builders of plans, results and access tables with defaults for what a test does not need. */
import { nowhere } from "../../src/model/desired.ts";
import type { AccessTable, Holding, UserAccess } from "../../src/model/access.ts";
import type { Organization, Role } from "../../src/model/current.ts";
import type {
  Change,
  Create,
  OrganizationPlan,
  Plan,
  Remove,
  GuardInputs,
  Update,
} from "../../src/model/plan.ts";
import type { Place } from "../../src/model/place.ts";
import type { ApplyResult, ChangeResult, OrganizationResult } from "../../src/model/result.ts";

export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

export function role(name: string): Role {
  return { id: `role-${name.toLowerCase().replaceAll(" ", "-")}`, name };
}

export function at(line: number, path = "users.yaml"): Place {
  return { path, line, column: 5 };
}

export const acme: Organization = { id: "248df4b7-aa70-47b8-a036-33ac447e668d", name: "Acme" };

export function roles(...names: readonly string[]): readonly Role[] {
  return names.map(role);
}

export function add(email: string, after: readonly string[], more: Partial<Create> = {}): Create {
  return {
    action: "create",
    email,
    userId: null,
    before: null,
    after: roles(...after),
    until: null,
    renamedFrom: null,
    reasons: [],
    source: null,
    ...more,
  };
}

export function change(
  email: string,
  before: readonly string[],
  after: readonly string[],
  more: Partial<Update> = {},
): Update {
  return {
    action: "update",
    email,
    userId: `id-${email}`,
    before: roles(...before),
    after: roles(...after),
    until: null,
    insteadOfRemoval: false,
    reasons: [],
    source: null,
    ...more,
  };
}

export function remove(
  email: string,
  before: readonly string[],
  more: Partial<Remove> = {},
): Remove {
  return {
    action: "remove",
    email,
    userId: `id-${email}`,
    before: roles(...before),
    after: null,
    renamedTo: null,
    reasons: [{ code: "not-in-files" }],
    source: null,
    ...more,
  };
}

export const guardInputs: GuardInputs = {
  adminRole: role("Admin"),
  policy: {
    ignore: ["*@polytomic.com"],
    protected: ["cto@acme.example"],
    maxRemovals: { kind: "share", percent: 25 },
    maxRoleChanges: { kind: "share", percent: 50 },
    minAdmins: 1,
    limitPlaces: nowhere,
  },
  users: 30,
  admins: ["cto@acme.example"],
  callerId: null,
  implausible: [],
};

export function organization(
  changes: readonly Change[],
  more: Partial<OrganizationPlan> = {},
): OrganizationPlan {
  return {
    organization: acme,
    source: "users.yaml",
    guardInputs,
    changes,
    leftOut: [],
    unchanged: 30 - changes.length,
    expiring: [],
    unmanaged: [],
    ignored: [],
    pending: [],
    notices: [],
    seen: [],
    ruleFindings: [],
    violations: [],
    ...more,
  };
}

export function planOf(organizations: readonly OrganizationPlan[], more: Partial<Plan> = {}): Plan {
  return {
    url: "https://app.polytomic.com",
    organizations,
    failed: [],
    digest: DIGEST,
    ...more,
  };
}

export function done(change: Change): ChangeResult {
  return { change, outcome: "applied", error: null };
}

export function resultOf(
  plan: OrganizationPlan,
  results: readonly ChangeResult[],
  more: Partial<OrganizationResult> = {},
): OrganizationResult {
  return {
    organization: plan.organization,
    source: plan.source,
    results,
    verified: true,
    differences: [],
    ...more,
  };
}

export function applied(
  plan: Plan,
  organizations: readonly OrganizationResult[],
  more: Partial<ApplyResult> = {},
): ApplyResult {
  return { plan, organizations, interrupted: false, halted: null, ...more };
}

export function holding(name: string, more: Partial<Holding> = {}): Holding {
  return { role: role(name), now: true, planned: true, from: [], expires: null, ...more };
}

export function user(
  email: string,
  holdings: readonly Holding[],
  more: Partial<UserAccess> = {},
): UserAccess {
  return {
    email,
    state: "managed",
    now: true,
    planned: true,
    holdings,
    expires: null,
    reason: null,
    source: null,
    expired: false,
    formerly: null,
    becomes: null,
    ...more,
  };
}

export function accessTable(
  users: readonly UserAccess[],
  more: Partial<AccessTable> = {},
): AccessTable {
  const held = users.flatMap(({ holdings }) => holdings.map(({ role }) => role));
  return {
    organization: acme,
    source: "users.yaml",
    adminRole: role("Admin"),
    roles: [...new Map(held.map((role) => [role.id, role])).values()],
    users,
    ...more,
  };
}
