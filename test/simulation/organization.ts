/** One random organization: its state in Polytomic and its file. */
import {
  type DesiredOrganization,
  type DesiredUser,
  type Grant,
  type Limit,
  type Policy,
  nowhere,
} from "../../src/model/desired.ts";
import { addDays, type Day } from "../../src/model/days.ts";
import type { Place } from "../../src/model/place.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import type { SandboxOrganization, SandboxRole, SandboxUser } from "../../src/sandbox/state.ts";
import type { Dice } from "./dice.ts";

export interface DrawnOrganization {
  readonly current: SandboxOrganization;
  readonly desired: DesiredOrganization;
}

const NAMES = ["ann", "ben", "cleo", "dov", "eva", "finn", "gul", "hal", "ines", "jo"];
const OUTSIDERS = ["ext.kim@partner.example", "ext.lou@partner.example", "help@polytomic.com"];
const IGNORED = [["*@polytomic.com"], ["*@partner.example"], ["ext.*", "*@polytomic.com"]];
const MORE_ROLES = ["Viewer", "Analyst", "Billing"];

/** Every address that can occur in an organization. */
export const ADDRESSES = [...NAMES.map((name) => `${name}@acme.example`), ...OUTSIDERS];

export function drawOrganization(dice: Dice, index: number, asOf: Day): DrawnOrganization {
  const roles = drawRoles(dice, index);
  const handover = dice.chance(20);
  const current: SandboxOrganization = {
    id: `00000000-0000-4000-a000-00000000000${index}`,
    name: `Org ${index}`,
    users: drawUsers(dice, index, roles, handover),
    roles,
  };
  const ignore = dice.chance(50) ? dice.pick(IGNORED) : [];
  const users = drawDesired(dice, current, ignore, asOf, handover);
  const desired: DesiredOrganization = {
    organization: dice.chance(50) ? current.id : current.name,
    place: place(index, 1),
    source: `org-${index}.yaml`,
    files: [`org-${index}.yaml`],
    aliases: [{ name: "boss", id: idOf(roles, "Admin"), place: place(index, 2) }],
    policy: {
      ...drawPolicy(dice, index, roles, ignore),
      protected: drawProtected(dice, current, users),
      ...(handover ? { minAdmins: 1 } : {}),
    },
    users,
  };
  return { current, desired };
}

function drawRoles(dice: Dice, index: number): readonly SandboxRole[] {
  const names = ["Admin", "Member", ...dice.some(MORE_ROLES, 1, 3)];
  return names.map((name) => ({
    id: `role-${index}-${name.toLowerCase()}`,
    name,
    system: name === "Admin" || name === "Member",
  }));
}

/** `handover`: there is one admin, and another user is to become the only one. */
function drawUsers(
  dice: Dice,
  index: number,
  roles: readonly SandboxRole[],
  handover: boolean,
): readonly SandboxUser[] {
  const admin = idOf(roles, "Admin");
  const lesser = roles.filter(({ id }) => id !== admin);
  return dice.some(ADDRESSES, dice.chance(5) ? 0 : 1, 9).map((email, n) => {
    const isAdmin = handover ? n === 0 : dice.chance(25);
    const drawn = dice.some(handover ? lesser : roles, 1, 3).map(({ id }) => id);
    return { id: `user-${index}-${n}`, email, role_ids: isAdmin ? [admin] : drawn };
  });
}

function drawDesired(
  dice: Dice,
  current: SandboxOrganization,
  ignore: readonly string[],
  asOf: Day,
  handover: boolean,
): readonly DesiredUser[] {
  const ignored = compilePatterns(ignore);
  const open = ADDRESSES.filter((email) => !ignored(email));
  const listed = dice.some(open, 2, 9);
  const former = dice.each(
    current.users.map(({ email }) => email).filter((e) => !ignored(e) && !listed.includes(e)),
    40,
  );
  const oldAdmin = current.users[0]?.email;
  const newAdmin = listed.find((email) => email !== oldAdmin);
  const roles = handover ? current.roles.filter(({ name }) => name !== "Admin") : current.roles;
  return listed.map((email, n) => {
    const at = place(Number(current.name.slice(-1)), 10 + n);
    const admins = handover ? email === newAdmin : n < 3 && dice.chance(85);
    return {
      email: dice.chance(20) ? email.toUpperCase() : email,
      previously: former[n] === undefined ? null : { value: former[n], place: at },
      expires: admins ? null : drawDay(dice, asOf),
      reason: null,
      reviewed: null,
      memberships: [],
      grants: admins
        ? [grant(dice.pick(["Admin", "admin", "boss"]), null, null, at)]
        : drawGrants(dice, roles, asOf, at),
      place: at,
    };
  });
}

function drawGrants(
  dice: Dice,
  roles: readonly SandboxRole[],
  asOf: Day,
  at: Place,
): readonly Grant[] {
  return dice.some([...roles, ...roles], 1, 3).map((role) => {
    const written = dice.chance(20)
      ? role.id
      : dice.chance(30)
        ? role.name.toUpperCase()
        : role.name;
    return grant(written, dice.chance(30) ? "team" : null, drawDay(dice, asOf), at);
  });
}

function grant(role: string, group: string | null, expires: Day | null, at: Place): Grant {
  return { role, group, expires, place: at };
}

/** Usually no expiry; else a day close to today. */
function drawDay(dice: Dice, asOf: Day): Day | null {
  return dice.chance(80) ? null : addDays(asOf, dice.int(-6, 12));
}

function drawPolicy(
  dice: Dice,
  index: number,
  roles: readonly SandboxRole[],
  ignore: readonly string[],
): Omit<Policy, "protected"> {
  const lesser = roles.filter(({ name }) => name !== "Admin");
  return {
    unmanaged: dice.chance(75) ? "remove" : "keep",
    onRemoval: dice.chance(75)
      ? "remove"
      : { demoteTo: dice.pick(lesser).name, place: place(index, 4) },
    ignore,
    maxRemovals: drawLimit(dice, 25),
    maxRoleChanges: drawLimit(dice, 50),
    minAdmins: dice.pick([0, 1, 1, 1, 1, 2]),
    adminRole: dice.pick(["Admin", "ADMIN", "boss"]),
    create: true,
    rules: [],
    adminRolePlace: place(index, 5),
    limitPlaces: nowhere,
  };
}

/** Usually users who lose nothing: otherwise the guard would refuse the run. */
function drawProtected(
  dice: Dice,
  current: SandboxOrganization,
  users: readonly DesiredUser[],
): readonly string[] {
  if (dice.chance(70)) return [];
  const losesNothing = ({ email }: DesiredUser): boolean => {
    const now = current.users.find((user) => user.email === email.toLowerCase());
    return now === undefined || staysAdmin(now.email, current, users);
  };
  const candidates = dice.chance(90) ? users.filter(losesNothing) : users;
  return dice.some(candidates, 1, 2).map(({ email }) => email);
}

/** Whether a user has only the admin role and keeps it. */
export function staysAdmin(
  email: string,
  { users: now, roles }: SandboxOrganization,
  users: readonly DesiredUser[],
): boolean {
  const admin = idOf(roles, "Admin");
  const user = now.find((one) => one.email.toLowerCase() === email);
  const entry = users.find((one) => one.email.toLowerCase() === email);
  const isAdmin = user?.role_ids.length === 1 && user.role_ids[0] === admin;
  const grants = entry?.grants ?? [];
  return isAdmin && grants.some((one) => /^(admin|boss)$/i.test(one.role) && one.expires === null);
}

/** Usually no limit that could refuse the run: refused runs write nothing and test little. */
function drawLimit(dice: Dice, usual: number): Limit {
  if (dice.chance(95)) return { kind: "share", percent: 100 };
  return dice.chance(50)
    ? { kind: "share", percent: usual }
    : { kind: "count", count: dice.int(0, 6) };
}

function idOf(roles: readonly SandboxRole[], name: string): string {
  const role = roles.find((one) => one.name === name);
  if (role === undefined) throw new Error(`no role ${name} was drawn`);
  return role.id;
}

function place(index: number, line: number): Place {
  return { path: `org-${index}.yaml`, line, column: 3 };
}
