/** The dialects of a seed's Polytomic, and what they make impossible. */
import type { DesiredOrganization } from "../../src/model/desired.ts";
import {
  type Dialect,
  type Dialects,
  DIALECTS,
  parseDialects,
} from "../../src/sandbox/dialects.ts";
import type { LiveState } from "../../src/sandbox/live-state.ts";
import type { SandboxOrganization } from "../../src/sandbox/state.ts";
import type { Dice } from "./dice.ts";
import type { DrawnOrganization } from "./organization.ts";
import type { Scenario } from "./scenario.ts";

/** None in half of the seeds; else one to six, each about another point. */
export function drawDialects(dice: Dice): Dialects {
  if (dice.chance(50)) return new Set();
  const chosen: Dialect[] = [];
  for (const dialect of dice.some(Object.keys(DIALECTS) as Dialect[], 1, 6)) {
    const taken = chosen.some((one) => DIALECTS[one].point === DIALECTS[dialect].point);
    if (!taken && !isHopeless(dialect, chosen)) chosen.push(dialect);
  }
  return parseDialects(chosen);
}

/** A user's role is in role_ids or in the legacy role: without both it cannot be known. */
function isHopeless(dialect: Dialect, others: readonly Dialect[]): boolean {
  const points = [dialect, ...others].map((one): string => DIALECTS[one].point);
  return points.includes("role-ids") && points.includes("legacy-role");
}

/**
 * Changes of an organization for dialects: addresses in capitals, role names in the file for a key that may not list
 * them.
 */
export function underDialects(
  drawn: DrawnOrganization,
  dialects: Dialects,
  dice: Dice,
): DrawnOrganization {
  const { current, desired } = drawn;
  const users = dialects.has("email-case-kept")
    ? current.users.map((user) => ({
        ...user,
        email: dice.chance(40)
          ? `${user.email.slice(0, 1).toUpperCase()}${user.email.slice(1)}`
          : user.email,
      }))
    : current.users;
  return {
    current: { ...current, users },
    desired: withRolesOnly(withRoleNames(desired, current, dialects, dice), dice),
  };
}

/** Usually all names; one file in five names only one role, and cannot be planned without List Roles. */
function withRoleNames(
  desired: DesiredOrganization,
  { roles }: SandboxOrganization,
  dialects: Dialects,
  dice: Dice,
): DesiredOrganization {
  if (!refusesRoles(dialects)) return desired;
  const { policy } = desired;
  if (dice.chance(20)) return { ...desired, policy: { ...policy, adminRole: "Admin" } };
  const place = policy.adminRolePlace;
  const named = roles.map(({ id, name }) => ({ id, name, place }));
  return { ...desired, aliases: [...named, ...desired.aliases] };
}

/** In a tenth of the organizations users are created elsewhere: the files create none, or manage roles only. */
function withRolesOnly(desired: DesiredOrganization, dice: Dice): DesiredOrganization {
  if (!dice.chance(10)) return desired;
  const unmanaged = dice.chance(60) ? "keep" : desired.policy.unmanaged;
  return { ...desired, policy: { ...desired.policy, create: false, unmanaged } };
}

function refusesRoles(dialects: Dialects): boolean {
  return [...dialects].some((one) => ["roles", "partner-roles"].includes(DIALECTS[one].point));
}

/** Why this organization cannot be planned with the server's current state; null where it can. */
export function impossibility(
  { current, desired }: DrawnOrganization,
  { settings, credential, apiVersion }: Scenario,
  state: LiveState,
): string | null {
  const dialects = settings.dialects ?? new Set<Dialect>();
  const has = (...names: readonly Dialect[]): boolean => names.some((name) => dialects.has(name));
  if (has("paged-lists", "linked-lists") && state.users(current.id).length > 5) return "pages";
  const isApi = credential.kind === "api";
  const unlisted = has("roles-refused") || (!isApi && refusesRoles(dialects));
  if (unlisted && desired.aliases.every(({ name }) => name !== "Admin")) {
    return "a role without an id";
  }
  if (!isApi) return null;
  const newest = (apiVersion ?? "2025-09-18") === "2025-09-18";
  const served = newest || has("newest-version-only");
  const unknown =
    has("identity-refused", "identity-without-organization") &&
    (has("no-current-organization") || !served);
  if (unknown && desired.organization === current.name) return "an unknown organization";
  const byPath = unknown || !newest;
  return byPath && has("api-key-organization-users-403") ? "the path needs a partner key" : null;
}
