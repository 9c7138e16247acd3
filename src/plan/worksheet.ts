/** Access table × files → the rows of the review worksheet. */
import type { AccessTable } from "../model/access.ts";
import type { Role } from "../model/current.ts";
import {
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  type Grant,
  liveGrants,
  nameKey,
} from "../model/desired.ts";
import { type Day, earlier, later } from "../model/days.ts";
import { compareText } from "../model/place.ts";
import type { WorksheetRow } from "../model/worksheet.ts";
import { grantPlace } from "../model/text.ts";

export interface WorksheetInput {
  readonly desired: DesiredOrganization;
  readonly table: AccessTable;
  readonly asOf: Day;
  /** Since when the files grant a role, as they call it. */
  readonly since: (email: string, role: string) => string;
}

const ONLY_IN_POLYTOMIC = "only in Polytomic";
const ONLY_IN_FILES = " (not in Polytomic yet)";

/** Sorted by organization, address and role; users whom the policy ignores are not reviewed. */
export function worksheetRows(inputs: readonly WorksheetInput[]): readonly WorksheetRow[] {
  const names = inputs.map(({ table }) => table.organization.name);
  return inputs
    .flatMap((input) => {
      const { id, name } = input.table.organization;
      const isShared = names.filter((one) => one === name).length > 1;
      return makeRows(input, isShared ? `${name} (${id})` : name);
    })
    .sort(
      (a, b) =>
        compareText(a.organization, b.organization) ||
        compareText(a.email, b.email) ||
        compareText(nameKey(a.role), nameKey(b.role)) ||
        compareText(a.role, b.role),
    );
}

function makeRows(input: WorksheetInput, organization: string): readonly WorksheetRow[] {
  const { desired, table } = input;
  const ignored = table.users.filter(({ state }) => state === "ignored");
  const current = new Map(
    table.users
      .filter(({ now }) => now)
      .map(({ email, holdings }) => [
        email,
        holdings.filter((one) => one.now).map((one) => one.role),
      ]),
  );
  const listed = new Map(desired.users.map((user) => [emailKey(user.email), user]));
  const emails = new Set([...current.keys(), ...listed.keys()]);
  for (const { email } of ignored) emails.delete(email);
  return [...emails].flatMap((email) =>
    rowsOfUser(email, listed.get(email) ?? null, current.get(email) ?? [], input, organization),
  );
}

interface Reviewed {
  readonly role: Role | null;
  readonly written: string;
  readonly grants: Grant[];
}

function rowsOfUser(
  email: string,
  user: DesiredUser | null,
  held: readonly Role[],
  { desired, table, asOf, since }: WorksheetInput,
  organization: string,
): readonly WorksheetRow[] {
  const roles: Reviewed[] = held.map((role) => ({ role, written: role.name, grants: [] }));
  for (const grant of user === null ? [] : liveGrants(user, asOf)) {
    const known = table.roles.find((role) => isCalled(role, grant.role, desired)) ?? null;
    const one = roles.find(({ role, written }) =>
      known === null
        ? role === null && nameKey(written) === nameKey(grant.role)
        : role?.id === known.id,
    );
    if (one === undefined) roles.push({ role: known, written: grant.role, grants: [grant] });
    else one.grants.push(grant);
  }
  return roles.map(({ role, written, grants }): WorksheetRow => {
    const name = grants[0]?.role ?? written;
    const isHeld = role !== null && held.some(({ id }) => id === role.id);
    return {
      organization,
      email,
      role: role === null ? name : labelOf(role, table.roles),
      admin: role?.id === table.adminRole.id,
      source:
        grants.length === 0
          ? ONLY_IN_POLYTOMIC
          : `${grants.map(grantPlace).join("; ")}${isHeld ? "" : ONLY_IN_FILES}`,
      since: grants.length === 0 ? "" : since(email, name),
      expires:
        grants.length === 0
          ? null
          : earlier(grants.map(({ expires }) => expires).reduce(later), user?.expires ?? null),
      reason: user?.reason ?? null,
      reviewed: user?.reviewed?.value ?? null,
      file: desired.source,
      written: name,
      user,
      grants,
      held: isHeld,
    };
  });
}

/** Whether the files mean this role when they write this: a name of their own, its name, or its id. */
function isCalled(
  role: Role,
  written: string,
  { aliases }: Pick<DesiredOrganization, "aliases">,
): boolean {
  const alias = aliases.find(({ name }) => nameKey(name) === nameKey(written));
  if (alias !== undefined) return alias.id === role.id;
  return role.id === written || nameKey(role.name) === nameKey(written);
}

function labelOf(role: Role, roles: readonly Role[]): string {
  const isShared = roles.some(
    ({ id, name }) => id !== role.id && nameKey(name) === nameKey(role.name),
  );
  return isShared ? `${role.name} (${role.id})` : role.name;
}
