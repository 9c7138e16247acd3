/**
 * One HTTP exchange with got. got's retries and redirects are off, because `retry.ts` decides them. got's errors are
 * never kept as a cause, because they carry the request's headers and with them the key.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Got } from "got";
import {
  connectSeconds,
  switchedProtocol,
  noResponse,
  noTunnel,
  type Target,
  tooLarge,
  tooSlow,
} from "./network-errors.ts";
import { proxyFor } from "./proxy.ts";
import {
  type ApiRequest,
  type ApiResponse,
  interrupted,
  NoResponse,
  type Transport,
} from "./transport.ts";

export interface HttpOptions extends Target {
  /** Larger answers, counted after decompression, are not read. */
  readonly maxBytes?: number;
}

/** About 300,000 users in one answer. */
const MAX_BYTES = 64 * 1024 * 1024;

export function createHttpTransport(options: HttpOptions): Transport {
  let client: Promise<Got> | null = null;
  return async (request, signal) => {
    client ??= createClient(options);
    return exchange(await client, options, request, signal);
  };
}

/** got takes 80 ms to load, so it is loaded on the first request. */
async function createClient(options: HttpOptions): Promise<Got> {
  const [{ got }, agent] = await Promise.all([import("got"), createAgents(options)]);
  const connect = connectSeconds(options) * 1000;
  return got.extend({
    agent,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    responseType: "buffer",
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect.
    https: { rejectUnauthorized: true },
    timeout: { lookup: connect, connect, secureConnect: connect },
  });
}

/** The address is HTTPS or loopback, and loopback is always direct: a proxy only ever tunnels HTTPS. */
async function createAgents({ base, env }: HttpOptions) {
  const options = { keepAlive: true, rejectUnauthorized: true };
  const proxy = proxyFor(new URL(base), env);
  if (proxy === null) return { http: new HttpAgent(options), https: new HttpsAgent(options) };
  if (proxy.startsWith("socks")) {
    const { SocksProxyAgent } = await import("socks-proxy-agent");
    return { https: new SocksProxyAgent(proxy, options) };
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return { https: new HttpsProxyAgent(proxy, options) };
}

async function exchange(
  client: Got,
  options: HttpOptions,
  request: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<ApiResponse> {
  const { host } = new URL(options.base);
  const most = options.maxBytes ?? MAX_BYTES;
  const pending = client(`${options.base}${request.path}`, {
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  let gaveUp: NoResponse | null = null;
  const giveUp = (why: NoResponse): void => {
    gaveUp ??= why;
    pending.cancel();
  };
  let refusedBy: number | null = null;
  void pending.on("request", (sent) => {
    sent.once("proxyConnect", ({ statusCode }: { readonly statusCode: number }) => {
      refusedBy = statusCode === 200 ? null : statusCode;
    });
    // After a 101 the connection no longer carries HTTP: neither got nor Node would end the request.
    sent.once("upgrade", ({ statusCode = 101 }) => giveUp(switchedProtocol(statusCode, host)));
  });
  void pending.on("downloadProgress", ({ transferred }) => {
    if (transferred > most) giveUp(tooLarge(most));
  });
  // Of its own, because got stops its timers at the first sign of a response, a strange one included.
  const deadline = setTimeout(() => giveUp(tooSlow(options)), options.timeoutSeconds * 1000);
  const onAbort = (): void => giveUp(interrupted(true));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    const response = await pending;
    if (refusedBy !== null) throw noTunnel(refusedBy, options);
    return {
      status: response.statusCode,
      headers: plainHeaders(response.headers),
      body: parseJson(response.rawBody),
    };
  } catch (error) {
    if (gaveUp !== null) throw gaveUp;
    throw error instanceof NoResponse ? error : noResponse(error, options);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", onAbort);
  }
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

/** JSON is UTF-8: with replacement characters for other bytes, a user would get another address. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** An empty body reads as "", what is not JSON as undefined. */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return "";
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}
