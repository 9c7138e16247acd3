/** How a person's `roles` and `groups` come to give the right roles: what goes and what is added. Pure. */
import type { Role } from "../../model/current.ts";
import { type Day, type DesiredUser, type Grant, nameKey } from "../../model/desired.ts";
import { earlier, hasEnded } from "../../plan/days.ts";
import type { CurrentPerson } from "../../plan/current-users.ts";
import { type RoleBook, sortedRoles } from "../../plan/roles.ts";

/** An entry of `roles` or `groups` as it is written. */
export interface WrittenEntry {
  readonly name: string;
  readonly expires: Day | null;
}

export interface RoleListsChange {
  /** Indexes of entries that go. */
  readonly droppedRoles: ReadonlySet<number>;
  readonly droppedGroups: ReadonlySet<number>;
  /** Sorted by name. */
  readonly addedRoles: readonly Role[];
}

export interface WrittenLists {
  readonly roles: readonly WrittenEntry[];
  readonly groups: readonly WrittenEntry[];
}

/**
 * A group stays as long as it gives nothing that the person does not have, and so does a role. What has
 * ended gives nothing and stays too, unless its role has to be written again.
 */
export function changeRoleLists(
  user: DesiredUser,
  { roles, groups }: WrittenLists,
  person: CurrentPerson,
  book: RoleBook,
  asOf: Day,
): RoleListsChange {
  const has = new Set(person.roles.map(({ id }) => id));
  const given = new Set<string>();
  const keepsGroup = (group: WrittenEntry): boolean => {
    const ids = liveGrants(user, group, asOf).map(
      ({ role, place }) => book.resolve(role, place)?.id,
    );
    if (!ids.every((id) => id !== undefined && has.has(id))) return false;
    for (const id of ids) if (id !== undefined) given.add(id);
    return true;
  };
  const keepsRole = ({ name, expires }: WrittenEntry): boolean => {
    if (hasEnded(expires, asOf)) return true;
    const id = book.resolve(name, user.place)?.id;
    if (id === undefined || !has.has(id)) return false;
    given.add(id);
    return true;
  };
  const droppedGroups = indexesWhere(groups, (group) => !keepsGroup(group));
  const wrong = indexesWhere(roles, (role) => !keepsRole(role));
  const addedRoles = sortedRoles(person.roles).filter(({ id }) => !given.has(id));
  const added = new Set(addedRoles.map(({ id }) => id));
  const again = indexesWhere(
    roles,
    ({ name, expires }) =>
      hasEnded(expires, asOf) && added.has(book.resolve(name, user.place)?.id ?? ""),
  );
  return { droppedGroups, droppedRoles: new Set([...wrong, ...again]), addedRoles };
}

function liveGrants(
  user: DesiredUser,
  { name, expires }: WrittenEntry,
  asOf: Day,
): readonly Grant[] {
  return user.grants.filter(
    (grant) =>
      grant.group !== null &&
      nameKey(grant.group) === nameKey(name) &&
      !hasEnded(earlier(grant.expires, expires), asOf),
  );
}

function indexesWhere(
  entries: readonly WrittenEntry[],
  test: (entry: WrittenEntry) => boolean,
): ReadonlySet<number> {
  return new Set(entries.flatMap((entry, index) => (test(entry) ? [index] : [])));
}
