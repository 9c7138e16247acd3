/** An approved plan against what is there now: what remains of it, what is done already, what has moved. */
import type { CurrentState, Role } from "../model/current.ts";
import type { Day } from "../model/desired.ts";
import type { Change, Conflict, OrganizationPlan, SeenUser, Violation } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";
import { hasEnded } from "./days.ts";
import { inOrder } from "./order.ts";
import { currentPeople, type CurrentPerson } from "./current-users.ts";
import { roleBook, sameRoles } from "./roles.ts";
import { seenUsers, situationOf } from "./guard-inputs.ts";

export interface ApprovedPlan {
  /** What is left to do, judged on what is there now. */
  readonly plan: OrganizationPlan;
  /** Changes of the approved plan that are so already. */
  readonly already: readonly Change[];
  /** People the plan does not touch whom somebody else has changed since: left alone. */
  readonly drift: readonly string[];
}

/** One organization of a saved plan. What has moved since is a violation of `approved-plan`. */
export function checkApproved(
  saved: OrganizationPlan,
  current: CurrentState,
  asOf: Day,
): ApprovedPlan {
  const book = roleBook({ aliases: [] }, current.roles);
  const people = currentPeople(current, book);
  const adminRole = current.roles.find(({ id }) => id === saved.situation.adminRole.id);
  const fate = (change: Change): Fate =>
    fateOf(change, people.byEmail.get(change.email) ?? null, current.roles, asOf);
  const fates = saved.changes.map((change) => ({ change, fate: fate(change) }));
  const violations = [
    ...(adminRole === undefined
      ? [movedViolation(null, roleMissing(saved.situation.adminRole, true))]
      : []),
    ...fates.flatMap(({ change, fate }) =>
      fate.kind === "moved" ? [movedViolation(change.email, fate.conflict)] : [],
    ),
  ];
  const open = fates.filter(({ fate }) => fate.kind === "open").map(({ change }) => change);
  const role = adminRole ?? saved.situation.adminRole;
  return {
    plan: {
      ...saved,
      organization: current.organization,
      situation: situationOf(current, people, saved.situation.policy, role),
      changes: inOrder(open, role),
      leftOut: saved.leftOut.filter((change) => fate(change).kind === "open"),
      seen: seenUsers(people),
      violations,
    },
    already: fates.filter(({ fate }) => fate.kind === "done").map(({ change }) => change),
    drift: driftOf(saved, seenUsers(people)),
  };
}

function movedViolation(email: string | null, conflict: Conflict): Violation {
  return { guard: "approved-plan", place: null, email, conflict };
}

function roleMissing({ name }: Role, admin: boolean): Conflict {
  return { code: "role-missing", role: name, admin };
}

/** open: as the plan saw it. done: as the plan wants it. moved: neither. */
type Fate =
  | { readonly kind: "open" }
  | { readonly kind: "done" }
  | { readonly kind: "moved"; readonly conflict: Conflict };

const OPEN: Fate = { kind: "open" };

function moved(conflict: Conflict): Fate {
  return { kind: "moved", conflict };
}

function fateOf(
  change: Change,
  person: CurrentPerson | null,
  roles: readonly Role[],
  asOf: Day,
): Fate {
  if (isDone(change, person)) return { kind: "done" };
  const wrongRole = change.after === null ? null : roleConflict(change.after, roles);
  if (wrongRole !== null) return moved(wrongRole);
  switch (change.action) {
    case "create":
      if (change.until !== null && hasEnded(change.until, asOf))
        return moved({ code: "access-expired", on: change.until });
      return person === null ? OPEN : moved({ code: "exists", roles: person.roles });
    case "update":
      if (change.until !== null && hasEnded(change.until, asOf))
        return moved({ code: "access-expired", on: change.until });
      return sinceSeen(change.userId, change.before, person);
    case "remove":
      return sinceSeen(change.userId, change.before, person);
  }
}

function isDone(change: Change, person: CurrentPerson | null): boolean {
  if (change.after === null) return person === null;
  if (person === null || !sameRoles(person.roles, change.after)) return false;
  return change.action === "create" || person.id === change.userId;
}

function sinceSeen(userId: string, before: readonly Role[], person: CurrentPerson | null): Fate {
  if (person === null) return moved({ code: "missing" });
  if (person.id !== userId) return moved({ code: "recreated" });
  if (sameRoles(person.roles, before)) return OPEN;
  return moved({ code: "other-roles", before, now: person.roles });
}

/** A reviewer approved names: a role that is gone or is called something else is not what was read. */
function roleConflict(wanted: readonly Role[], roles: readonly Role[]): Conflict | null {
  for (const role of wanted) {
    const now = roles.find(({ id }) => id === role.id);
    if (now === undefined) return roleMissing(role, false);
    if (now.name !== role.name) return { code: "role-renamed", role: role.name, now: now.name };
  }
  return null;
}

function driftOf(saved: OrganizationPlan, now: readonly SeenUser[]): readonly string[] {
  const touched = new Set(saved.changes.map(({ email }) => email));
  const before = new Map(saved.seen.map((user) => [user.email, user]));
  const after = new Map(now.map((user) => [user.email, user]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((email) => !touched.has(email))
    .sort(compareText)
    .flatMap((email) => difference(email, before.get(email), after.get(email)));
}

function difference(
  email: string,
  before: SeenUser | undefined,
  after: SeenUser | undefined,
): readonly string[] {
  if (before === undefined) return [`${email} has been added since the plan was made`];
  if (after === undefined) return [`${email} has been removed since the plan was made`];
  if (before.userId !== after.userId) {
    return [`${email} has been removed and invited again since the plan was made`];
  }
  const same =
    before.roleIds.length === after.roleIds.length &&
    before.roleIds.every((id) => after.roleIds.includes(id));
  return same ? [] : [`${email} has other roles since the plan was made`];
}
