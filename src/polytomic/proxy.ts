/**
 * Decides which proxy a request goes through, from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl does. The
 * package `proxy-from-env` is not used: it reads `process.env` itself, and `example.com` in NO_PROXY does not cover
 * `api.example.com`.
 */
import { Failure } from "../model/failure.ts";
import { isLoopback } from "./address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's address for this URL, or null for a direct connection. Loopback is always direct. Throws `Failure`
 * where the variable is not a proxy's address, without its value: it may contain a password.
 */
export function proxyFor(url: URL, env: Environment): string | null {
  if (isLoopback(url.hostname)) return null;
  const names = [`${url.protocol.slice(0, -1)}_proxy`, "all_proxy"];
  const name = names.find((one) => variable(env, one) !== null);
  if (name === undefined || isExempt(url, variable(env, "no_proxy") ?? "")) return null;
  const given = variable(env, name) ?? "";
  const proxy = given.includes("://") ? given : `http://${given}`;
  if (URL.canParse(proxy) && /^(https?|socks(4a?|5h?)?):/.test(proxy)) return proxy;
  throw new Failure(`${name.toUpperCase()} is not the address of a proxy`, {
    hint: "write it as http://proxy.example.com:3128 or http://USER:PASSWORD@proxy.example.com:3128",
  });
}

/** Lower case first, as curl does. */
function variable(env: Environment, name: string): string | null {
  const value = env[name] || env[name.toUpperCase()];
  return value === undefined || value.trim() === "" ? null : value.trim();
}

/** NO_PROXY: `*`, or names that also cover their subdomains (`.example.com`, `example.com:8443`). */
function isExempt(url: URL, exemptions: string): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry, url.hostname, port));
}

function matches(entry: string, hostname: string, port: string): boolean {
  if (entry === "*") return true;
  const [, host = entry, onlyPort] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const domain = host.replace(/^\*?\.?/, "");
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
