/** Who arrives, whose roles change and who leaves, person by person. */
import type { Role } from "../model/current.ts";
import { type DesiredOrganization, type DesiredUser, emailKey } from "../model/desired.ts";
import type { Change, Create, Reason, Remove, Update } from "../model/plan.ts";
import { compareText, type Place } from "../model/problem.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Matcher } from "./patterns.ts";
import type { CurrentPeople, CurrentPerson } from "./current-users.ts";
import { hasRole, sameRoles } from "./roles.ts";

export interface Wanted {
  readonly user: DesiredUser;
  readonly entitlement: Entitlement;
}

export interface ChangeContext {
  readonly desired: DesiredOrganization;
  readonly people: CurrentPeople;
  /** Null where a removal is a removal. */
  readonly demotedTo: Role | null;
  readonly ignored: Matcher;
}

/** What the files say of the people they name. */
export function listedChanges(
  wanted: readonly Wanted[],
  context: ChangeContext,
): readonly Change[] {
  return wanted.flatMap(({ user, entitlement }) => {
    const person = context.people.byEmail.get(emailKey(user.email));
    if (entitlement.roles === null) {
      const reasons = entitlement.ended.map(({ reason }) => reason);
      return person === undefined ? [] : departure(person, reasons, user.place, context);
    }
    if (person === undefined) return arrival(user, entitlement, entitlement.roles, context);
    return sameRoles(person.roles, entitlement.roles)
      ? []
      : [roleChange(user, entitlement, entitlement.roles, person)];
  });
}

/** What the files' silence says of everybody else. */
export function leftoverChanges(
  wanted: readonly Wanted[],
  context: ChangeContext,
): readonly Change[] {
  if (context.desired.policy.unmanaged === "keep") return [];
  const spokenFor = namedPeople(wanted, context);
  return [...context.people.byEmail.values()]
    .filter(({ email }) => !spokenFor.has(email) && !context.ignored(email))
    .flatMap((person) => departure(person, [{ code: "not-in-files" }], null, context));
}

/** The people that the files name, and the old addresses of renames that are planned: an ended entry renames nobody. */
function namedPeople(wanted: readonly Wanted[], context: ChangeContext): ReadonlySet<string> {
  const named = new Set(wanted.map(({ user }) => emailKey(user.email)));
  for (const { user, entitlement } of wanted) {
    const former = entitlement.roles === null ? null : formerPerson(user, context);
    if (former !== null) named.add(former.email);
  }
  return named;
}

/** Under the old address of a rename; once both exist, or the old one is gone, `previously` means nothing any more. */
function formerPerson(
  { email, previously }: DesiredUser,
  { people, ignored }: ChangeContext,
): CurrentPerson | null {
  if (previously === null || people.byEmail.has(emailKey(email))) return null;
  const former = people.byEmail.get(emailKey(previously));
  return former === undefined || ignored(former.email) ? null : former;
}

function arrival(
  user: DesiredUser,
  entitlement: Entitlement,
  roles: readonly Role[],
  context: ChangeContext,
): readonly Change[] {
  const email = emailKey(user.email);
  const renamed = formerPerson(user, context);
  const create: Create = {
    action: "create",
    email,
    userId: null,
    before: null,
    after: roles,
    until: entitlement.until,
    reasons: reasonsFor(user, entitlement, []),
    source: user.place,
    renamedFrom: renamed?.email ?? null,
  };
  if (renamed === null) return [create];
  const remove: Remove = {
    action: "remove",
    email: renamed.email,
    userId: renamed.id,
    before: renamed.roles,
    after: null,
    reasons: [],
    source: user.place,
    renamedTo: email,
  };
  return [create, remove];
}

function roleChange(
  user: DesiredUser,
  entitlement: Entitlement,
  roles: readonly Role[],
  person: CurrentPerson,
): Update {
  return {
    action: "update",
    email: person.email,
    userId: person.id,
    before: person.roles,
    after: roles,
    until: entitlement.until,
    reasons: reasonsFor(user, entitlement, person.roles),
    source: user.place,
    insteadOfRemoval: false,
  };
}

/** Somebody's access ends: a removal, or the demotion that the policy puts in its place. */
function departure(
  person: CurrentPerson,
  reasons: readonly Reason[],
  source: Place | null,
  { demotedTo }: ChangeContext,
): readonly Change[] {
  const common = { email: person.email, userId: person.id, before: person.roles, reasons, source };
  if (demotedTo === null) return [{ ...common, action: "remove", after: null, renamedTo: null }];
  if (sameRoles(person.roles, [demotedTo])) return [];
  return [{ ...common, action: "update", after: [demotedTo], until: null, insteadOfRemoval: true }];
}

/** Groups, the expired roles that are taken away, and the `reason` in the files. */
function reasonsFor(
  user: DesiredUser,
  entitlement: Entitlement,
  before: readonly Role[],
): readonly Reason[] {
  const groups = new Set(
    entitlement.held.flatMap(({ grants }) => grants.flatMap(({ group }) => group ?? [])),
  );
  return [
    ...[...groups].sort(compareText).map((group): Reason => ({ code: "group", group })),
    ...entitlement.ended.flatMap(({ role, reason }) =>
      role !== null && hasRole(before, role) ? [reason] : [],
    ),
    ...(user.reason === null ? [] : [{ code: "note", text: user.reason } as const]),
  ];
}
