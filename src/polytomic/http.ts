/**
 * HTTP by got: one exchange and nothing clever. No repetition, no redirect, no limit but time and
 * size: those are this program's own decisions. Errors are told in plain words, and got's own are
 * never kept as their cause, because they carry the request's headers and with them the key.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Got, RequestError } from "got";
import { proxyFor } from "./proxy.ts";
import type { ApiResponse, ApiRequest, Transport } from "./transport.ts";
import { NoResponse } from "./transport.ts";

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
  return async (request) => {
    client ??= createClient(options);
    return exchange(await client, options, request);
  };
}

/** got takes 80 ms to load: only when there is something to send. */
async function createClient(options: HttpOptions): Promise<Got> {
  const [{ got }, agent] = await Promise.all([import("got"), createAgents(options)]);
  const answer = options.timeoutSeconds * 1000;
  const connect = Math.min(CONNECT_SECONDS * 1000, answer);
  return got.extend({
    agent,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    responseType: "buffer",
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment opens nothing.
    https: { rejectUnauthorized: true },
    timeout: { lookup: connect, connect, secureConnect: connect, request: answer },
  });
}

async function createAgents({ base, env }: HttpOptions) {
  const keepAlive = { keepAlive: true, rejectUnauthorized: true };
  const direct = { http: new HttpAgent(keepAlive), https: new HttpsAgent(keepAlive) };
  if (proxyFor(new URL(base), env) === null) return direct;
  const { ProxyAgent } = await import("proxy-agent");
  const proxied = new ProxyAgent({
    ...keepAlive,
    httpAgent: direct.http,
    httpsAgent: direct.https,
    getProxyForUrl: (url) => proxyFor(new URL(url), env) ?? "",
  });
  return { http: proxied, https: proxied };
}

async function exchange(
  client: Got,
  options: HttpOptions,
  request: ApiRequest,
): Promise<ApiResponse> {
  const most = options.maxBytes ?? MAX_BYTES;
  const pending = client(`${options.base}${request.path}`, {
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  let refusedBy: number | null = null;
  void pending.on("request", (sent) => {
    sent.once("proxyConnect", ({ statusCode }: { readonly statusCode: number }) => {
      refusedBy = statusCode === 200 ? null : statusCode;
    });
  });
  let tooLarge = false;
  void pending.on("downloadProgress", ({ transferred }) => {
    if (transferred <= most || tooLarge) return;
    tooLarge = true;
    pending.cancel();
  });
  try {
    const response = await pending;
    if (refusedBy !== null) throw noTunnel(refusedBy, options);
    return {
      status: response.statusCode,
      headers: plainHeaders(response.headers),
      body: parseJson(response.rawBody),
    };
  } catch (error) {
    if (error instanceof NoResponse) throw error;
    if (tooLarge) throw new NoResponse(`the answer is larger than ${most} bytes`, { sent: true });
    throw noAnswer(error, options);
  }
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function noAnswer(error: unknown, { base, env, timeoutSeconds }: HttpOptions): NoResponse {
  if (!isRequestError(error)) {
    // A mistake in this program, not the network's: it must look like one.
    throw error;
  }
  const url = new URL(base);
  const proxy = proxyFor(url, env);
  const host = proxy === null ? url.host : `${url.host} (through the proxy)`;
  if (error.name === "TimeoutError") return timedOut(error, host, timeoutSeconds);
  const { code } = error;
  if (proxy !== null && PROXY_CODES.includes(code)) return noProxy(proxy, code);
  const known = WORDS[code] ?? (isCertificateError(code) ? CERTIFICATE : null);
  if (known === null) return new NoResponse(`no answer from ${host} (${code})`, { sent: true });
  const { words, ...rest } = known;
  return new NoResponse(`${host} ${words} (${code})`, rest);
}

/** What the proxy answered in place of a tunnel. It has seen nothing of the request but the host. */
function noTunnel(status: number, { base }: HttpOptions): NoResponse {
  const words = `the proxy makes no connection to ${new URL(base).host} (it answers ${status})`;
  const hint =
    status === 407
      ? "it wants a user name and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
      : "ask whoever runs the proxy, or go around it with NO_PROXY";
  return new NoResponse(words, { sent: false, lasting: status < 500, hint });
}

/** With a proxy these are about it: it is the proxy that looks up and connects to Polytomic. */
const PROXY_CODES = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

function noProxy(proxy: string, code: string): NoResponse {
  // Its host alone: the rest may be a password.
  return new NoResponse(`the proxy ${new URL(proxy).host} cannot be reached (${code})`, {
    sent: false,
    hint: "check HTTPS_PROXY, or go around it with NO_PROXY",
  });
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function timedOut(error: RequestError, host: string, timeoutSeconds: number): NoResponse {
  const event = "event" in error ? error.event : "request";
  const connecting = event === "lookup" || event === "connect" || event === "secureConnect";
  if (connecting) {
    const seconds = Math.min(CONNECT_SECONDS, timeoutSeconds);
    return new NoResponse(`no connection to ${host} within ${seconds} s`, {
      sent: false,
      hint: "check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY)",
    });
  }
  return new NoResponse(`no whole answer from ${host} within ${timeoutSeconds} s`, {
    sent: true,
    hint: "raise --timeout if the answer may take longer",
  });
}

interface Words {
  readonly words: string;
  readonly hint: string;
  /** False where no byte of the request can have arrived. */
  readonly sent: boolean;
  readonly lasting?: boolean;
}

const CERTIFICATE: Words = {
  words: "shows a certificate that is not trusted",
  hint: "for a private certificate authority, set NODE_EXTRA_CA_CERTS to its file",
  sent: false,
  lasting: true,
};

const NAME: Words = {
  words: "is a name that cannot be found",
  hint: "check the address (--url, POLYTOMIC_DEPLOYMENT_URL) and the network",
  sent: false,
};

const CUT: Words = {
  words: "cut the connection before the answer was there",
  hint: "run again: what was done already is not done twice",
  sent: true,
};

const UNREACHABLE: Words = {
  words: "cannot be reached",
  hint: "check the network and the proxy (HTTPS_PROXY, NO_PROXY)",
  sent: false,
};

const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: {
    words: "refuses connections",
    hint: "check the address and port (--url, POLYTOMIC_DEPLOYMENT_URL), and that it is running",
    sent: false,
  },
  ENOTFOUND: NAME,
  EAI_AGAIN: NAME,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNRESET: CUT,
  EPIPE: CUT,
  EPROTO: {
    words: "does not speak HTTPS on this port",
    hint: "a sandbox on this machine is at http://localhost:PORT, with the http:// written out",
    sent: false,
    lasting: true,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    words: "does not speak HTTPS on this port",
    hint: "a sandbox on this machine is at http://localhost:PORT, with the http:// written out",
    sent: false,
    lasting: true,
  },
};

function isCertificateError(code: string): boolean {
  return (
    /CERT|SELF_SIGNED|ERR_TLS_/.test(code) ||
    code === "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" ||
    code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  );
}
