/** Environment and flags → a session with Polytomic, and the reader on it. Nothing here can write. */
import { createGate } from "../polytomic/gate.ts";
import { chooseAddress } from "../polytomic/address.ts";
import type { Reader } from "../polytomic/api.ts";
import { credentialFrom } from "../polytomic/credential.ts";
import { createHttpTransport } from "../polytomic/http.ts";
import { createReader } from "../polytomic/reader.ts";
import type { Session } from "../polytomic/session.ts";
import { chooseVersion, needsNoOrganization } from "../polytomic/version.ts";
import { VERSION } from "../version.ts";
import type { ConnectionFlags, GlobalFlags } from "./flags.ts";
import type { Io } from "./io.ts";

export interface Connection {
  readonly url: string;
  readonly session: Session;
  readonly reader: Reader;
  /** An API key reaches its own organization alone, and `/api/me` names it. */
  readonly ownOrganizationOnly: boolean;
  /** How the reader and the writer address an organization; null is the caller's own. */
  readonly addressOf: (organizationId: string) => string | null;
}

/** Throws `Failure` for a missing or double credential, a bad address or an unknown version. No request yet. */
export function connect(io: Io, flags: ConnectionFlags & GlobalFlags): Connection {
  const credential = credentialFrom(io.env, flags.credential);
  const url = chooseAddress(flags.url, io.env);
  const version = chooseVersion(credential, flags.apiVersion);
  const session: Session = {
    credential,
    version,
    transport: createHttpTransport({ base: url, timeoutSeconds: flags.timeout, env: io.env }),
    gate: createGate({
      clock: io.clock,
      maxRate: flags.maxRate,
      concurrency: flags.concurrency,
      onLongPause: (ms) => {
        if (!flags.quiet)
          io.stderr.write(`Waiting ${Math.ceil(ms / 1000)} s: Polytomic limits the requests.\n`);
      },
    }),
    clock: io.clock,
    random: io.random,
    userAgent: `polytomic-users/${VERSION}`,
    trace: flags.verbose ? (line) => void io.stderr.write(`${line}\n`) : null,
    signal: io.interrupt,
  };
  const ownUsers = needsNoOrganization(credential.kind, version);
  return {
    url,
    session,
    reader: createReader(session),
    ownOrganizationOnly: credential.kind === "api",
    addressOf: (organizationId) => (ownUsers ? null : organizationId),
  };
}
