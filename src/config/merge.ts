/** The parts of one organization, its own file first → its desired state; what contradicts itself is noted. */
import type { DesiredOrganization, RoleAlias } from "../model/desired.ts";
import { nameKey } from "../model/desired.ts";
import { mergePolicy } from "./merge-policy.ts";
import { mergeUsers } from "./merge-users.ts";
import type { Note } from "./notes.ts";
import type { GroupPart, Part } from "./part.ts";
import { noteRepeatedRoles, noteTwice } from "./twice.ts";
import { at, quote } from "./wording.ts";

export interface Family {
  /** The path of the organization's file as the user named it. */
  readonly source: string;
  /** Its own file, then what it includes, each once. */
  readonly parts: readonly [Part, ...Part[]];
  /** False when some file of it could not be understood: then nobody knows what is missing. */
  readonly whole: boolean;
}

export function mergeFamily(family: Family, note: Note): DesiredOrganization {
  const { parts, source, whole } = family;
  const [own] = parts;
  const aliases = mergeAliases(parts, note);
  const groups = mergeGroups(parts, aliases, note);
  if (whole && parts.every(({ users }) => users === null)) {
    note(
      own.top,
      "no-users",
      "there is no users: here or in an included file: list the people, or write users: [] for nobody",
    );
  }
  return {
    organization: own.organization?.value ?? null,
    place: own.organization?.place ?? own.top,
    source,
    aliases: [...aliases.values()],
    policy: mergePolicy(parts, note),
    users: mergeUsers(parts, { groups, aliases, whole }, note),
  };
}

function mergeAliases(parts: readonly Part[], note: Note): ReadonlyMap<string, RoleAlias> {
  const aliases = new Map<string, RoleAlias>();
  for (const alias of parts.flatMap((part) => part.aliases)) {
    const key = nameKey(alias.name);
    const first = aliases.get(key);
    if (first === undefined) aliases.set(key, alias);
    else if (first.place.path === alias.place.path) {
      note(
        alias.place,
        "duplicate-role-name",
        `the role name ${quote(alias.name)} is there already, at ${at(first.place)} (upper and lower case are the same): keep one`,
      );
    } else if (first.id !== alias.id) {
      note(
        first.place,
        "conflict",
        `the role name ${quote(first.name)} stands for ${first.id} here, and for ${alias.id} at ${at(alias.place)}: keep one`,
      );
    }
  }
  return aliases;
}

function mergeGroups(
  parts: readonly Part[],
  aliases: ReadonlyMap<string, RoleAlias>,
  note: Note,
): ReadonlyMap<string, GroupPart> {
  const groups = new Map<string, GroupPart>();
  for (const group of parts.flatMap((part) => part.groups)) {
    const first = groups.get(nameKey(group.name));
    if (first === undefined) groups.set(nameKey(group.name), group);
    else {
      const message = (other: string): string =>
        `the group ${quote(group.name)} is also at ${other} (upper and lower case are the same): keep one`;
      noteTwice(first.place, group.place, "duplicate-group", message, note);
    }
    noteRepeatedRoles(group.roles, aliases, `the group ${quote(group.name)}`, note);
  }
  return groups;
}
