/** Reads Polytomic. Every read is repeated while that can help, and decoded before anything uses it. */
import { Interrupted } from "../model/failure.ts";
import type { ListedUser } from "../model/current.ts";
import type { ResponseKind } from "./response.ts";
import type { Reader } from "./api.ts";
import {
  Undecodable,
  decodeIdentity,
  decodeOrganizations,
  decodeRoles,
  decodeUser,
  decodeUsers,
} from "./decode.ts";
import { apiError } from "./errors.ts";
import type { Ending } from "./retry.ts";
import { sendWithRetries } from "./retry.ts";
import type { Call, Session } from "./session.ts";
import { segment, usersPath } from "./version.ts";

const AGAIN: readonly ResponseKind[] = ["limited", "transient"];

export function createReader(session: Session): Reader {
  const { credential, version } = session;
  const users = (id: string | null) => usersPath(credential.kind, version, id);
  return {
    identity: () => read(session, get("ask who the key belongs to", "/api/me"), decodeIdentity),
    organizations: () =>
      read(session, get("list the organizations", "/api/organizations"), decodeOrganizations),
    users: async (id) =>
      read(session, get(`list the users of ${nameOf(id)}`, users(id)), decodeUsers),
    user: async (id, userId) =>
      readUser(session, get(`get user ${userId}`, `${users(id)}/${segment(userId)}`)),
    roles: async (id) => {
      const call = get(`list the roles of ${nameOf(id)}`, "/api/permissions/roles");
      return read(session, { ...call, basicFor: id }, decodeRoles);
    },
  };
}

function get(what: string, path: string): Call {
  return { what, method: "GET", path };
}

function nameOf(organizationId: string | null): string {
  return organizationId === null ? "the key's organization" : `organization ${organizationId}`;
}

async function read<T>(session: Session, call: Call, decode: (body: unknown) => T): Promise<T> {
  return decoded(session, call, await ask(session, call, decode), decode);
}

async function readUser(session: Session, call: Call): Promise<ListedUser | null> {
  const ending = await ask(session, call, decodeUser);
  const { exchange } = ending;
  if (exchange.kind === "response" && exchange.response.status === 404) return null;
  return decoded(session, call, ending, decodeUser);
}

function ask(session: Session, call: Call, decode: (body: unknown) => unknown): Promise<Ending> {
  return sendWithRetries(session, call, {
    usable: (body) => problemWith(body, decode) === null,
    again: AGAIN,
    silenceAgain: true,
  });
}

function decoded<T>(
  session: Session,
  call: Call,
  { exchange, tries }: Ending,
  decode: (body: unknown) => T,
): T {
  if (exchange.kind === "none" && exchange.error.interrupted) throw new Interrupted();
  if (exchange.kind === "none") throw apiError(session, call, exchange, tries);
  const { status, body } = exchange.response;
  const problem = problemWith(body, decode);
  if (status < 200 || status >= 300 || problem !== null) {
    throw apiError(session, call, exchange, tries, problem);
  }
  return decode(body);
}

function problemWith(body: unknown, decode: (body: unknown) => unknown): string | null {
  try {
    decode(body);
    return null;
  } catch (error) {
    if (error instanceof Undecodable) return error.message;
    throw error;
  }
}
