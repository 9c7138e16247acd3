/** Compares a planned change with the current user, and finds what others changed since the plan was made. */
import type { Role } from "../model/current.ts";
import type { Change, Conflict, OrganizationPlan } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import type { Difference } from "../model/result.ts";
import type { CurrentUser } from "./current-users.ts";
import { roleBook, sameRoles, sortRoles } from "./roles.ts";

/** The users of one organization, by address in lower case. */
export type Users = ReadonlyMap<string, CurrentUser>;

export type Comparison =
  /** The user is as when the plan was made: the change is still to be made. */
  | { readonly kind: "pending" }
  /** The user is already as planned. */
  | { readonly kind: "done" }
  | { readonly kind: "conflict"; readonly conflict: Conflict };

const PENDING: Comparison = { kind: "pending" };
const DONE: Comparison = { kind: "done" };

export function compareWithPlan(change: Change, users: Users): Comparison {
  const user = users.get(change.email);
  switch (change.action) {
    case "create":
      if (user === undefined) return PENDING;
      return sameRoles(user.roles, change.after)
        ? DONE
        : conflict({ code: "exists", roles: user.roles });
    case "update":
      if (user === undefined) return conflict({ code: "missing" });
      if (user.id !== change.userId) return conflict({ code: "recreated" });
      return sameRoles(user.roles, change.after) ? DONE : unchangedSince(change.before, user);
    case "remove":
      if (user === undefined) return DONE;
      if (user.id !== change.userId) return conflict({ code: "recreated" });
      return unchangedSince(change.before, user);
  }
}

function unchangedSince(before: readonly Role[], { roles }: CurrentUser): Comparison {
  return sameRoles(roles, before) ? PENDING : conflict({ code: "other-roles", before, now: roles });
}

function conflict(what: Conflict): Comparison {
  return { kind: "conflict", conflict: what };
}

/** After an apply: which changes are not as planned, and what others changed. Sorted by address. */
export function findDifferences(
  plan: Pick<OrganizationPlan, "changes" | "seen">,
  now: Users,
  roles: readonly Role[],
): readonly Difference[] {
  const own = plan.changes
    .filter((change) => compareWithPlan(change, now).kind !== "done")
    .map(({ email, after }): Difference => {
      const found = now.get(email)?.roles ?? null;
      return { email, expected: after, found, foreign: false };
    });
  return [...own, ...findForeignChanges(plan, now, roles)].sort((a, b) =>
    compareText(a.email, b.email),
  );
}

/** Users without a planned change who differ from when the plan was made. `roles` supply the names. */
export function findForeignChanges(
  { changes, seen }: Pick<OrganizationPlan, "changes" | "seen">,
  now: Users,
  roles: readonly Role[],
): readonly Difference[] {
  const planned = new Set(changes.map(({ email }) => email));
  const before = new Map(seen.map((user) => [user.email, user]));
  const { byId } = roleBook({ aliases: [] }, roles);
  const emails = new Set([...before.keys(), ...now.keys()].filter((email) => !planned.has(email)));
  return [...emails].sort(compareText).flatMap((email): readonly Difference[] => {
    const was = before.get(email);
    const is = now.get(email);
    const expected = was === undefined ? null : sortRoles(was.roleIds.map(byId));
    const found = is?.roles ?? null;
    const same =
      was?.userId === is?.id &&
      (expected === null ||
        found === null ||
        // Whether a legacy name means the role that the plan had by its id is not known.
        is?.basis === "name" ||
        sameRoles(expected, found));
    return same ? [] : [{ email, expected, found, foreign: true }];
  });
}
