/** The address of Polytomic: its service, or an on-premises deployment. */
import { Failure } from "../model/failure.ts";

const DEFAULT_URL = "https://app.polytomic.com";
const HINT =
  "pass an address such as https://polytomic.example.com with --url or POLYTOMIC_DEPLOYMENT_URL";

/**
 * The base address without a trailing slash, from `--url` or POLYTOMIC_DEPLOYMENT_URL, scheme
 * optional. HTTPS only, except on this machine's own loopback (the sandbox).
 */
export function chooseAddress(
  flag: string | null,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const given = (flag ?? env["POLYTOMIC_DEPLOYMENT_URL"] ?? "").trim();
  const name = flag === null ? "POLYTOMIC_DEPLOYMENT_URL" : "--url";
  if (given === "") {
    if (flag !== null) throw new Failure("--url is empty", { hint: HINT });
    return DEFAULT_URL;
  }
  const url = parse(given, name);
  refuseExtras(url, name);
  refuseClearText(url, name);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** As in `/polytomic`; empty for a host alone. */
export function pathOf(address: string): string {
  return new URL(address).pathname.replace(/\/$/, "");
}

/** What a path in the address means, and what to do. */
export function pathWords(path: string): { readonly means: string; readonly cure: string } {
  return {
    means: `the address has the path ${path}; Polytomic's API is usually at the root of the host`,
    cure: "remove the path from --url or POLYTOMIC_DEPLOYMENT_URL",
  };
}

/** True for loopback names and addresses. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function parse(given: string, name: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  if (!URL.canParse(withScheme)) throw new Failure(`${name} is not an address`, { hint: HINT });
  return new URL(withScheme);
}

/** The value is never shown: it may contain a password. */
function refuseExtras(url: URL, name: string): void {
  if (url.username !== "" || url.password !== "") {
    throw new Failure(`${name} contains a user name or password`, {
      hint: "remove it: the key comes from the environment",
    });
  }
  if (url.search !== "" || url.hash !== "") {
    throw new Failure(`${name} contains a query or fragment (? or #)`, { hint: "remove it" });
  }
}

function refuseClearText(url: URL, name: string): void {
  if (url.protocol === "https:") return;
  if (url.protocol !== "http:") {
    throw new Failure(`${name} begins with ${url.protocol}//, which is not HTTPS`, { hint: HINT });
  }
  if (!isLoopback(url.hostname)) {
    throw new Failure(`${name} would send the key unencrypted to ${url.hostname}`, {
      hint: "use https://; http:// is only for a sandbox on this machine",
    });
  }
}
