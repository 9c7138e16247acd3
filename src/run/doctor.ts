/** The requests of `doctor`, and what the responses mean. Reads only. */
import type { Identity, IdentityKind, ListedUser, Organization } from "../model/current.ts";
import { type Check, check, type CheckId, type Diagnosis } from "../model/doctor.ts";
import { Failure } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import type { CredentialKind } from "../polytomic/credential.ts";
import { ApiError } from "../polytomic/errors.ts";
import { createReader } from "../polytomic/reader.ts";
import type { Session } from "../polytomic/session.ts";
import type { Connection } from "./connection.ts";
import { finderIn, finderOfOwn } from "./targets.ts";
import { findDialects, type Heard } from "./detect-dialects.ts";

export interface DoctorRequest {
  /** The organization to look at, by id or exact name; null takes the first. */
  readonly organization: string | null;
  /** Shows what is being waited for. */
  readonly during: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}

/** Never rejects for errors of Polytomic or the network. */
export async function examine(
  connection: Connection,
  request: DoctorRequest,
): Promise<readonly Check[]> {
  const heard: Heard[] = [];
  const session = listening(connection.session, heard);
  const checks = await askInOrder(
    { ...connection, session, reader: createReader(session) },
    request,
  );
  return [...checks, ...aboutAnswers(session, heard), ...findDialects(connection, heard, checks)];
}

/** `checks` in their order; ok where none of them is a problem. */
export function diagnose(checks: readonly Check[]): Diagnosis {
  return { checks, ok: checks.every(({ status }) => status !== "problem") };
}

/** The session with a record of every response. */
function listening(session: Session, heard: Heard[]): Session {
  const { clock, transport } = session;
  return {
    ...session,
    transport: async (request, signal) => {
      const began = clock.monotonic();
      const response = await transport(request, signal);
      const date = Date.parse(response.headers["date"] ?? "");
      // A date has whole seconds: half of one is added.
      const ahead = Number.isNaN(date) ? null : date + 500 - clock.now();
      heard.push({ path: request.path, response, ms: clock.monotonic() - began, ahead });
      return response;
    },
  };
}

/** Identity, organizations, users, roles; stops at the first request without a response. */
async function askInOrder(
  connection: Connection,
  { organization: wanted, during }: DoctorRequest,
): Promise<readonly Check[]> {
  const { reader, session } = connection;
  const { credential } = session;
  const identity = await attempt(() => during("the key's identity", () => reader.identity()));
  if (isUnreachable(identity)) return [problem("identity", identity)];
  const checks = [aboutIdentity(identity, credential.kind)];
  if (checks.some(({ status }) => status === "problem")) return checks;

  const own = credential.kind === "api";
  const found = own
    ? await attempt(() => during("the key's organization", () => ownOrganization(reader, identity)))
    : await attempt(() => during("the organizations", () => reader.organizations()));
  if (found instanceof Failure) {
    const refused = identity instanceof Failure && isStatus(found, 401) && isStatus(identity, 401);
    // The key is rejected everywhere: report that once.
    return refused ? [problem("identity", identity)] : [...checks, problem("organizations", found)];
  }
  const organizations = Array.isArray(found) ? found : [found].flatMap((one) => one ?? []);
  checks.push(aboutOrganizations(organizations, own));
  const [first] = organizations;
  const find = own
    ? finderOfOwn({
        organizationId: first?.id ?? null,
        organizationName: first?.name ?? null,
      })
    : finderIn(organizations);
  const chosen = wanted === null ? null : find(wanted, "option");
  if (chosen !== null && chosen.organization === null) {
    return [...checks, check("organizations", "problem", chosen.trouble)];
  }
  const target = chosen?.organization ?? first;
  if (target === undefined) return checks;
  if (own && organizations.length === 0) session.learned.ownOrganization = "unknown";

  const address = connection.addressOf(target.id);
  const users = await attempt(() => during("the users", () => reader.users(address)));
  if (users instanceof Failure) return [...checks, problem("users", users)];
  checks.push(check("users", "ok", `${counted(users.length, "user")} in ${target.name}`));
  const roles = await attempt(() => during("the roles", () => reader.roles(address)));
  if (roles instanceof Failure) return [...checks, problem("roles", roles)];
  checks.push(
    roles === null
      ? check(
          "roles",
          "note",
          "this key may not list roles",
          "plan and apply use role ids: names come from roles: in the files, and a name without an id is an error",
          `run polytomic-users roles --output yaml with an API key of ${target.name}, and include its output`,
        )
      : check("roles", "ok", `${counted(roles.length, "role")} in ${target.name}`),
  );
  return [...checks, ...aboutUsers(users)];
}

async function ownOrganization(
  reader: Connection["reader"],
  identity: Identity | Failure,
): Promise<Organization | null> {
  if (!(identity instanceof Failure) && identity.organizationId !== null) {
    return {
      id: identity.organizationId,
      name: identity.organizationName ?? identity.organizationId,
    };
  }
  try {
    return await reader.currentOrganization();
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return null;
    throw error;
  }
}

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

function aboutIdentity(identity: Identity | Failure, kind: CredentialKind): Check {
  if (identity instanceof Failure) {
    return check(
      "identity",
      "note",
      "Get Identity is refused",
      kind === "api"
        ? "the owner of the key is unknown, so the guard self cannot stop a run from removing that user"
        : "no effect: a partner or deployment key belongs to no user",
    );
  }
  const { kind: is, email, organizationName } = identity;
  if (is === undefined)
    return check("identity", "note", "Get Identity does not say whose key it is");
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

function aboutOrganizations(organizations: readonly Organization[], own: boolean): Check {
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
        "Polytomic does not say which organization the key belongs to",
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
function aboutUsers(users: readonly ListedUser[]): readonly Check[] {
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
function aboutAnswers({ version }: Session, heard: readonly Heard[]): readonly Check[] {
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
          "the update method may differ; apply finds out with one request",
        ),
    limit === undefined
      ? check("rate-limit", "ok", "not announced", "apply finds the rate at run time")
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

async function attempt<T>(ask: () => Promise<T>): Promise<T | Failure> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure && error.name !== "Interrupted") return error;
    throw error;
  }
}

/** No response, or not from Polytomic: every other request would fail the same way. */
function isUnreachable(error: unknown): error is Failure {
  return (
    error instanceof Failure &&
    !(error instanceof ApiError && error.status !== null && [401, 403, 404].includes(error.status))
  );
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

function problem(id: CheckId, { message, hint }: Failure): Check {
  return check(id, "problem", message, "plan and apply would fail with the same message", hint);
}
