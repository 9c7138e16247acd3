/** A session with Polytomic and the reader on it. Nothing here can write. */
import type { Clock } from "../clock.ts";
import type { Reader } from "../polytomic/api.ts";
import type { Credential } from "../polytomic/credential.ts";
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
  /** Told before each wait for another try; left out tells nobody. */
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
