/** What a file says × what is there → what has to change in the file, person by person. */
import type { CurrentState, Role } from "../../model/current.ts";
import {
  type Day,
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
} from "../../model/desired.ts";
import { hasEnded } from "../../plan/days.ts";
import { matcherOf } from "../../plan/patterns.ts";
import type { CurrentPerson } from "../../plan/current-users.ts";
import { type RoleBook, roleBook, sameRoles } from "../../plan/roles.ts";
import { listedPeople } from "../people.ts";

export type Difference =
  /** There, and not in the files. */
  | { readonly kind: "new"; readonly person: CurrentPerson }
  /** In the files, and not there. */
  | { readonly kind: "gone"; readonly user: DesiredUser }
  /** In both, with other roles or with access that has ended in the file alone. */
  | { readonly kind: "changed"; readonly user: DesiredUser; readonly person: CurrentPerson }
  /** A rename in the file that is not so yet: only the old address is there. */
  | { readonly kind: "not-renamed"; readonly user: DesiredUser; readonly person: CurrentPerson };

/** In the order of the file, then the new ones by address. Throws `Failure` for people no file can list. */
export function differencesOf(
  desired: DesiredOrganization,
  state: CurrentState,
  asOf: Day,
): readonly Difference[] {
  const book = roleBook(desired, state.roles);
  const people = peopleFor(desired, state);
  const listed = desired.users.flatMap((user) => differenceOf(user, people, book, asOf));
  const spokenFor = new Set(desired.users.map(({ email }) => emailKey(email)));
  for (const one of listed) if (one.kind === "not-renamed") spokenFor.add(one.person.email);
  const arrived = [...people.values()]
    .filter(({ email }) => !spokenFor.has(email))
    .filter((person) => !isDemoted(person, desired, book))
    .map((person): Difference => ({ kind: "new", person }));
  return [...listed, ...arrived];
}

/** Without those whom the policy ignores or keeps: the file does not speak about them. */
function peopleFor(
  desired: DesiredOrganization,
  state: CurrentState,
): ReadonlyMap<string, CurrentPerson> {
  const ignored = matcherOf(desired.policy.ignore);
  const named = new Set(
    desired.users.flatMap(({ email, previously }) =>
      [email, ...(previously === null ? [] : [previously])].map(emailKey),
    ),
  );
  const kept = desired.policy.unmanaged === "keep";
  const people = listedPeople(
    state,
    (email) => ignored(email) || (kept && !named.has(emailKey(email))),
  );
  return new Map(people.map((person) => [person.email, person]));
}

function differenceOf(
  user: DesiredUser,
  people: ReadonlyMap<string, CurrentPerson>,
  book: RoleBook,
  asOf: Day,
): readonly Difference[] {
  const wanted = wantedRoles(user, book, asOf);
  const person = people.get(emailKey(user.email));
  if (person !== undefined) {
    const same = wanted !== null && wanted.length > 0 && sameRoles(wanted, person.roles);
    return same ? [] : [{ kind: "changed", user, person }];
  }
  if (wanted !== null && wanted.length === 0) return []; // ended, and gone
  const old = user.previously === null ? undefined : people.get(emailKey(user.previously));
  return [old === undefined ? { kind: "gone", user } : { kind: "not-renamed", user, person: old }];
}

/** Empty where access has ended; null where a role of it cannot be found any more. */
function wantedRoles(user: DesiredUser, book: RoleBook, asOf: Day): readonly Role[] | null {
  if (hasEnded(user.expires, asOf)) return [];
  const roles: Role[] = [];
  for (const { role, place, expires } of user.grants) {
    if (hasEnded(expires, asOf)) continue;
    const found = book.resolve(role, place);
    if (found === null) return null;
    roles.push(found);
  }
  return roles;
}

/** Someone whose access ended and who has become what `policy.on_removal` says. */
function isDemoted(person: CurrentPerson, desired: DesiredOrganization, book: RoleBook): boolean {
  const { onRemoval } = desired.policy;
  if (onRemoval === "remove") return false;
  const role = book.resolve(onRemoval.demoteTo, onRemoval.place);
  return role !== null && sameRoles(person.roles, [role]);
}
