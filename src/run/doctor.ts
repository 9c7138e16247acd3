/** Sends the requests of `doctor`. Only reads. */
import type { Identity, Organization } from "../model/current.ts";
import { type Check, check, type CheckId, type Diagnosis } from "../model/doctor.ts";
import { Failure } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import { ApiError } from "../polytomic/errors.ts";
import { createReader } from "../polytomic/reader.ts";
import type { Session } from "../polytomic/session.ts";
import type { Connection } from "./connection.ts";
import { makeFinder, makeOwnFinder } from "./find-organization.ts";
import { findDialects, type Heard } from "./detect-dialects.ts";
import { checkAnswers, checkIdentity, checkOrganizations, checkUsers } from "./doctor-checks.ts";

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
  return [...checks, ...checkAnswers(session, heard), ...findDialects(connection, heard, checks)];
}

/** `checks` in their order; ok if none of them is a problem. */
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
  const checks = [checkIdentity(identity, credential.kind)];
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
  checks.push(checkOrganizations(organizations, own));
  const [first] = organizations;
  const find = own
    ? makeOwnFinder({
        organizationId: first?.id ?? null,
        organizationName: first?.name ?? null,
      })
    : makeFinder(organizations);
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
          "this key is not allowed to list roles",
          "plan and apply then know only role ids: every role name in the files needs an id under roles:",
          `run polytomic-users roles --output yaml with an API key of ${target.name}, and include its output`,
        )
      : check("roles", "ok", `${counted(roles.length, "role")} in ${target.name}`),
  );
  return [...checks, ...checkUsers(users)];
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
