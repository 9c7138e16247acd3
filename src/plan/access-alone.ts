/** Who has access by one word alone: Polytomic's, or the files'. */
import type { AccessTable, Holding, Person } from "../model/access.ts";
import type { CurrentState, Role } from "../model/current.ts";
import {
  type Day,
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  nameKey,
} from "../model/desired.ts";
import { grantText, sortedTable } from "./access.ts";
import { currentPeople } from "./current-users.ts";
import { earlier, hasEnded, later } from "./days.ts";
import { knownRoles, roleBook, sortedRoles } from "./roles.ts";

const ADMIN = "Admin";

export function tableOfPolytomic(state: CurrentState): AccessTable {
  const { organization } = state;
  const roles = knownRoles(state, []);
  const people = currentPeople(state, roleBook({ aliases: [] }, roles));
  const adminRole = roles.find(({ name }) => nameKey(name) === nameKey(ADMIN));
  return sortedTable(
    {
      basis: "polytomic",
      organization,
      source: "no files",
      adminRole: adminRole ?? { id: ADMIN, name: ADMIN },
    },
    [...people.byEmail.values()].map(({ email, roles }): Person => {
      const holdings = roles.map((role): Holding => {
        return { role, now: true, planned: true, from: [], expires: null };
      });
      return { ...NOBODY, email, standing: "unmanaged", holdings };
    }),
  );
}

/** Without Polytomic an organization, and a role that the file gives no id, are known by their names. */
export function tableOfFiles(desired: DesiredOrganization, asOf: Day): AccessTable {
  const { organization, source, policy, users } = desired;
  const name = organization ?? "the API key's own organization";
  return sortedTable(
    {
      basis: "files",
      organization: { id: organization ?? "", name },
      source,
      adminRole: withId(roleOffline(policy.adminRole, desired)),
    },
    users.flatMap((user): Person[] => {
      const holdings = grantedHoldings(user, desired, asOf);
      if (holdings.length === 0) return [];
      const { expires, reason, place } = user;
      const email = emailKey(user.email);
      return [{ ...NOBODY, email, standing: "managed", holdings, expires, reason, source: place }];
    }),
  );
}

const NOBODY = {
  now: true,
  planned: true,
  expires: null,
  reason: null,
  source: null,
  formerly: null,
  becomes: null,
} as const;

function grantedHoldings(
  user: DesiredUser,
  desired: DesiredOrganization,
  asOf: Day,
): readonly Holding[] {
  const granted = new Map<string, Holding>();
  for (const grant of user.grants) {
    const expires = earlier(grant.expires, user.expires);
    if (hasEnded(expires, asOf)) continue;
    const role = withId(roleOffline(grant.role, desired));
    const known = granted.get(role.id);
    granted.set(role.id, {
      role,
      now: true,
      planned: true,
      from: [...(known?.from ?? []), grantText(grant)],
      expires: known === undefined ? expires : later(known.expires, expires),
    });
  }
  const order = sortedRoles([...granted.values()].map(({ role }) => role));
  return order.flatMap(({ id }) => granted.get(id) ?? []);
}

/** What the file itself tells of a role. */
export function roleOffline(
  written: string,
  { aliases }: Pick<DesiredOrganization, "aliases">,
): { readonly id: string | null; readonly name: string } {
  const alias =
    aliases.find(({ name }) => nameKey(name) === nameKey(written)) ??
    aliases.find(({ id }) => id === written);
  return alias === undefined ? { id: null, name: written } : { id: alias.id, name: alias.name };
}

function withId({ id, name }: ReturnType<typeof roleOffline>): Role {
  return { id: id ?? nameKey(name), name };
}
