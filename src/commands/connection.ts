/** Environment and flags → a connection to Polytomic. Nothing here can write. */
import { Failure } from "../model/failure.ts";
import { chooseAddress } from "../polytomic/address.ts";
import { credentialFrom } from "../polytomic/credential.ts";
import { createGate } from "../polytomic/gate.ts";
import { createHttpTransport } from "../polytomic/http.ts";
import { type Connection, openConnection } from "../run/connection.ts";
import type { ConnectionFlags, GlobalFlags, ScopeFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { tellWaits } from "./show-waiting.ts";

/**
 * With `--shard K/N`, N programs share the rate limit. Throws `Failure` for a missing or ambiguous credential, a bad
 * address or an unknown version. Sends no request.
 */
export function connect(
  io: Io,
  flags: ConnectionFlags & GlobalFlags & Partial<Pick<ScopeFlags, "shard">>,
): Connection {
  refuseNodeDebug(io.env["NODE_DEBUG"] ?? "");
  const credential = credentialFrom(io.env, flags.credential);
  const url = chooseAddress(flags.url, io.env);
  const waits = tellWaits(io, new URL(url).host, flags);
  return openConnection({
    credential,
    url,
    apiVersion: flags.apiVersion,
    transport: waits.watched(
      createHttpTransport({ base: url, timeoutSeconds: flags.timeout, env: io.env }),
    ),
    gate: createGate({
      clock: io.clock,
      maxRate: flags.maxRate,
      random: io.random,
      sharers: flags.shard?.count ?? 1,
      concurrency: flags.concurrency,
      onLongPause: (ms) => waits.pause(ms),
    }),
    clock: io.clock,
    random: io.random,
    trace: flags.verbose ? (line) => void io.stderr.write(`${line}\n`) : null,
    onRetry: (retry) => waits.retry(retry),
    stop: io.interrupt,
  });
}

/** With NODE_DEBUG, Node prints the headers of requests, including the key. */
function refuseNodeDebug(sections: string): void {
  const patterns = sections.split(",").map((section) => section.trim().replace(/[^\w*]/g, "\\$&"));
  const printed = new RegExp(`^(${patterns.join("|").replaceAll("*", ".*")})$`, "i");
  const secret = ["http", "http2", "https", "net", "stream", "tls", "undici"];
  if (sections === "" || !secret.some((section) => printed.test(section))) return;
  throw new Failure(`NODE_DEBUG=${sections} would print the key`, {
    hint: "unset NODE_DEBUG; to see the requests without the key, use --verbose",
  });
}
