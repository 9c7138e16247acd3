/** Rules of access in some organizations, with files that usually keep them. */
import { addDays, type Day } from "../../src/model/days.ts";
import type { DesiredUser, Grant } from "../../src/model/desired.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import type { Assertion, Rule } from "../../src/model/rule.ts";
import type { SandboxRole } from "../../src/sandbox/state.ts";
import type { Dice } from "./dice.ts";
import { ADDRESSES, type DrawnOrganization } from "./organization.ts";

export const TICKET = "^OPS-[0-9]+$";
const WHO = [null, null, null, ["ann@*", "j*"], ["*@partner.example", "a*", "*o@*"]];
const ALL = ["acme.example", "*.example", "polytomic.com"];
const DOMAINS = [ALL, ALL, ["acme.example"], ["*.example"]];

const KINDS = [
  "conflict",
  "expires_within",
  "reason",
  "domains",
  "at_most",
  "through",
  "reviewed_within",
] as const;

/** One or two rules in every seventh organization. */
export function withRules(drawn: DrawnOrganization, dice: Dice, asOf: Day): DrawnOrganization {
  if (!dice.chance(15)) return drawn;
  const { current, desired } = drawn;
  const rules = Array.from({ length: dice.int(1, 2) }, (_, index) =>
    drawRule(dice, current.roles, desired.place, asOf, `rule-${index}`),
  );
  const users = rules.reduce(
    (users, rule) => (dice.chance(85) ? users.map((user) => kept(user, rule, dice, asOf)) : users),
    desired.users,
  );
  return { current, desired: { ...desired, users, policy: { ...desired.policy, rules } } };
}

function drawRule(
  dice: Dice,
  roles: readonly SandboxRole[],
  place: Rule["place"],
  asOf: Day,
  name: string,
): Rule {
  const some = (low: number, high: number) =>
    dice.some(roles, low, high).map((role) => ({ name: role.name, place }));
  const assertion = drawAssertion(dice, some(2, 3));
  return {
    name,
    level: dice.chance(85) ? "error" : "warning",
    who: dice.pick(WHO),
    roles: assertion.kind === "conflict" || dice.chance(40) ? null : some(1, 2),
    assertion,
    except: dice
      .some(ADDRESSES, 0, 2)
      .map((email) => ({ email, until: addDays(asOf, dice.int(-2, 5)), reason: null, place })),
    place,
  };
}

function drawAssertion(
  dice: Dice,
  roles: Extract<Assertion, { kind: "conflict" }>["roles"],
): Assertion {
  const kind = dice.pick(KINDS);
  switch (kind) {
    case "conflict":
      return { kind, roles };
    case "expires_within":
    case "reviewed_within":
      return { kind, days: dice.int(1, 12) };
    case "reason": {
      const ticket = new RegExp(TICKET);
      return { kind, pattern: TICKET, matches: (reason) => ticket.test(reason) };
    }
    case "domains":
      return { kind, domains: dice.pick(DOMAINS) };
    case "at_most":
      return { kind, count: dice.int(2, 7) };
    case "through":
      return { kind, through: "groups" };
  }
}

/** Usually changes the entry to keep the rule: rules that refuse every plan would test little. */
function kept(user: DesiredUser, { who, assertion }: Rule, dice: Dice, asOf: Day): DesiredUser {
  if (dice.chance(4) || (who !== null && !compilePatterns(who)(user.email))) return user;
  const grants = (edit: (grant: Grant) => Partial<Grant>): DesiredUser => ({
    ...user,
    grants: user.grants.map((grant) => ({ ...grant, ...edit(grant) })),
  });
  switch (assertion.kind) {
    case "expires_within": {
      const { days } = assertion;
      const latest = addDays(asOf, days);
      if (dice.chance(30)) return { ...user, expires: addDays(asOf, dice.int(0, days)) };
      return grants(({ expires }) => ({
        expires: expires !== null && expires <= latest ? expires : latest,
      }));
    }
    case "reviewed_within": {
      const value = addDays(asOf, -dice.int(0, assertion.days));
      return { ...user, reviewed: { value, place: user.place } };
    }
    case "reason":
      return { ...user, reason: `OPS-${dice.int(1, 99)}` };
    case "through":
      return grants(() => ({ group: "team" }));
    case "at_most":
    case "conflict":
    case "domains":
      return user;
  }
}
