/** Access tables for the page: those of the shared plans, and a very large one. */
import type { AccessTable, Holding, UserAccess } from "../../src/model/access.ts";
import type { Role } from "../../src/model/current.ts";
import type { Change, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import { acme, at, role } from "./build.ts";

export function tablesOf(plan: Plan): readonly AccessTable[] {
  return plan.organizations.map((each) => tableOf(each));
}

/** The roles of these users now and after the plan. */
export function tableOf(plan: OrganizationPlan, settled: readonly UserAccess[] = []): AccessTable {
  const entries = [
    ...plan.changes.map(userOfChange),
    ...plan.unmanaged.map(({ email, roles }) => user(email, { held: roles, state: "unmanaged" })),
    ...plan.ignored.map(({ email, roles }) => user(email, { held: roles, state: "ignored" })),
    ...settled,
  ];
  return {
    organization: plan.organization,
    source: plan.source,
    adminRole: plan.guardInputs.adminRole,
    roles: rolesOf(entries, plan.guardInputs.adminRole),
    users: entries,
  };
}

export function user(
  email: string,
  { held, ...more }: Partial<UserAccess> & { readonly held: readonly Role[] },
): UserAccess {
  return {
    email,
    state: "managed",
    now: true,
    planned: true,
    holdings: held.map((role) => holding(role, true, true)),
    expires: null,
    reason: null,
    source: null,
    expired: false,
    formerly: null,
    becomes: null,
    ...more,
  };
}

export function holding(
  role: Role,
  now: boolean,
  planned: boolean,
  more: Partial<Holding> = {},
): Holding {
  return { role, now, planned, from: planned ? ["users.yaml:12"] : [], expires: null, ...more };
}

/** Every fifth user changes, every hundredth is an admin; nothing is random. */
export function largeTable(entries: number, roles: number): AccessTable {
  const names = Array.from({ length: roles - 1 }, (_, index) =>
    role(`Role ${index + 1} of the team`),
  );
  const all = [role("Admin"), ...names];
  return {
    organization: acme,
    source: "users.yaml",
    adminRole: role("Admin"),
    roles: all,
    users: Array.from({ length: entries }, (_, index) => makeUser(index, all)),
  };
}

function makeUser(index: number, roles: readonly Role[]): UserAccess {
  const [now, planned] = [index % 40 !== 0, index % 35 !== 0];
  const holdings = roles.flatMap((role, column) => {
    if (column === 0 ? index % 100 !== 1 : (index * 7 + column * 11) % 5 !== 0) return [];
    const gained = (index + column) % 25 === 3;
    return [
      holding(role, now && !gained, planned || gained, {
        from: [`group team-${column} (users.yaml:${column + 4})`],
      }),
    ];
  });
  return {
    email: `${FIRST[index % FIRST.length]}.${LAST[index % LAST.length]}.${index}@acme.example`,
    state: "managed",
    now,
    planned,
    holdings,
    expires: index % 30 === 0 ? "2027-03-31" : null,
    reason: index % 10 === 0 ? `DATA-${index}` : null,
    source: at(index + 20),
    expired: false,
    formerly: null,
    becomes: null,
  };
}

const FIRST = ["jane", "sam", "nadia", "bob", "priya", "zoe", "uma"];
const LAST = ["doe", "miller", "haddad", "raman", "okafor", "lindqvist", "moreau", "sato", "weiss"];

function userOfChange(change: Change): UserAccess {
  const before = change.before ?? [];
  const after = change.after ?? [];
  const all = [...before, ...after.filter(({ id }) => before.every((role) => role.id !== id))];
  const has = (roles: readonly Role[], { id }: Role) => roles.some((role) => role.id === id);
  return user(change.email, {
    held: [],
    now: change.before !== null,
    planned: change.after !== null,
    holdings: all.map((role) => holding(role, has(before, role), has(after, role))),
    source: change.source,
    formerly: change.action === "create" ? change.renamedFrom : null,
    becomes: change.action === "remove" ? change.renamedTo : null,
  });
}

function rolesOf(entries: readonly UserAccess[], adminRole: Role): readonly Role[] {
  const found = new Map([[adminRole.id, adminRole]]);
  for (const { holdings } of entries) for (const { role } of holdings) found.set(role.id, role);
  const [admin, ...others] = found.values();
  return [
    ...(admin === undefined ? [] : [admin]),
    ...others.sort((a, b) => (a.name < b.name ? -1 : 1)),
  ];
}
