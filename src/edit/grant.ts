/** `grant`: the new entry of one user. Pure. */
import { type DesiredOrganization, nameKey } from "../model/desired.ts";
import { type Day, hasEnded, later } from "../model/days.ts";
import { nearestName } from "../model/nearest-name.ts";
import { Failure } from "../model/failure.ts";
import type { GroupEntry, RoleEntry } from "../config/raw-file.ts";
import {
  groupEntry,
  groupOf,
  type Outcome,
  patchUser,
  roleEntry,
  roleKeys,
  roleOf,
  type Site,
  untilText,
} from "./users-file.ts";
import { quote } from "../model/problem-words.ts";
import { pathAndLine } from "../model/text.ts";

export interface Granting {
  readonly email: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** The last day; null is for ever, undefined leaves it as it is. */
  readonly expires: Day | null | undefined;
  readonly reason: string | null;
}

const none: readonly never[] = [];

/** With a site, existing grants stay unchanged. */
export function grant(wanted: Granting, site: Site | null, asOf: Day): Outcome {
  if (site === null) return newEntry(wanted);
  const { user, entry } = site;
  const { email, roles, groups, expires, reason } = wanted;
  const notes: string[] = [];
  const grantsNothing = roles.length === 0 && groups.length === 0;
  if (!grantsNothing && hasEnded(user.expires, asOf)) {
    throw new Failure(
      `all access of ${email} expired on ${user.expires} (${pathAndLine(user.place)}), so a grant would have no effect`,
      { hint: `set a later expiry first: polytomic-users grant ${email} --expires DATE` },
    );
  }
  let newRoles = entry.roles ?? none;
  for (const role of roles) newRoles = withRole(role, newRoles, wanted, site, asOf, notes);
  let newGroups = entry.groups ?? none;
  for (const group of groups) newGroups = withGroup(group, newGroups, wanted, asOf, notes);
  const patch = {
    ...(newRoles === (entry.roles ?? none) ? {} : { roles: newRoles }),
    ...(newGroups === (entry.groups ?? none) ? {} : { groups: newGroups }),
    ...(grantsNothing && expires !== undefined ? { expires: expires ?? undefined } : {}),
    ...(reason === null ? {} : { reason }),
  };
  if (grantsNothing && expires !== undefined) {
    const already = (entry.expires ?? null) === expires;
    notes.push(`${email}: all access ${endText(expires, already)}`);
  } else if (
    user.expires !== null &&
    (newRoles !== (entry.roles ?? none) || newGroups !== (entry.groups ?? none)) &&
    later(user.expires, expires ?? null) !== user.expires
  ) {
    notes.push(
      `all access of ${email} expires on ${user.expires} (${pathAndLine(user.place)}); to change that: polytomic-users grant ${email} --expires DATE`,
    );
  }
  if (reason !== null && reason === entry.reason) notes.push(`${email} already has this reason`);
  return { entry: patchUser(entry, patch), notes };
}

function newEntry({ email, roles, groups, expires, reason }: Granting): Outcome {
  if (roles.length === 0 && groups.length === 0) {
    throw new Failure(`${email} is not in the files yet`, { hint: "pass --role or --group" });
  }
  const day = expires ?? null;
  return {
    entry: {
      email,
      ...(groups.length === 0 ? {} : { groups: groups.map((one) => groupEntry(one, day)) }),
      ...(roles.length === 0 ? {} : { roles: roles.map((one) => roleEntry(one, day)) }),
      ...(reason === null ? {} : { reason }),
    },
    notes: [
      `${email}: new user with ${[...groups.map((one) => `group ${one}`), ...roles].join(", ")}${untilText(day)}`,
    ],
  };
}

function withRole(
  role: string,
  roles: readonly RoleEntry[],
  { email, expires }: Granting,
  { user, organization }: Site,
  asOf: Day,
  notes: string[],
): readonly RoleEntry[] {
  const keyOf = roleKeys(organization);
  const at = roles.findIndex((one) => keyOf(roleOf(one).role) === keyOf(role));
  const written = roles[at];
  const direct = written === undefined ? null : roleOf(written);
  // An entry that has ended gives nothing: what a group gives still counts.
  if (direct === null || hasEnded(direct.expires, asOf)) {
    const wanted = expires ?? null;
    const through = user.grants.find(
      (one) =>
        one.group !== null &&
        keyOf(one.role) === keyOf(role) &&
        !hasEnded(one.expires, asOf) &&
        (expires === undefined || later(one.expires, wanted) === one.expires),
    );
    if (through !== undefined) {
      notes.push(
        `${email} already has ${through.role} through the group ${through.group}${untilText(through.expires)}`,
      );
      return roles;
    }
  }
  if (direct === null) {
    notes.push(`${email}: ${role}${untilText(expires ?? null)}`);
    return [...roles, roleEntry(role, expires ?? null)];
  }
  const { role: name, expires: before } = direct;
  const wanted = wantedDay(before, expires, asOf);
  if (wanted === before) {
    notes.push(`${email} already has ${name}${untilText(before)}`);
    return roles;
  }
  notes.push(`${email}: ${name}${untilText(wanted) || ", no expiry"}`);
  return roles.with(at, roleEntry(name, wanted));
}

function withGroup(
  group: string,
  groups: readonly GroupEntry[],
  { email, expires }: Granting,
  asOf: Day,
  notes: string[],
): readonly GroupEntry[] {
  const at = groups.findIndex((one) => nameKey(groupOf(one).group) === nameKey(group));
  const written = groups[at];
  if (written === undefined) {
    notes.push(`${email}: group ${group}${untilText(expires ?? null)}`);
    return [...groups, groupEntry(group, expires ?? null)];
  }
  const { group: name, expires: before } = groupOf(written);
  const wanted = wantedDay(before, expires, asOf);
  if (wanted === before) {
    notes.push(`${email} is already in the group ${name}${untilText(before)}`);
    return groups;
  }
  notes.push(`${email}: group ${name}${untilText(wanted) || ", no expiry"}`);
  return groups.with(at, groupEntry(name, wanted));
}

/** A day that is not given stays as it is, unless it has passed. */
function wantedDay(before: Day | null, expires: Day | null | undefined, asOf: Day): Day | null {
  if (expires !== undefined) return expires;
  return hasEnded(before, asOf) ? null : before;
}

/** The name of a role or group as the files spell it, with a note about an unknown one. */
export function spelled(
  name: string,
  kind: "role" | "group",
  organizations: readonly DesiredOrganization[],
): { readonly name: string; readonly notes: readonly string[] } {
  const known = new Set(
    organizations.flatMap(({ aliases, policy, users }) => [
      ...users.flatMap(({ grants }) =>
        grants.map((one) => (kind === "role" ? one.role : (one.group ?? ""))),
      ),
      ...(kind === "role" ? [policy.adminRole, ...aliases.map((one) => one.name)] : []),
    ]),
  );
  const same = [...known].find((one) => nameKey(one) === nameKey(name));
  if (same !== undefined || kind === "group") return { name: same ?? name, notes: [] };
  const near = nearestName(name, known);
  const notes = [
    `warning: no other entry has the role ${quote(name)}: did you mean ${quote(near ?? "")}? (plan checks that the role exists)`,
  ];
  return { name, notes: near === null ? [] : notes };
}

function endText(day: Day | null, already: boolean): string {
  if (day === null) return already ? "already has no expiry" : "has no expiry now";
  return `${already ? "already expires" : "expires"} on ${day}`;
}
