/** Which proxy a request goes through, by the usual variables: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY. */
import { Failure } from "../model/failure.ts";
import { isLoopback } from "./address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's address for this URL, or null for a direct connection. Loopback is always direct. Throws `Failure`
 * for what is no proxy's address, and never says it: a password may be in it.
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
    hint: "give it like http://proxy.example.com:3128, or http://USER:PASSWORD@proxy.example.com:3128",
  });
}

/** Lower case first, as curl does. */
function variable(env: Environment, name: string): string | null {
  const value = env[name] || env[name.toUpperCase()];
  return value === undefined || value.trim() === "" ? null : value.trim();
}

/** NO_PROXY: `*`, or names that also stand for everything below them (`.example.com`, `example.com:8443`). */
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
