/**
 * One HTTP exchange by got, without its retries and redirects: those are decided elsewhere. got's own errors are
 * never kept as a cause, because they carry the request's headers and with them the key.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Got, RequestError } from "got";
import { proxyFor } from "./proxy.ts";
import type { ApiResponse, ApiRequest, Transport } from "./transport.ts";
import { interrupted, NoResponse } from "./transport.ts";

export interface HttpOptions {
  /** From `chooseAddress`: no trailing slash. */
  readonly base: string;
  /** For a whole answer, from the first byte sent to the last received. */
  readonly timeoutSeconds: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Larger answers, counted after decompression, are not read. */
  readonly maxBytes?: number;
}

const CONNECT_SECONDS = 10;
/** About 300,000 users in one answer. */
const MAX_BYTES = 64 * 1024 * 1024;

export function createHttpTransport(options: HttpOptions): Transport {
  let client: Promise<Got> | null = null;
  return async (request, signal) => {
    client ??= createClient(options);
    return exchange(await client, options, request, signal);
  };
}

/** got takes 80 ms to load: only when there is something to send. */
async function createClient(options: HttpOptions): Promise<Got> {
  const [{ got }, agent] = await Promise.all([import("got"), createAgents(options)]);
  const connect = Math.min(CONNECT_SECONDS, options.timeoutSeconds) * 1000;
  return got.extend({
    agent,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    responseType: "buffer",
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment opens nothing.
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
    sent.once("upgrade", ({ statusCode = 101 }) => giveUp(switched(statusCode, host)));
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

/** An empty body reads as "", what is not JSON as undefined. */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return "";
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function switched(status: number, host: string): NoResponse {
  return new NoResponse(`${host} answered ${status} and left HTTP`, {
    sent: true,
    hint: "check that the address is Polytomic's and not that of a proxy",
  });
}

function tooLarge(most: number): NoResponse {
  return new NoResponse(`the response is larger than ${most} bytes`, { sent: true });
}

function tooSlow({ base, env, timeoutSeconds }: HttpOptions): NoResponse {
  const { host } = new URL(base);
  const where = proxyFor(new URL(base), env) === null ? host : `${host} (through the proxy)`;
  return new NoResponse(`no complete response from ${where} within ${timeoutSeconds} s`, {
    sent: true,
    hint: "raise --timeout if Polytomic may take longer",
  });
}

/** Where nothing of the request can have reached Polytomic. */
function unreachable(why: string, more: { hint: string; lasting?: boolean }): NoResponse {
  return new NoResponse(`could not reach Polytomic: ${why}`, { ...more, sent: false });
}

function noResponse(error: unknown, { base, env, timeoutSeconds }: HttpOptions): NoResponse {
  if (!isRequestError(error)) {
    // A mistake in this program, not the network's: it must look like one.
    throw error;
  }
  const { code } = error;
  const { host } = new URL(base);
  const proxy = proxyFor(new URL(base), env);
  if (error.name === "TimeoutError") {
    const seconds = Math.min(CONNECT_SECONDS, timeoutSeconds);
    return unreachable(`no connection to ${host} within ${seconds} s`, { hint: NETWORK });
  }
  if (proxy !== null) {
    const failed = PROXY_FAILED[code];
    // The proxy's host alone: the rest may be a password.
    if (failed !== undefined) {
      const why = `the proxy ${new URL(proxy).host} ${failed} (${code})`;
      return unreachable(why, { hint: "check HTTPS_PROXY, or bypass it with NO_PROXY" });
    }
  }
  const known = FAILURES[code] ?? (isCertificateError(code) ? CERTIFICATE : null);
  if (known !== null) {
    const { why, ...more } = known;
    return unreachable(`${why(host)} (${code})`, more);
  }
  const what = CLOSED.includes(code)
    ? `${host} closed the connection before the response was complete`
    : `no complete response from ${host}`;
  const hint = "run the command again: changes already made are not repeated";
  return new NoResponse(`${what} (${code})`, { sent: true, hint });
}

/** What the proxy answered in place of a tunnel. It has seen nothing of the request but the host. */
function noTunnel(status: number, { base }: HttpOptions): NoResponse {
  const hint =
    status === 407
      ? "the proxy requires a user name and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
      : "ask the proxy's administrator, or bypass it with NO_PROXY";
  const why = `the proxy refused a connection to ${new URL(base).host} (${status})`;
  return unreachable(why, { hint, lasting: status < 500 });
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

const NETWORK = "check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY)";

const CLOSED: readonly string[] = ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"];

/** With a proxy these are about it: it is the proxy that looks up and connects to Polytomic. */
const PROXY_FAILED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ENOTFOUND: "was not found",
  EAI_AGAIN: "was not found",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
};

interface Known {
  readonly why: (host: string) => string;
  readonly hint: string;
  readonly lasting?: boolean;
}

const CERTIFICATE: Known = {
  why: (host) => `the certificate of ${host} is not trusted`,
  hint: "for a private certificate authority, set NODE_EXTRA_CA_CERTS to its file",
  lasting: true,
};

const NOT_FOUND: Known = {
  why: (host) => `host ${host.replace(/:\d+$/, "")} not found`,
  hint: "check the address (--url, POLYTOMIC_DEPLOYMENT_URL) and the network",
};

const NO_ROUTE: Known = { why: (host) => `no route to ${host}`, hint: NETWORK };

const NOT_HTTPS: Known = {
  why: (host) => `${host} does not speak HTTPS`,
  hint: "the address of a local sandbox starts with http://, as in http://localhost:PORT",
  lasting: true,
};

const FAILURES: Readonly<Record<string, Known>> = {
  ECONNREFUSED: {
    why: (host) => `connection refused by ${host}`,
    hint: "check the address and port (--url, POLYTOMIC_DEPLOYMENT_URL), and that it is running",
  },
  ENOTFOUND: NOT_FOUND,
  EAI_AGAIN: NOT_FOUND,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EPROTO: NOT_HTTPS,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_HTTPS,
};

function isCertificateError(code: string): boolean {
  return (
    /CERT|SELF_SIGNED|ERR_TLS_/.test(code) ||
    code === "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" ||
    code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  );
}
