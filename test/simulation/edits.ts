/** Edits by others in Polytomic during a run. */
import type { LiveState } from "../../src/sandbox/live-state.ts";
import type { SandboxUser } from "../../src/sandbox/state.ts";
import type { Dice } from "./dice.ts";
import { ADDRESSES } from "./organization.ts";
import type { Scenario } from "./scenario.ts";

/** Makes one edit and describes it. */
export function editSomething(state: LiveState, scenario: Scenario, dice: Dice): string {
  const { id } = dice.pick(scenario.organizations).current;
  const users = state.users(id).filter((user) => !isCaller(user, scenario) || dice.chance(10));
  const kind = users.length === 0 ? 0 : dice.int(0, 3);
  switch (kind) {
    case 0:
      return addUser(state, id, dice);
    case 1:
      return changeUser(state, id, dice.pick(users), dice);
    case 2:
      return takeAdmin(state, id, users, dice);
    default: {
      const user = dice.pick(users);
      state.removeUser(id, user.id);
      return `removed ${user.email}`;
    }
  }
}

function addUser(state: LiveState, id: string, dice: Dice): string {
  const free = ADDRESSES.filter((email) => !state.hasAddress(id, email));
  if (free.length === 0) return "nothing";
  const email = dice.pick(free);
  state.addUser(id, { email, role_ids: someRoles(state, id, dice) });
  return `added ${email}`;
}

function changeUser(state: LiveState, id: string, user: SandboxUser, dice: Dice): string {
  const roles = someRoles(state, id, dice);
  state.changeUser(id, user.id, roles);
  return `gave ${user.email} ${roles.join(", ")}`;
}

function takeAdmin(
  state: LiveState,
  id: string,
  users: readonly SandboxUser[],
  dice: Dice,
): string {
  const admin = state.roleByName(id, "Admin")?.id ?? "";
  const admins = users.filter(({ role_ids }) => role_ids.includes(admin));
  if (admins.length === 0) return "nothing";
  const user = dice.pick(admins);
  const member = state.roleByName(id, "Member")?.id ?? "";
  state.changeUser(id, user.id, [member]);
  return `took the admin role from ${user.email}`;
}

function someRoles(state: LiveState, id: string, dice: Dice): readonly string[] {
  return dice.some(state.roles(id), 1, 2).map((role) => role.id);
}

function isCaller(user: SandboxUser, { settings, credential }: Scenario): boolean {
  if (credential.kind !== "api") return false;
  return settings.state.credentials.apiKeys.some(({ userId }) => userId === user.id);
}
