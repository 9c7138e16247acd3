/** A rule of access in some organizations, and whether a run kept it. */
import { emailKey } from "../../src/model/desired.ts";
import { matcherOf } from "../../src/model/patterns.ts";
import type { Dice } from "./dice.ts";
import type { Broken, Evidence } from "./invariants.ts";
import type { DrawnOrganization } from "./organization.ts";

/** Now and then two roles exclude each other. */
export function withRule(drawn: DrawnOrganization, dice: Dice): DrawnOrganization {
  const { current, desired } = drawn;
  const [first, second] = dice.some(current.roles, 2, 2);
  if (!dice.chance(12) || first === undefined || second === undefined) return drawn;
  const { place } = desired;
  const rule = {
    name: "separation",
    level: "error",
    who: null,
    roles: null,
    assertion: { kind: "conflict", roles: [first, second].map(({ id }) => ({ name: id, place })) },
    except: [],
    place,
  } as const;
  return { current, desired: { ...desired, policy: { ...desired.policy, rules: [rule] } } };
}

/** The pair of roles that a rule of this organization excludes. */
function excluded({ desired }: DrawnOrganization): readonly string[] {
  const [rule] = desired.policy.rules;
  return rule?.assertion.kind === "conflict" ? rule.assertion.roles.map(({ name }) => name) : [];
}

/** By what was sent, and by who was there when the plan was made; never by what the plan says of rules. */
export function keepsRules({ world, record }: Evidence): readonly Broken[] {
  return world.scenario.organizations.flatMap((one): readonly Broken[] => {
    const pair = excluded(one);
    if (pair.length === 0) return [];
    const breaks = (roles: readonly string[]): boolean => pair.every((id) => roles.includes(id));
    const committed = record.line.sent.flatMap((sent) => {
      const edit = sent.entry?.committed;
      return edit && edit.organizationId === one.current.id ? [edit] : [];
    });
    const given = committed
      .filter(({ after }) => after !== null && breaks(after))
      .map(({ email }) => broken(email, "was given both roles"));
    const plan = record.plan?.organizations.find(
      ({ organization }) => organization.id === one.current.id,
    );
    // What users have whom --only leaves out is not this run's, nor what others did since a plan was saved.
    const isWhole = record.chaos === null || record.chaos.mode === "files";
    if (plan === undefined || committed.length === 0 || !isWhole || plan.leftOut.length > 0) {
      return given;
    }
    if ((record.chaos?.only ?? []).length > 0) return given;
    const ignored = matcherOf(one.desired.policy.ignore);
    const changed = new Set(plan.changes.map(({ email }) => email));
    const left = plan.seen
      .filter(({ email, roleIds }) => !changed.has(email) && !ignored(email) && breaks(roleIds))
      .map(({ email }) => broken(email, "has both roles and stays"));
    return [...given, ...left];
  });
}

function broken(email: string, what: string): Broken {
  return { invariant: "rules-kept", message: `${emailKey(email)} ${what}` };
}
