/** `doctor`: derives from the responses whether plan and apply would work. */
import type { Identity, IdentityKind, ListedUser, Organization } from "../model/current.ts";
import { type Check, check } from "../model/doctor.ts";
import { Failure } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import type { CredentialKind } from "../polytomic/credential.ts";
import type { Session } from "../polytomic/session.ts";
import type { Heard } from "./detect-dialects.ts";

const KIND_WORDS: Readonly<Record<IdentityKind, string>> = {
  user: "a user's API key",
  organization: "an organization's API key",
  partner: "a partner key",
  system: "a deployment key",
};

const VARIABLE: Readonly<Record<IdentityKind, string>> = {
  user: "POLYTOMIC_API_KEY",
  organization: "POLYTOMIC_API_KEY",
  partner: "POLYTOMIC_PARTNER_KEY",
  system: "POLYTOMIC_DEPLOYMENT_KEY",
};

const USED_AS: Readonly<Record<CredentialKind, readonly IdentityKind[]>> = {
  api: ["user", "organization"],
  partner: ["partner"],
  deployment: ["system"],
};

/** Whose key it is, and whether it is used as that. */
export function checkIdentity(identity: Identity | Failure, kind: CredentialKind): Check {
  if (identity instanceof Failure) {
    return check(
      "identity",
      "note",
      "Polytomic refused the request for the key's identity (Get Identity)",
      kind === "api"
        ? "the owner of the key is unknown, so the guard self cannot stop a run from removing that user"
        : "no effect: a partner or deployment key belongs to no user",
    );
  }
  const { kind: is, email, organizationName } = identity;
  if (is === undefined)
    return check("identity", "note", "Get Identity does not return the owner of the key");
  if (!USED_AS[kind].includes(is)) {
    return check(
      "identity",
      "problem",
      `${KIND_WORDS[is]}, used as ${kind === "api" ? "an API key" : `a ${kind} key`}`,
      "plan and apply would request the wrong paths",
      `set it as ${VARIABLE[is]} instead`,
    );
  }
  const whose = [
    ...(email === null ? [] : [email]),
    ...(organizationName === null ? [] : [organizationName]),
  ];
  return check("identity", "ok", [KIND_WORDS[is], ...whose].join(", "));
}

const NAMED_AT_MOST = 3;

export function checkOrganizations(organizations: readonly Organization[], own: boolean): Check {
  const names = organizations.slice(0, NAMED_AT_MOST).map(({ name }) => name);
  const more = organizations.length - names.length;
  const list = [...names, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  if (organizations.length > 0) {
    return check("organizations", "ok", own ? list : `${organizations.length}: ${list}`);
  }
  return own
    ? check(
        "organizations",
        "note",
        "Polytomic does not return which organization the key belongs to",
        "a file must name its organization by id",
        "write organization: with the id; --organization ID lets doctor look at its users and roles",
      )
    : check(
        "organizations",
        "problem",
        "none",
        "there is nothing to plan",
        "ask Polytomic support which organizations the key should reach",
      );
}

/** What the list shows of Polytomic's fields. */
export function checkUsers(users: readonly ListedUser[]): readonly Check[] {
  const incomplete = users.filter(({ id, email }) => id === null || email === null).length;
  if (incomplete === 0) return [];
  return [
    check(
      "users",
      "problem",
      `${counted(incomplete, "user")} without an id or an e-mail address`,
      "the guard implausible-state refuses to plan",
      "contact Polytomic support",
    ),
  ];
}

const SLOW_MS = 3_000;
const CLOCK_APART_MS = 60_000;

/** Version, rate limit, clock and speed. */
export function checkAnswers({ version }: Session, heard: readonly Heard[]): readonly Check[] {
  const last = heard.at(-1);
  if (last === undefined) return [];
  const answered = last.response.headers["x-polytomic-version"] ?? null;
  const remaining = heard.findLast(
    ({ response }) => response.headers["x-ratelimit-limit"] !== undefined,
  );
  const limit = remaining?.response.headers;
  const aheads = heard.flatMap(({ ahead }) => ahead ?? []);
  const ahead = aheads.at(-1) ?? null;
  const slowest = Math.max(...heard.map(({ ms }) => ms));
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return [
    answered === version.name
      ? check("version", "ok", answered)
      : check(
          "version",
          "note",
          answered === null
            ? `${version.name} requested; responses do not name theirs`
            : `${version.name} requested, ${answered} returned`,
          "the method for updating users may differ; apply determines it with one extra request",
        ),
    limit === undefined
      ? check("rate-limit", "ok", "not announced", "apply adjusts the rate at run time")
      : check(
          "rate-limit",
          "ok",
          `${limit["x-ratelimit-limit"]} requests, ${limit["x-ratelimit-remaining"] ?? "?"} left`,
        ),
    ahead === null
      ? check("clock", "ok", "the responses have no date")
      : Math.abs(ahead) > CLOCK_APART_MS
        ? check(
            "clock",
            "note",
            `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "behind" : "ahead of"} Polytomic's`,
            "expiries and the audit log use this machine's clock",
            "set the clock, or pass the date with --as-of",
          )
        : check("clock", "ok", "within a minute of Polytomic's"),
    slowest > SLOW_MS
      ? check(
          "speed",
          "note",
          `the slowest response took ${seconds(slowest)}`,
          "an apply takes about this long per change, divided by --concurrency",
        )
      : check("speed", "ok", `responses within ${seconds(slowest)}`),
  ];
}
