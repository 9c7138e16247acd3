/** Environment and flags → a connection to Polytomic. Nothing here can write. */
import { chooseAddress } from "../polytomic/address.ts";
import { credentialFrom } from "../polytomic/credential.ts";
import { createGate } from "../polytomic/gate.ts";
import { createHttpTransport } from "../polytomic/http.ts";
import { type Connection, openConnection } from "../run/connection.ts";
import type { ConnectionFlags, GlobalFlags } from "./flags.ts";
import type { Io } from "./io.ts";

/** Throws `Failure` for a missing or double credential, a bad address or an unknown version. No request yet. */
export function connect(io: Io, flags: ConnectionFlags & GlobalFlags): Connection {
  const credential = credentialFrom(io.env, flags.credential);
  const url = chooseAddress(flags.url, io.env);
  return openConnection({
    credential,
    url,
    apiVersion: flags.apiVersion,
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
    trace: flags.verbose ? (line) => void io.stderr.write(`${line}\n`) : null,
    stop: io.interrupt,
  });
}
