/** What stands twice where it may stand once, and which of the two places hears about it. */
import { nameKey, type RoleAlias } from "../model/desired.ts";
import type { Place } from "../model/problem.ts";
import type { Note } from "./notes.ts";
import type { Named } from "./part.ts";
import { at, quote } from "./wording.ts";

/**
 * What two places say twice is told at the later one of the same file, but of two files at the one that
 * is nearer to the organization: the other may be shared by many.
 */
export function noteTwice(
  first: Place,
  second: Place,
  code: string,
  message: (other: string) => string,
  note: Note,
): void {
  if (first.path === second.path) note(second, code, message(at(first)));
  else note(first, code, message(at(second)));
}

/** The same role twice in one list, where one of the two last days would be overlooked. */
export function noteRepeatedRoles(
  roles: readonly Named[],
  aliases: ReadonlyMap<string, RoleAlias>,
  owner: string,
  note: Note,
): void {
  if (roles.length < 2) return;
  const seen = new Map<string, Named>();
  for (const role of roles) {
    const key = roleKeyOf(role.name, aliases);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, role);
    else {
      note(
        role.place,
        "duplicate-role",
        `${owner} has the role ${quote(role.name)} already, at ${at(first.place)}: keep one`,
      );
    }
  }
}

/** Two entries with the same key are one role: an alias and its id, a name in another case. */
function roleKeyOf(name: string, aliases: ReadonlyMap<string, RoleAlias>): string {
  return aliases.get(nameKey(name))?.id ?? nameKey(name);
}
