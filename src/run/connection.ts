/** Opens a session with Polytomic and its reader, and finds out whose key it is. Nothing here can write. */
import type { Clock } from "../clock.ts";
import type { Identity } from "../model/current.ts";
import { pathOf } from "../polytomic/address.ts";
import type { Reader } from "../polytomic/api.ts";
import type { Credential } from "../polytomic/credential.ts";
import { ApiError } from "../polytomic/errors.ts";
import type { Gate } from "../polytomic/gate.ts";
import { createReader } from "../polytomic/reader.ts";
import { nothingLearned, type Retry, type Session } from "../polytomic/session.ts";
import type { Transport } from "../polytomic/transport.ts";
import { chooseVersion, needsNoOrganization } from "../polytomic/version.ts";
import { VERSION } from "../version.ts";

export interface Connection {
  readonly url: string;
  readonly session: Session;
  readonly reader: Reader;
  /** An API key reaches its own organization alone, and `/api/me` names it. */
  readonly ownOrganizationOnly: boolean;
  /** How the reader and the writer address an organization; null is the caller's own. */
  readonly addressOf: (organizationId: string) => string | null;
}

export interface ConnectOptions {
  readonly credential: Credential;
  readonly url: string;
  /** Null takes the credential's default version. */
  readonly apiVersion: string | null;
  readonly transport: Transport;
  readonly gate: Gate;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Gets one line a request; null traces nothing. */
  readonly trace: ((line: string) => void) | null;
  /** Called before each wait for a retry. */
  readonly onRetry?: (retry: Retry) => void;
  /** Once aborted, every read and wait ends at once, and nothing new is written. */
  readonly stop: AbortSignal;
}

/** Sends no request yet. Throws `Failure` for an unknown version. */
export function openConnection(options: ConnectOptions): Connection {
  const { credential, url, apiVersion, transport, gate, clock, random, trace, stop } = options;
  const version = chooseVersion(credential, apiVersion);
  const session: Session = {
    credential,
    version,
    transport,
    addressPath: pathOf(url),
    gate,
    clock,
    random,
    userAgent: `polytomic-users/${VERSION}`,
    trace,
    onRetry: options.onRetry ?? (() => {}),
    stop,
    abort: stop,
    learned: nothingLearned(),
  };
  const ownUsers = needsNoOrganization(credential.kind, version);
  return {
    url,
    session,
    reader: createReader(session),
    ownOrganizationOnly: credential.kind === "api",
    addressOf: (organizationId) =>
      ownUsers && session.learned.ownOrganization !== "unknown" ? null : organizationId,
  };
}

/**
 * Null for partner and deployment keys, which belong to no user. Get Identity may be refused or not name the
 * organization: then `GET /api/organization` is asked. Where that does not help, the organization stays null and
 * the users are reached by the id in the file, so that the service itself judges whether the key is the
 * organization's.
 */
export async function readCaller(connection: Connection): Promise<Identity | null> {
  const { reader, ownOrganizationOnly, session } = connection;
  if (!ownOrganizationOnly) return null;
  const identity = await reader.identity().catch(refusal);
  const known = identity instanceof ApiError ? NOBODY_KNOWN : identity;
  if (known.organizationId !== null) return known;
  const own = await reader.currentOrganization().catch(refusal);
  if (!(own instanceof ApiError)) {
    return { ...known, organizationId: own.id, organizationName: own.name };
  }
  // The key is rejected everywhere, not only here.
  if (identity instanceof ApiError && identity.status === 401 && own.status === 401) throw identity;
  session.learned.ownOrganization = "unknown";
  return known;
}

const NOBODY_KNOWN: Identity = {
  userId: null,
  email: null,
  organizationId: null,
  organizationName: null,
  refused: true,
};

function refusal(error: unknown): ApiError {
  if (error instanceof ApiError && [401, 403, 404, 405].includes(error.status ?? 0)) return error;
  throw error;
}
