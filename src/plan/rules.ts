/**
 * Checks the rules of `policy.rules` against users as the files describe them (`validate`) or as an apply would leave
 * them in Polytomic (`plan`). Pure.
 */
import { type DesiredUser, emailKey, type Grant, nameKey } from "../model/desired.ts";
import { addDays, type Day, earlier, hasEnded } from "../model/days.ts";
import { comparePlaces, compareText, type Place } from "../model/place.ts";
import type { Assertion, Rule, RuleFinding, RuleRole } from "../model/rule.ts";
import { compilePatterns } from "../model/patterns.ts";

/** A user whom the rules judge. */
export interface RuleSubject {
  /** In lower case. */
  readonly email: string;
  /** Null where the files do not name the user. */
  readonly place: Place | null;
  readonly reason: string | null;
  readonly reviewed: Day | null;
  readonly roles: readonly SubjectRole[];
}

interface SubjectRole {
  /** Equal for one role, however it is written. */
  readonly key: string;
  readonly name: string;
  /** Empty where Polytomic has the role and the files do not grant it. */
  readonly grants: readonly SubjectGrant[];
}

export interface SubjectGrant {
  readonly direct: boolean;
  readonly place: Place;
  readonly until: Day | null;
}

export interface RuleOptions {
  readonly asOf: Day;
  /** The key of a role that a rule names; null where there is no such role. */
  readonly keyOf: (role: RuleRole) => string | null;
}

/** Sorted by place. Users come in the order in which a reader would count them. */
export function judgeRules(
  rules: readonly Rule[],
  subjects: readonly RuleSubject[],
  options: RuleOptions,
): readonly RuleFinding[] {
  return rules
    .flatMap((rule) => [
      ...judgeRule(rule, subjects, options),
      ...endedExceptions(rule, options.asOf),
    ])
    .sort((a, b) => comparePlaces(a.place, b.place) || compareText(a.rule, b.rule));
}

/** An expired exception is reported whether or not the rule is violated. */
function endedExceptions(rule: Rule, asOf: Day): readonly RuleFinding[] {
  return rule.except
    .filter(({ until }) => hasEnded(until, asOf))
    .map(({ email, until, place }) => ({
      kind: "exception-ended",
      rule: rule.name,
      level: "warning",
      place,
      email,
      until,
    }));
}

/** A user whom a rule is about, with the roles that it is about. */
interface Concerned {
  readonly subject: RuleSubject;
  readonly roles: readonly SubjectRole[];
}

function judgeRule(
  rule: Rule,
  subjects: readonly RuleSubject[],
  options: RuleOptions,
): readonly RuleFinding[] {
  const matches = rule.who === null ? () => true : compilePatterns(rule.who);
  const excepted = new Set(
    rule.except
      .filter(({ until }) => !hasEnded(until, options.asOf))
      .map(({ email }) => emailKey(email)),
  );
  const keys = rule.roles === null ? null : keysOf(rule.roles, options);
  const concerned = subjects.flatMap((subject): Concerned[] => {
    if (!matches(subject.email) || excepted.has(subject.email)) return [];
    if (keys === null) return [{ subject, roles: subject.roles }];
    const roles = subject.roles.filter(({ key }) => keys.has(key));
    return roles.length === 0 ? [] : [{ subject, roles }];
  });
  if (rule.assertion.kind === "at_most") {
    return judgeCount(rule, concerned, rule.assertion.count);
  }
  const { assertion } = rule;
  return concerned.flatMap((one) => judgeUser(rule, assertion, one, options));
}

function keysOf(roles: readonly RuleRole[], { keyOf }: RuleOptions): ReadonlySet<string> {
  return new Set(roles.flatMap((role) => keyOf(role) ?? []));
}

function judgeCount(
  rule: Rule,
  concerned: readonly Concerned[],
  limit: number,
): readonly RuleFinding[] {
  const holders = concerned.filter(({ roles }) => roles.length > 0);
  const surplus = holders[limit];
  if (surplus === undefined) return [];
  return [
    {
      kind: "at_most",
      rule: rule.name,
      level: rule.level,
      // The first that is too many.
      place: grantPlace(surplus.roles[0]) ?? surplus.subject.place ?? rule.place,
      holders: holders.map(({ subject }) => subject.email).sort(compareText),
      limit,
      roles: rule.roles?.map(({ name }) => name) ?? null,
    },
  ];
}

function judgeUser(
  rule: Rule,
  assertion: Exclude<Assertion, { kind: "at_most" }>,
  { subject, roles }: Concerned,
  options: RuleOptions,
): readonly RuleFinding[] {
  const { email, reason, reviewed } = subject;
  const about = { rule: rule.name, level: rule.level, email };
  const userPlace = subject.place ?? rule.place;
  const firstGrant = (rule.roles === null ? null : grantPlace(roles[0])) ?? userPlace;
  switch (assertion.kind) {
    case "conflict": {
      const keys = keysOf(assertion.roles, options);
      const held = subject.roles.filter(({ key }) => keys.has(key));
      if (held.length < 2) return [];
      // The last in the file: the one that was probably added.
      const places = held.flatMap((role) => grantPlace(role) ?? []).sort(comparePlaces);
      const place = places.at(-1) ?? userPlace;
      return [{ kind: "conflict", ...about, place, roles: held.map(({ name }) => name) }];
    }
    case "expires_within": {
      const { days } = assertion;
      const latest = addDays(options.asOf, days);
      const grants = roles.flatMap(({ name, grants }) => {
        // Held without a grant: it never ends.
        const all = grants.length > 0 ? grants : [{ until: null, place: userPlace }];
        return all.map(({ until, place }) => ({ name, until, place }));
      });
      return grants
        .filter(({ until }) => until === null || until > latest)
        .map(({ name, until, place }) => ({
          kind: "expires_within",
          ...about,
          place,
          role: name,
          until,
          latest,
          days,
        }));
    }
    case "reason": {
      const { pattern } = assertion;
      if (reason !== null && assertion.matches(reason)) return [];
      return [{ kind: "reason", ...about, place: firstGrant, reason, pattern }];
    }
    case "domains": {
      const { domains } = assertion;
      if (compilePatterns(domains)(email.slice(email.lastIndexOf("@") + 1))) return [];
      return [{ kind: "domains", ...about, place: userPlace, domains }];
    }
    case "through":
      return roles.flatMap(({ name, grants }): RuleFinding[] => {
        const finding = { kind: "through", ...about, role: name } as const;
        if (grants.length === 0) return [{ ...finding, place: userPlace, inFiles: false }];
        return grants
          .filter(({ direct }) => direct)
          .map(({ place }) => ({ ...finding, place, inFiles: true }));
      });
    case "reviewed_within": {
      const { days } = assertion;
      const oldest = addDays(options.asOf, -days);
      // A day in the future does not count as a review.
      if (reviewed !== null && reviewed >= oldest && reviewed <= options.asOf) return [];
      return [{ kind: "reviewed_within", ...about, place: firstGrant, reviewed, days }];
    }
  }
}

function grantPlace(role: SubjectRole | undefined): Place | null {
  return role?.grants[0]?.place ?? null;
}

/** A grant as the rules see it: through a group, it stands where the user is a member. */
export function subjectGrant(user: DesiredUser, grant: Grant): SubjectGrant {
  const { group, expires } = grant;
  const membership =
    group === null
      ? undefined
      : user.memberships.find(({ name }) => nameKey(name) === nameKey(group));
  return {
    direct: group === null,
    place: membership?.place ?? grant.place,
    until: earlier(expires, user.expires),
  };
}
