/**
 * The expected final state, computed from the meaning of the files (docs/simulation.md), independently of the
 * planning code.
 */
import type { DesiredOrganization, DesiredUser, Grant } from "../../src/model/desired.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import type { SandboxRole, SandboxUser } from "../../src/sandbox/state.ts";
import type { Broken } from "./invariants.ts";
import type { DrawnOrganization } from "./organization.ts";
import { sameIds } from "./timeline.ts";
import type { World } from "./world.ts";

/** `judged` omits what the dialects make impossible. */
export function endsAsDesired(
  world: World,
  judged: readonly DrawnOrganization[],
): readonly Broken[] {
  return judged.flatMap((one) => differencesIn(one, world));
}

function differencesIn({ current, desired }: DrawnOrganization, world: World): readonly Broken[] {
  const { state } = world.sandbox;
  const users = state
    .users(current.id)
    .map((user) => ({ ...user, email: user.email.toLowerCase() }));
  const { policy } = desired;
  const rolesOnly = !policy.create && policy.unmanaged === "keep";
  const roles = state.roles(current.id);
  const touched = new Set(
    state.history
      .filter(({ by, organizationId }) => by === "request" && organizationId === current.id)
      .map(({ email }) => email),
  );
  const wanted = new Map(desired.users.map((user) => [user.email.toLowerCase(), user]));
  const former = new Set(desired.users.map(({ previously }) => previously?.value.toLowerCase()));
  const ignored = compilePatterns(desired.policy.ignore);
  const complain = (email: string, what: string): Broken => ({
    invariant: "converges",
    message: `${email} in ${current.name} ${what}`,
  });

  /** Users whose new address does not exist yet and is not created. */
  const isAwaited = (email: string): boolean =>
    !policy.create &&
    desired.users.some(
      (one) =>
        one.previously?.value.toLowerCase() === email &&
        !users.some((user) => user.email === one.email.toLowerCase()) &&
        rolesFor(one, desired, roles, world.scenario.asOf).length > 0,
    );

  const missing = (policy.create ? desired.users : [])
    .filter((user) => rolesFor(user, desired, roles, world.scenario.asOf).length > 0)
    .filter(({ email }) => !users.some((user) => user.email === email.toLowerCase()))
    .map(({ email }) => complain(email, "is missing"));
  const wrong = users.flatMap((user): readonly Broken[] => {
    const entry = wanted.get(user.email);
    const due = entry === undefined ? [] : rolesFor(entry, desired, roles, world.scenario.asOf);
    if (due.length > 0) {
      return sameIds(due, user.role_ids)
        ? []
        : [complain(user.email, `has ${user.role_ids.join(", ")}`)];
    }
    if (ignored(user.email)) return [];
    if (rolesOnly) return [];
    if (former.has(user.email)) {
      return isAwaited(user.email) ? [] : [complain(user.email, "is a former address")];
    }
    if (entry === undefined && desired.policy.unmanaged === "keep") {
      return touched.has(user.email) ? [complain(user.email, "was to be kept as it was")] : [];
    }
    return isDemoted(user, desired, roles) ? [] : [complain(user.email, "is still there")];
  });
  return [...missing, ...wrong];
}

/** The ids of the roles that have not ended; none where the access has. */
function rolesFor(
  user: DesiredUser,
  desired: DesiredOrganization,
  roles: readonly SandboxRole[],
  asOf: string,
): readonly string[] {
  return liveGrants(user, asOf).map(({ role }) => roleId(role, desired, roles));
}

export function liveGrants({ expires, grants }: DesiredUser, asOf: string): readonly Grant[] {
  if (expires !== null && expires < asOf) return [];
  return grants.filter((grant) => grant.expires === null || grant.expires >= asOf);
}

export function roleId(
  written: string,
  { aliases }: DesiredOrganization,
  roles: readonly SandboxRole[],
): string {
  const name = written.toLowerCase();
  const alias = aliases.find((one) => one.name.toLowerCase() === name)?.id;
  return alias ?? roles.find((role) => role.name.toLowerCase() === name)?.id ?? written;
}

function isDemoted(
  user: SandboxUser,
  { policy }: DesiredOrganization,
  roles: readonly SandboxRole[],
): boolean {
  if (policy.onRemoval === "remove") return false;
  const { demoteTo } = policy.onRemoval;
  const role = roles.find(({ name }) => name === demoteTo);
  return role !== undefined && sameIds(user.role_ids, [role.id]);
}
