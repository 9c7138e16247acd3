/** Reads from Polytomic. Every read is retried as long as a retry can help, and decoded before it is used. */
import { Interrupted } from "../model/failure.ts";
import type { ListedUser, Role } from "../model/current.ts";
import type { Reader } from "./api.ts";
import { decodeIdentity, decodeOrganization, decodeOrganizations } from "./decode.ts";
import { decodeRoles, decodeUsers } from "./decode.ts";
import { ApiError, apiError } from "./errors.ts";
import { type AnswerKind, sendWithRetries } from "./retry.ts";
import type { Call, Session } from "./session.ts";
import { usersPath } from "./version.ts";

const AGAIN: readonly AnswerKind[] = ["none", "undecodable", "limited", "transient"];

export function createReader(session: Session): Reader {
  return {
    identity: () => read(session, get("get the key's identity", "/api/me"), decodeIdentity),
    currentOrganization: () =>
      read(session, get("get the key's organization", "/api/organization"), decodeOrganization),
    organizations: () =>
      read(session, get("list the organizations", "/api/organizations"), decodeOrganizations),
    users: (id) => readUsers(session, id),
    roles: (id) => readRoles(session, id),
  };
}

/**
 * The SDKs send a partner's key as Bearer, the Terraform provider as Basic. Bearer first; the way that is
 * accepted first is kept for the run.
 */
async function readUsers(session: Session, id: string | null): Promise<readonly ListedUser[]> {
  const call = get(`list the users of ${nameOf(id)}`, usersPath(id));
  const { credential, learned } = session;
  const byBasic = { ...call, basicFor: id };
  if (credential.kind === "api" || learned.usersByBasic !== null) {
    return read(session, learned.usersByBasic === true ? byBasic : call, decodeUsers);
  }
  try {
    const users = await read(session, call, decodeUsers);
    learned.usersByBasic ??= false;
    return users;
  } catch (error) {
    if (!isStatus(error, [401, 403]) || learned.usersByBasic === false) throw error;
    const users = await read(session, byBasic, decodeUsers).catch((other: unknown) => {
      throw other instanceof ApiError ? error : other;
    });
    learned.usersByBasic ??= true;
    session.trace?.("Bearer was refused: users are listed with Basic authentication from here on");
    return users;
  }
}

/** Null where the key may not list them. If the key is rejected everywhere, listing the users reports that. */
async function readRoles(session: Session, id: string | null): Promise<readonly Role[] | null> {
  const call = get(`list the roles of ${nameOf(id)}`, "/api/permissions/roles");
  try {
    return await read(session, { ...call, basicFor: id }, decodeRoles);
  } catch (error) {
    if (isStatus(error, [401, 403, 404])) return null;
    throw error;
  }
}

function isStatus(error: unknown, statuses: readonly number[]): boolean {
  return error instanceof ApiError && error.status !== null && statuses.includes(error.status);
}

function get(what: string, path: string): Call {
  return { what, method: "GET", path };
}

function nameOf(organizationId: string | null): string {
  return organizationId === null ? "the key's organization" : `organization ${organizationId}`;
}

async function read<T>(session: Session, call: Call, decode: (body: unknown) => T): Promise<T> {
  const ending = await sendWithRetries(session, call, { decode, again: AGAIN });
  const { answer } = ending;
  if (answer.kind === "done") return answer.value;
  if (answer.kind === "none" && answer.error.interrupted) throw new Interrupted();
  throw apiError(session, call, ending);
}
