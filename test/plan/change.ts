/** Builders of single changes; roles as one text (`build.ts`). */
import type { Create, Remove, Update } from "../../src/model/plan.ts";
import { sortRoles } from "../../src/plan/roles.ts";
import { rolesNamed } from "./build.ts";

const common = { reasons: [], source: null };

export function created(email: string, roles: string, more: Partial<Create> = {}): Create {
  return {
    ...common,
    action: "create",
    email,
    userId: null,
    before: null,
    after: sortRoles(rolesNamed(roles)),
    until: null,
    renamedFrom: null,
    ...more,
  };
}

export function updated(
  email: string,
  before: string,
  after: string,
  more: Partial<Update> = {},
): Update {
  return {
    ...common,
    action: "update",
    email,
    userId: `u-${email}`,
    before: sortRoles(rolesNamed(before)),
    after: sortRoles(rolesNamed(after)),
    until: null,
    insteadOfRemoval: false,
    ...more,
  };
}

export function removed(email: string, roles: string, more: Partial<Remove> = {}): Remove {
  return {
    ...common,
    action: "remove",
    email,
    userId: `u-${email}`,
    before: sortRoles(rolesNamed(roles)),
    after: null,
    renamedTo: null,
    ...more,
  };
}
