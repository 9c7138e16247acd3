/** Who has access, person by person and role by role: where each grant comes from and when it ends. */
import type { AccessTable, Holding, Person, Standing } from "../model/access.ts";
import type { Organization, Role } from "../model/current.ts";
import { emailKey, type Grant } from "../model/desired.ts";
import type { Change } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import { pendingOf } from "./announcements.ts";
import type { ChangeContext, Wanted } from "./changes.ts";
import type { EntitledRole } from "./entitlement.ts";
import { hasRole, sortedRoles } from "./roles.ts";

interface AccessInput extends ChangeContext {
  readonly organization: Organization;
  readonly wanted: readonly Wanted[];
  readonly changes: readonly Change[];
  readonly adminRole: Role;
}

export function accessTable(input: AccessInput): AccessTable {
  const { organization, desired, adminRole } = input;
  return sortedTable({ organization, source: desired.source, adminRole }, everybody(input));
}

/** Holders of the admin role first, then by address; the admin role first, then by name. */
export function sortedTable(
  about: Omit<AccessTable, "roles" | "people">,
  unsorted: readonly Person[],
): AccessTable {
  const { adminRole } = about;
  const people = unsorted.toSorted(
    (a, b) =>
      Number(isAdmin(b, adminRole)) - Number(isAdmin(a, adminRole)) ||
      compareText(a.email, b.email),
  );
  const roles = sortedRoles(people.flatMap(({ holdings }) => holdings.map(({ role }) => role)));
  return {
    ...about,
    roles: [
      ...roles.filter((role) => role.id === adminRole.id),
      ...roles.filter((role) => role.id !== adminRole.id),
    ],
    people,
  };
}

/** Everybody that Polytomic has, and the newcomers of the plan. */
function everybody(input: AccessInput): Person[] {
  const wanted = new Map(input.wanted.map((entry) => [emailKey(entry.user.email), entry]));
  const changes = new Map(input.changes.map((change) => [change.email, change]));
  const newcomers = [
    ...input.changes.filter(({ action }) => action === "create").map(({ email }) => email),
    ...pendingOf(input.wanted, input).map(({ email }) => email),
  ];
  return [...input.people.byEmail.keys(), ...newcomers].map((email) =>
    personOf(email, wanted.get(email) ?? null, changes.get(email) ?? null, input),
  );
}

function personOf(
  email: string,
  entry: Wanted | null,
  change: Change | null,
  { people, ignored }: AccessInput,
): Person {
  const current = people.byEmail.get(email) ?? null;
  const now = current?.roles ?? [];
  const awaited = current === null && change === null ? entry?.entitlement.roles : null;
  const planned = awaited ?? (change === null ? now : (change.after ?? []));
  const held = entry?.entitlement.held ?? [];
  return {
    email,
    standing: standingOf(email, entry, ignored),
    now: current !== null,
    planned: change === null ? current !== null : change.after !== null,
    holdings: sortedRoles([...now, ...planned]).map((role) => holdingOf(role, now, planned, held)),
    expires: entry?.user.expires ?? null,
    reason: entry?.user.reason ?? null,
    source: entry?.user.place ?? null,
    formerly: change?.action === "create" ? change.renamedFrom : null,
    becomes: change?.action === "remove" ? change.renamedTo : null,
  };
}

function holdingOf(
  role: Role,
  now: readonly Role[],
  planned: readonly Role[],
  held: readonly EntitledRole[],
): Holding {
  const entitled = held.find((one) => one.role.id === role.id);
  return {
    role,
    now: hasRole(now, role),
    planned: hasRole(planned, role),
    from: (entitled?.grants ?? []).map(grantText),
    expires: entitled?.until ?? null,
  };
}

function standingOf(
  email: string,
  entry: Wanted | null,
  ignored: AccessInput["ignored"],
): Standing {
  if (ignored(email)) return "ignored";
  return entry === null ? "unmanaged" : "managed";
}

function isAdmin(person: Person, adminRole: Role): boolean {
  return person.holdings.some(({ role }) => role.id === adminRole.id);
}

/** `users.yaml:12`, `group data-team (users.yaml:8)` */
export function grantText({ group, place }: Pick<Grant, "group" | "place">): string {
  const line = `${place.path}:${place.line}`;
  return group === null ? line : `group ${group} (${line})`;
}
