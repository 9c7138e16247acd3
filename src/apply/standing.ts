/** A planned change beside what is there now. */
import type { Role } from "../model/current.ts";
import type { Change, Create, Remove, Update } from "../model/plan.ts";
import type { CurrentPerson } from "../plan/current-users.ts";
import { sameRoles } from "../plan/roles.ts";
import { roleNames } from "../model/wording.ts";
import type { People } from "./user-listing.ts";

export type Standing =
  | { readonly kind: "as-planned" }
  /** As the plan saw it, so the change is still to be made. */
  | { readonly kind: "as-before" }
  /** Neither: `message` says what is there, as in `has Member now`. */
  | { readonly kind: "other"; readonly message: string };

const AS_PLANNED: Standing = { kind: "as-planned" };
const AS_BEFORE: Standing = { kind: "as-before" };

export function standingOf(change: Change, people: People): Standing {
  const person = people.get(change.email);
  switch (change.action) {
    case "create":
      return ofCreate(change, person);
    case "update":
      return ofUpdate(change, person);
    case "remove":
      return ofRemove(change, person);
  }
}

function ofCreate(change: Create, person: CurrentPerson | undefined): Standing {
  if (person === undefined) return AS_BEFORE;
  return sameRoles(person.roles, change.after) ? AS_PLANNED : holds(person.roles);
}

function ofUpdate(change: Update, person: CurrentPerson | undefined): Standing {
  if (person === undefined) return { kind: "other", message: "is not there any more" };
  if (person.id !== change.userId) return recreated(person);
  if (sameRoles(person.roles, change.after)) return AS_PLANNED;
  return sameRoles(person.roles, change.before) ? AS_BEFORE : holds(person.roles);
}

function ofRemove(change: Remove, person: CurrentPerson | undefined): Standing {
  if (person === undefined) return AS_PLANNED;
  if (person.id !== change.userId) return recreated(person);
  return sameRoles(person.roles, change.before) ? AS_BEFORE : holds(person.roles);
}

function holds(roles: readonly Role[]): Standing {
  return { kind: "other", message: `has ${roleNames(roles)} now` };
}

function recreated(person: CurrentPerson): Standing {
  const roles = roleNames(person.roles);
  return { kind: "other", message: `is another user now (${person.id}, with ${roles})` };
}
