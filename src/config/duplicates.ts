/** What is defined twice, and which of the two places is reported. */
import { type RoleAlias, writtenRoleKey } from "../model/desired.ts";
import type { Place, Report } from "../model/problem.ts";
import type { Named } from "./parsed-file.ts";

/**
 * Of two places in one file the later is reported; of two files the one that is nearer to the organization:
 * the other may be shared by many.
 */
export function reportedFirst<T extends { readonly place: Place }>(
  first: T,
  second: T,
): { readonly reported: T; readonly other: T } {
  return first.place.path === second.place.path
    ? { reported: second, other: first }
    : { reported: first, other: second };
}

/** The same role twice in one list, where one of the two last days would be overlooked. */
export function reportRepeatedRoles(
  roles: readonly Named[],
  aliases: ReadonlyMap<string, RoleAlias>,
  owner: string,
  report: Report,
): void {
  if (roles.length < 2) return;
  const seen = new Map<string, Named>();
  for (const role of roles) {
    const key = writtenRoleKey(role.name, aliases);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, role);
    else report(role.place, "duplicate-role", { name: role.name, owner, at: first.place });
  }
}
