/** Patterns for e-mail addresses: `*` matches any characters, everything else matches itself, regardless of case. */
import { emailKey } from "./desired.ts";

export type Matcher = (email: string) => boolean;

/** True for an address that at least one of the patterns matches whole. */
export function compilePatterns(patterns: readonly string[]): Matcher {
  const keys = patterns.map(emailKey);
  const literal = new Set(keys.filter((key) => !key.includes("*")));
  const wild = keys.filter((key) => key.includes("*")).map((key) => key.split("*"));
  return (email) => {
    const key = emailKey(email);
    return literal.has(key) || wild.some((parts) => matchesParts(key, parts));
  };
}

/** Greedy from the left: with `*` alone that is exact, and linear where a regular expression may not be. */
function matchesParts(key: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!key.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return key.endsWith(last) && key.length - last.length >= at;
}
