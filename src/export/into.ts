/** `export --into`: updates a users file, as a value, to the current state. Pure. */
import type { CurrentState } from "../model/current.ts";
import { type DesiredOrganization, type DesiredUser, emailKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { compilePatterns } from "../model/patterns.ts";
import type { CurrentUser } from "../plan/current-users.ts";
import { nameRoles, type NamedState, roleBook, sortRoles } from "../plan/roles.ts";
import type { UserEntry } from "../config/raw-file.ts";
import { insertUser, patchFile, type UsersFile } from "../edit/users-file.ts";
import { listed, listedUsers, nameOf } from "./users.ts";
import { aliasesFor, roleWriter } from "./names.ts";
import { type Context, isDemoted, type Outcome, updateEntry } from "./entry-update.ts";

export interface Updated {
  readonly file: UsersFile;
  /** Users: how many are new, gone from the file, or different in it. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Changes of hand-written keys, such as a removed `previously`. */
  readonly notes: readonly string[];
}

/**
 * `file` is what `desired` was read from. Never makes temporary access permanent. Throws `InvalidFiles` with cases
 * that need a decision, and `Failure` if included files would have to change.
 */
export function updateFile(
  file: UsersFile,
  desired: DesiredOrganization,
  state: CurrentState,
  asOf: Day,
): Updated {
  const context = makeContext(file, desired, nameRoles(state, desired.aliases), asOf);
  const outcomes = new Map(desired.users.map((user) => [user, updateEntry(user, context)]));
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

function makeContext(
  file: UsersFile,
  desired: DesiredOrganization,
  state: NamedState,
  asOf: Day,
): Context {
  const book = roleBook(desired, state.roles);
  const { onRemoval } = desired.policy;
  const leftOut: string[] = [];
  const users = usersFor(desired, state, leftOut);
  return {
    desired,
    book,
    asOf,
    users,
    entries: new Map((file.users ?? []).map((entry) => [emailKey(entry.email), entry])),
    demotedTo: onRemoval === "remove" ? null : book.find(onRemoval.demoteTo),
    ...roleNames(file, desired, state),
    problems: [],
    notes: leftOut.map((sentence) => `not added, and kept as they are: ${sentence}`),
  };
}

/**
 * Without those whom the policy ignores. Under `unmanaged: keep`, users whom neither the file names nor a file can
 * describe stay unmanaged; a sentence about each goes to `leftOut`.
 */
function usersFor(
  desired: DesiredOrganization,
  state: NamedState,
  leftOut: string[],
): ReadonlyMap<string, CurrentUser> {
  const ignored = compilePatterns(desired.policy.ignore);
  const named = new Set(
    desired.users.flatMap(({ email, previously }) =>
      [email, ...(previously === null ? [] : [previously.value])].map(emailKey),
    ),
  );
  const isNamed = (email: string): boolean => named.has(emailKey(email));
  const users =
    desired.policy.unmanaged === "remove"
      ? listedUsers(state, ignored)
      : [
          ...listedUsers(state, (email) => ignored(email) || !isNamed(email)),
          ...listedUsers(state, (email) => ignored(email) || isNamed(email), leftOut),
        ];
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

/** In Polytomic and not in the files, by address; not who has become what `on_removal` makes of unmanaged users. */
function arrivals(
  outcomes: ReadonlyMap<DesiredUser, Outcome>,
  context: Context,
): readonly CurrentUser[] {
  const demotes = context.desired.policy.unmanaged === "remove";
  const spokenFor = new Set([...outcomes.values()].flatMap((one) => one.spokenFor));
  return [...context.users.values()].filter(
    (user) => !spokenFor.has(user.email) && !(demotes && isDemoted(user, context)),
  );
}

/** Included files may be shared, so they are never changed. */
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
