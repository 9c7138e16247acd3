/**
 * Whether a run kept the rules of access: judged on the server's final state by the wording of docs/policy.md,
 * independently of what the plan says.
 */
import { type DesiredOrganization, type DesiredUser, emailKey } from "../../src/model/desired.ts";
import { addDays, type Day } from "../../src/model/days.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import type { Assertion, Rule, RuleRole } from "../../src/model/rule.ts";
import { isList } from "./check-writes.ts";
import { liveGrants, roleId } from "./desired-state.ts";
import type { Broken, Evidence } from "./invariants.ts";
import type { DrawnOrganization } from "./organization.ts";
import { TICKET } from "./rules.ts";
import { isAsPlanned } from "./timeline.ts";

/** A user on the server, with the file's entry. */
interface Judged {
  readonly email: string;
  readonly roles: readonly string[];
  /** Null where the file grants nothing (any more). */
  readonly entry: DesiredUser | null;
}

export function keepsRules(evidence: Evidence): readonly Broken[] {
  return evidence.world.scenario.organizations.flatMap((one) => inOrganization(one, evidence));
}

function inOrganization(
  { current, desired }: DrawnOrganization,
  { world, record, timeline, isForeign }: Evidence,
): readonly Broken[] {
  const rules = desired.policy.rules.filter(({ level }) => level === "error");
  const { id } = current;
  const own = record.line.sent.some(({ entry }) => entry?.committed?.organizationId === id);
  if (rules.length === 0 || !own) return [];

  const { asOf } = world.scenario;
  const { history } = world.sandbox.state;
  const looked = record.line.sent.find((sent) => isList(sent, id))?.historyAtBegin ?? 0;
  const byOthers = new Set(
    history
      .slice(looked, record.historyAtEnd)
      .filter((edit) => isForeign(edit) && edit.organizationId === id)
      .map(({ email }) => email),
  );
  const plan = record.plan?.organizations.find(({ organization }) => organization.id === id);
  const open = new Set(
    [...(plan?.changes ?? []), ...(plan?.leftOut ?? [])]
      .filter((change) => !isAsPlanned(change, timeline.at(id, change.email, record.historyAtEnd)))
      .map(({ email }) => email),
  );
  const only = (record.chaos?.only ?? []).map(emailKey);
  /** Others changed the user, or the run did not get so far, or was told to skip the user. */
  const isExcused = (email: string): boolean =>
    byOthers.has(email) || open.has(email) || (only.length > 0 && !only.includes(email));

  const roles = world.sandbox.state.roles(id);
  const ids = (named: readonly RuleRole[]): readonly string[] =>
    named.map(({ name }) => roleId(name, desired, roles));
  const users = judgedUsers(desired, timeline.all(id, record.historyAtEnd), asOf);
  return rules.flatMap((rule): readonly Broken[] => {
    const { assertion } = rule;
    const concerned = concernedBy(rule, users, ids, asOf);
    if (assertion.kind === "at_most") {
      const isPartial = open.size > 0 || byOthers.size > 0 || only.length > 0;
      const count = concerned.filter(({ roles }) => roles.length > 0).length;
      if (count <= assertion.count || isPartial) return [];
      return [broken(rule, `${count} users hold its roles`)];
    }
    return concerned
      .filter(({ email }) => !isExcused(email))
      .filter((one) => breaks(one, assertion, ids, asOf))
      .map(({ email, roles }) => broken(rule, `${email} has ${roles.join(", ")}`));
  });
}

/** All users but those whom the file ignores. */
function judgedUsers(
  desired: DesiredOrganization,
  there: ReturnType<Evidence["timeline"]["all"]>,
  asOf: Day,
): readonly Judged[] {
  const ignored = compilePatterns(desired.policy.ignore);
  const entries = new Map(desired.users.map((user) => [emailKey(user.email), user]));
  return there
    .filter(({ email }) => !ignored(email))
    .map(({ email, roleIds }) => {
      const entry = entries.get(email);
      const isLive = entry !== undefined && liveGrants(entry, asOf).length > 0;
      return { email, roles: roleIds, entry: isLive ? entry : null };
    });
}

type Ids = (named: readonly RuleRole[]) => readonly string[];

/** The users whom the rule covers, with the roles that it covers. */
function concernedBy(
  { who, roles: named, except }: Rule,
  users: readonly Judged[],
  ids: Ids,
  asOf: Day,
): readonly Judged[] {
  const matches = compilePatterns(who ?? ["*"]);
  const may = new Set(
    except.filter(({ until }) => until >= asOf).map(({ email }) => emailKey(email)),
  );
  const about = named === null ? null : ids(named);
  return users
    .filter(({ email }) => matches(email) && !may.has(email))
    .map((user) => ({
      ...user,
      roles: user.roles.filter((role) => about === null || about.includes(role)),
    }))
    .filter(({ roles }) => about === null || roles.length > 0);
}

function breaks(
  { email, roles, entry }: Judged,
  assertion: Exclude<Assertion, { kind: "at_most" }>,
  ids: Ids,
  asOf: Day,
): boolean {
  /** The live grants of each role; empty for a role that the file does not grant. */
  const granted = roles.map((role) =>
    entry === null
      ? []
      : liveGrants(entry, asOf).filter(
          (grant) => ids([{ name: grant.role, place: grant.place }])[0] === role,
        ),
  );
  switch (assertion.kind) {
    case "conflict":
      return ids(assertion.roles).filter((role) => roles.includes(role)).length > 1;
    case "expires_within": {
      const latest = addDays(asOf, assertion.days);
      return granted.some(
        (grants) =>
          grants.length === 0 ||
          grants.some(({ expires }) =>
            [expires, entry?.expires ?? null].every((day) => day === null || day > latest),
          ),
      );
    }
    case "reason":
      return !new RegExp(TICKET).test(entry?.reason ?? "");
    case "domains": {
      const domain = email.split("@")[1] ?? "";
      return !assertion.domains.some((one) =>
        one.startsWith("*.") ? domain.endsWith(one.slice(1)) : domain === one,
      );
    }
    case "through":
      return granted.some((grants) => grants.length === 0 || grants.some((one) => !one.group));
    case "reviewed_within": {
      const day = entry?.reviewed?.value ?? "";
      return day < addDays(asOf, -assertion.days) || day > asOf;
    }
  }
}

function broken({ name, assertion }: Rule, what: string): Broken {
  return { invariant: "rules-kept", message: `${name} (${assertion.kind}): ${what}` };
}
