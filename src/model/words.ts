/** Numbers and lists in English, the same for every format. */
import type { Place } from "./problem.ts";

/** `1 person`, `2,000 people`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** `2,000`: by hand, since locales differ between machines. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `users.yaml:12`. Hostile, as paths are. */
export function lineOf({ path, line }: Place): string {
  return `${path}:${line}`;
}
