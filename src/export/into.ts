/** `export --into`: a users file as a value → the value that says what is in Polytomic now. Pure. */
import type { CurrentState, Role } from "../model/current.ts";
import { type DesiredOrganization, type DesiredUser, emailKey, nameKey } from "../model/desired.ts";
import { type Day, hasEnded, later } from "../model/days.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import type { Place, Problem } from "../model/problem.ts";
import { matcherOf } from "../model/patterns.ts";
import type { CurrentUser } from "../plan/current-users.ts";
import {
  hasRole,
  nameRoles,
  type NamedState,
  type RoleBook,
  roleBook,
  sameRoles,
  sortRoles,
} from "../plan/roles.ts";
import {
  type GroupEntry,
  groupOf,
  insertUser,
  patchFile,
  patchUser,
  roleEntry,
  type RoleEntry,
  roleOf,
  type UserEntry,
  type UsersFile,
} from "../edit/users-file.ts";
import { listed, listedUsers, nameOf } from "./users.ts";
import { aliasesFor, roleWriter } from "./names.ts";

export interface Updated {
  readonly file: UsersFile;
  /** Users: how many are new, gone from the file, or different in it. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** What happened to something that was written by hand. */
  readonly notes: readonly string[];
}

/**
 * `file` is what `desired` was read from. Never makes temporary access permanent. Throws `InvalidFiles` with what
 * cannot be said without a decision, and `Failure` where this file alone cannot say what is there.
 */
export function updated(
  file: UsersFile,
  desired: DesiredOrganization,
  state: CurrentState,
  asOf: Day,
): Updated {
  const context = contextOf(file, desired, nameRoles(state, desired.aliases), asOf);
  const outcomes = new Map(desired.users.map((user) => [user, outcomeOf(user, context)]));
  if (context.problems.length > 0) throw new InvalidFiles(context.problems);
  refuseIncluded(outcomes, desired);
  const byEmail = new Map(desired.users.map((user) => [emailKey(user.email), user]));
  const kept = (file.users ?? []).flatMap((entry): UserEntry[] => {
    const user = byEmail.get(emailKey(entry.email));
    const outcome = user === undefined ? undefined : outcomes.get(user);
    if (outcome === undefined || outcome.kind === "same") return [entry];
    return outcome.kind === "gone" ? [] : [outcome.entry];
  });
  const arrived = arrivals(outcomes, context);
  const users = arrived.reduce<readonly UserEntry[]>(
    (list, { email, roles }) => insertUser(list, { email, roles: roles.map(context.write) }),
    kept,
  );
  const count = (kind: Outcome["kind"]): number =>
    [...outcomes.values()].filter((one) => one.kind === kind).length;
  const aliases = context.newAliases();
  const patch = {
    ...(aliases === null ? {} : { roles: aliases }),
    ...(file.users === undefined && users.length === 0 ? {} : { users }),
  };
  return {
    file: patchFile(file, patch),
    added: arrived.length,
    removed: count("gone"),
    changed: count("changed"),
    notes: context.notes,
  };
}

interface Context {
  readonly desired: DesiredOrganization;
  readonly book: RoleBook;
  readonly asOf: Day;
  /** Those that the file speaks about, by address. */
  readonly users: ReadonlyMap<string, CurrentUser>;
  readonly entries: ReadonlyMap<string, UserEntry>;
  readonly demotedTo: Role | null;
  /** What the file calls a role. */
  readonly write: (role: Role) => string;
  /** `roles:` with the names that had to be added; null without any. */
  readonly newAliases: () => Readonly<Record<string, string>> | null;
  readonly problems: Problem[];
  readonly notes: string[];
}

function contextOf(
  file: UsersFile,
  desired: DesiredOrganization,
  state: NamedState,
  asOf: Day,
): Context {
  const book = roleBook(desired, state.roles);
  const { onRemoval } = desired.policy;
  return {
    desired,
    book,
    asOf,
    users: usersFor(desired, state),
    entries: new Map((file.users ?? []).map((entry) => [emailKey(entry.email), entry])),
    demotedTo: onRemoval === "remove" ? null : book.find(onRemoval.demoteTo),
    ...roleNames(file, desired, state),
    problems: [],
    notes: [],
  };
}

/** Without those whom the policy ignores or keeps: the file says nothing about them. */
function usersFor(
  desired: DesiredOrganization,
  state: NamedState,
): ReadonlyMap<string, CurrentUser> {
  const ignored = matcherOf(desired.policy.ignore);
  const named = new Set(
    desired.users.flatMap(({ email, previously }) =>
      [email, ...(previously === null ? [] : [previously])].map(emailKey),
    ),
  );
  const keepsOthers = desired.policy.unmanaged === "keep";
  const users = listedUsers(
    state,
    (email) => ignored(email) || (keepsOthers && !named.has(emailKey(email))),
  );
  return new Map(users.map((user) => [user.email, user]));
}

/** By the file's own names for roles, else by theirs, else by a new name under `roles:`. */
function roleNames(
  file: UsersFile,
  desired: DesiredOrganization,
  state: NamedState,
): Pick<Context, "write" | "newAliases"> {
  const byId = new Map(state.roles.map((role) => [role.id, role]));
  const own = desired.aliases.map(({ name, id }) => ({
    name,
    role: byId.get(id) ?? { id, name: id },
  }));
  const before = roleWriter(own, state.roles);
  const nameless = sortRoles(state.roles).filter((role) =>
    state.listed
      ? [null, role.id].includes(before(role))
      : own.every((one) => one.role.id !== role.id),
  );
  const taken = own.map(({ name }) => name);
  const candidates = aliasesFor(nameless, state, taken);
  const write = roleWriter([...own, ...candidates], state.roles);
  const used = new Map<string, string>();
  return {
    write(role) {
      const name = write(role);
      if (name === null) {
        throw new Failure(
          `${desired.source} cannot be updated from ${nameOf(state)}: the role ${JSON.stringify(role.name)} has no unique name`,
          { hint: `add a name for the id ${role.id} under roles:` },
        );
      }
      if (candidates.some((one) => one.name === name)) used.set(name, role.id);
      return name;
    },
    newAliases() {
      const added = candidates.filter(({ name }) => used.has(name));
      if (added.length === 0) return null;
      return {
        ...file.roles,
        ...Object.fromEntries(added.map(({ name, role }) => [name, role.id])),
      };
    },
  };
}

/** What becomes of the entry of a user. */
type Outcome =
  | { readonly kind: "same"; readonly spokenFor: readonly string[] }
  | { readonly kind: "gone"; readonly spokenFor: readonly string[]; readonly where: string }
  | {
      readonly kind: "changed";
      readonly spokenFor: readonly string[];
      readonly where: string;
      readonly entry: UserEntry;
    };

function outcomeOf(user: DesiredUser, context: Context): Outcome {
  const email = emailKey(user.email);
  const formerKey = user.previously === null ? null : emailKey(user.previously);
  const person = context.users.get(email);
  const former = formerKey === null ? undefined : context.users.get(formerKey);
  const where = `${user.email} (${user.place.path}:${user.place.line})`;
  const live = user.grants.filter(({ expires }) => !hasEnded(expires, context.asOf));
  const isOver = hasEnded(user.expires, context.asOf) || live.length === 0;
  const entry = context.entries.get(email) ?? { email: user.email };
  if (isOver) {
    if (former !== undefined) stillThere(user, former, null, user.place, context);
    if (person !== undefined && !isDemoted(person, context)) {
      stillThere(user, person, null, user.place, context);
    }
    return { kind: "same", spokenFor: [email] };
  }
  if (person !== undefined) {
    const roles = rolesFor(user, entry, person, context);
    const after = former === undefined ? roles : patchUser(roles, { previously: undefined });
    if (former !== undefined) {
      context.notes.push(
        `${user.email} and ${former.email} both exist: previously was removed from the entry`,
      );
    }
    return after === entry
      ? { kind: "same", spokenFor: [email] }
      : {
          kind: "changed",
          spokenFor: [email],
          entry: after,
          where: `${where} has ${namesOf(person)}`,
        };
  }
  if (former === undefined) {
    return { kind: "gone", spokenFor: [email], where: `${where} is not in Polytomic` };
  }
  context.notes.push(
    `${user.email} is still ${former.email}: the rename was removed from the file`,
  );
  return {
    kind: "changed",
    spokenFor: [email, former.email],
    entry: patchUser(rolesFor(user, entry, former, context), {
      email: former.email,
      previously: undefined,
    }),
    where: `${where} is still ${former.email}`,
  };
}

/** Access that has ended in the file and is still held: only its owner knows whether it should end or last longer. */
function stillThere(
  user: DesiredUser,
  person: CurrentUser,
  role: Role | null,
  place: Place,
  { problems }: Context,
): void {
  const values = { holder: person.email, email: user.email, role: role?.name ?? null };
  problems.push({ place, code: "ended-access", values });
}

function isDemoted(person: CurrentUser, { demotedTo }: Context): boolean {
  return demotedTo !== null && sameRoles(person.roles, [demotedTo]);
}

function namesOf({ roles }: CurrentUser): string {
  return roles.map(({ name }) => name).join(", ");
}

/**
 * The entry with `roles` and `groups` that give what the user holds, each role as long as the file gave it. A group
 * stays where it gives nothing else, and so does a role; grants that have ended give nothing and stay too.
 */
function rolesFor(
  user: DesiredUser,
  entry: UserEntry,
  person: CurrentUser,
  context: Context,
): UserEntry {
  const { book, asOf } = context;
  const until = new Map<string, Day | null>();
  const unknown = [];
  for (const grant of user.grants.filter(({ expires }) => !hasEnded(expires, asOf))) {
    const id = book.find(grant.role)?.id;
    if (id === undefined) unknown.push(grant);
    else until.set(id, until.has(id) ? later(until.get(id) ?? null, grant.expires) : grant.expires);
  }
  for (const grant of user.grants) {
    const role = hasEnded(grant.expires, asOf) ? book.find(grant.role) : null;
    if (role === null || until.has(role.id) || !hasRole(person.roles, role)) continue;
    stillThere(user, person, role, grant.place, context);
  }
  const gained = person.roles.filter(({ id }) => !until.has(id));
  const lapsing = unknown.find(({ expires }) => expires !== null);
  if (lapsing !== undefined && gained.length > 0) {
    const { role, expires, place } = lapsing;
    const held = gained.map(({ name }) => name);
    const values = { role, expires, email: person.email, held };
    context.problems.push({ place, code: "unknown-expiring-role", values });
  }
  if (gained.length === 0 && unknown.length === 0 && until.size === person.roles.length) {
    return entry;
  }

  const holds = new Set(person.roles.map(({ id }) => id));
  const given = new Map<string, Day | null>();
  const give = (id: string, day: Day | null): void =>
    void given.set(id, given.has(id) ? later(given.get(id) ?? null, day) : day);
  const groups = (entry.groups ?? []).filter((one) => {
    const grants = user.grants.filter(
      ({ group, expires }) =>
        group !== null &&
        nameKey(group) === nameKey(groupOf(one).group) &&
        !hasEnded(expires, asOf),
    );
    const ids = grants.map(({ role }) => book.find(role)?.id);
    if (!ids.every((id) => id !== undefined && holds.has(id))) return false;
    grants.forEach(({ expires }, index) => give(ids[index] ?? "", expires));
    return true;
  });
  const idOf = (one: RoleEntry): string | undefined => book.find(roleOf(one).role)?.id;
  const isLive = (one: RoleEntry): boolean => !hasEnded(roleOf(one).expires, asOf);
  let roles = (entry.roles ?? []).filter((one) => !isLive(one) || holds.has(idOf(one) ?? ""));
  for (const one of roles) if (isLive(one)) give(idOf(one) ?? "", roleOf(one).expires);
  for (const role of sortRoles(person.roles)) {
    const day = until.get(role.id) ?? null;
    if (given.has(role.id) && later(given.get(role.id) ?? null, day) === given.get(role.id))
      continue;
    const at = roles.findIndex((one) => idOf(one) === role.id);
    const written = roles[at];
    if (written === undefined) roles = [...roles, roleEntry(context.write(role), day)];
    else roles = roles.with(at, roleEntry(roleOf(written).role, day));
  }
  return patchUser(entry, { groups: orNothing<GroupEntry>(groups), roles: orNothing(roles) });
}

function orNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** In Polytomic and not in the files, by address; not who has become what `on_removal` makes of unmanaged users. */
function arrivals(
  outcomes: ReadonlyMap<DesiredUser, Outcome>,
  context: Context,
): readonly CurrentUser[] {
  const keepsOthers = context.desired.policy.unmanaged === "keep";
  if (keepsOthers) return [];
  const spokenFor = new Set([...outcomes.values()].flatMap((one) => one.spokenFor));
  return [...context.users.values()].filter(
    (person) => !spokenFor.has(person.email) && !isDemoted(person, context),
  );
}

/** All or nothing: an included file may be shared by others. */
function refuseIncluded(
  outcomes: ReadonlyMap<DesiredUser, Outcome>,
  desired: DesiredOrganization,
): void {
  const elsewhere = [...outcomes].flatMap(([{ place }, outcome]) =>
    outcome.kind === "same" || place.path === desired.source ? [] : [outcome.where],
  );
  if (elsewhere.length === 0) return;
  throw new Failure(
    `${desired.source} cannot be updated, because users in included files differ: ${listed(elsewhere)}`,
    {
      hint: "nothing was written: edit the included files by hand, or move these users into the file",
    },
  );
}
