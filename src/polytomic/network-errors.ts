/** The messages of network errors: why there was no response, and what to do. */
import type { RequestError } from "got";
import { proxyFor } from "./proxy.ts";
import { NoResponse } from "./transport.ts";

/** Where requests go, and how long they may take. */
export interface Target {
  /** From `chooseAddress`: no trailing slash. */
  readonly base: string;
  /** For a whole answer, from the first byte sent to the last received. */
  readonly timeoutSeconds: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const CONNECT_SECONDS = 10;

/** The limit for each of the name lookup, the TCP connection and the TLS handshake. */
export function connectSeconds({ timeoutSeconds }: Pick<Target, "timeoutSeconds">): number {
  return Math.min(CONNECT_SECONDS, timeoutSeconds);
}

export function switchedProtocol(status: number, host: string): NoResponse {
  return new NoResponse(`${host} returned ${status} and switched to another protocol`, {
    sent: true,
    hint: "check that the address is Polytomic's and not that of a proxy",
  });
}

export function tooLarge(most: number): NoResponse {
  return new NoResponse(`the response is larger than ${most} bytes`, { sent: true });
}

export function tooSlow({ base, env, timeoutSeconds }: Target): NoResponse {
  const { host } = new URL(base);
  const proxy = proxyFor(new URL(base), env);
  return new NoResponse(
    `no complete response from ${through(proxy, host)} within ${timeoutSeconds} s`,
    {
      sent: true,
      hint: "raise --timeout if Polytomic may take longer",
    },
  );
}

function through(proxy: string | null, host: string): string {
  return proxy === null ? host : `${host} (through the proxy)`;
}

/** Where nothing of the request can have reached Polytomic. */
function unreachable(why: string, more: { hint: string; lasting?: boolean }): NoResponse {
  return new NoResponse(`could not reach Polytomic: ${why}`, { ...more, sent: false });
}

export function noResponse(error: unknown, { base, env, timeoutSeconds }: Target): NoResponse {
  if (!isRequestError(error)) {
    // A bug in this program, not a network error.
    throw error;
  }
  const { code } = error;
  const { host } = new URL(base);
  const proxy = proxyFor(new URL(base), env);
  if (error.name === "TimeoutError") {
    const seconds = connectSeconds({ timeoutSeconds });
    return unreachable(`no connection to ${host} within ${seconds} s`, { hint: NETWORK });
  }
  if (proxy !== null) {
    const failed = PROXY_FAILED[code];
    // Only the proxy's host: the rest may contain a password.
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
    : `no complete response from ${through(proxy, host)}`;
  const hint = "run the command again: changes already made are not repeated";
  return new NoResponse(`${what} (${code})`, { sent: true, hint });
}

/** What the proxy answered in place of a tunnel. It has seen nothing of the request but the host. */
export function noTunnel(status: number, { base }: Target): NoResponse {
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

const NOT_VALID_NOW: Known = {
  why: (host) => `the certificate of ${host} has expired or is not valid yet`,
  hint: "check this machine's clock; if it is right, the server needs a new certificate",
  lasting: true,
};

const WRONG_HOST: Known = {
  why: (host) => `the certificate of ${host} is for another host`,
  hint: "check the address (--url, POLYTOMIC_DEPLOYMENT_URL): it must have a host that the certificate names",
  lasting: true,
};

const HOST_NOT_FOUND: Known = {
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
    hint: "check the address and port (--url, POLYTOMIC_DEPLOYMENT_URL), and that the server is running",
  },
  ENOTFOUND: HOST_NOT_FOUND,
  EAI_AGAIN: HOST_NOT_FOUND,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EPROTO: NOT_HTTPS,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_HTTPS,
  CERT_HAS_EXPIRED: NOT_VALID_NOW,
  CERT_NOT_YET_VALID: NOT_VALID_NOW,
  ERR_TLS_CERT_ALTNAME_INVALID: WRONG_HOST,
};

function isCertificateError(code: string): boolean {
  return (
    /CERT|SELF_SIGNED|ERR_TLS_/.test(code) ||
    code === "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" ||
    code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  );
}
