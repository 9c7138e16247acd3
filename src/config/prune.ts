/**
 * Cuts what the schema found wrong out of a value, so that the rules can look at the rest in the same run.
 * As little as possible goes: an entry's wrong date, not the entry; a list keeps a hole, so that the
 * others keep their indexes.
 */
import type { Path } from "./reading.ts";

/** Without these, what they stand in means nothing. A group without roles still is a group. */
const essential: ReadonlySet<string> = new Set(["email", "role", "group", "demote_to"]);

/** Changes `value`; returns what is left of it, or undefined when it is wrong as a whole. */
export function prune(value: unknown, wrong: readonly Path[]): unknown {
  let rest: unknown = value;
  for (const path of wrong) if (!cut(rest, path)) rest = undefined;
  return rest;
}

/** False when the whole must go. */
function cut(value: unknown, path: Path): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const parentPath = path.slice(0, -1);
  const parent = parentPath.reduce(stepInto, value);
  if (Array.isArray(parent)) {
    parent[Number(last)] = undefined;
    return true;
  }
  if (!isObject(parent)) return true; // Gone already.
  if (path[0] === "groups" && path.length === 2) {
    parent[last] = {}; // Wrong, but there: a user in it is in no unknown group.
    return true;
  }
  if (typeof last === "string" && essential.has(last) && path[0] !== "roles") {
    return cut(value, parentPath);
  }
  delete parent[last];
  return true;
}

function stepInto(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}
