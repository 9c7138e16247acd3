/** Chooses names for an export: role names that each refer to exactly one role, and the names of the files. */
import { createHash } from "node:crypto";
import type { Organization, Role } from "../model/current.ts";
import { isUuid, nameKey } from "../model/desired.ts";
import { groupBy } from "../model/group-by.ts";
import { shortName } from "../output/yaml-scalar.ts";
import { type NamedState, roleBook } from "../plan/roles.ts";

export interface NamedRole {
  readonly name: string;
  readonly role: Role;
}

const PLACE = { path: "", line: 1, column: 1 };

/** Names that the file gives by itself, for each role that its own name does not tell from all others. */
export function aliasesFor(
  used: readonly Role[],
  { roles, listed }: Pick<NamedState, "roles" | "listed">,
  taken: readonly string[] = [],
): readonly NamedRole[] {
  if (!listed) {
    return used.filter(({ id }) => isUuid(id)).map((role) => ({ name: role.name, role }));
  }
  const names = new Set([...taken, ...roles.map(({ name }) => name)].map(nameKey));
  const aliases: NamedRole[] = [];
  const finds = finder([], roles);
  for (const role of used) {
    if (finds(role.name, role) || !isUuid(role.id)) continue;
    const name = candidates(role).find((candidate) => !names.has(nameKey(candidate)));
    if (name === undefined) continue;
    names.add(nameKey(name));
    aliases.push({ name, role });
  }
  return aliases;
}

/** How the file writes each role: its alias, else its name, else its id; null where nothing leads to it. */
export function roleWriter(
  aliases: readonly NamedRole[],
  roles: readonly Role[],
): (role: Role) => string | null {
  const finds = finder(aliases, roles);
  const known = new Map<string, string | null>();
  return (role) => {
    const before = known.get(role.id);
    if (before !== undefined) return before;
    const own = aliases.filter((alias) => alias.role.id === role.id).map(({ name }) => name);
    const found = [...own, role.name, role.id].find((name) => finds(name, role)) ?? null;
    known.set(role.id, found);
    return found;
  };
}

/** Whether the planner takes a name for this role. */
function finder(
  aliases: readonly NamedRole[],
  roles: readonly Role[],
): (written: string, role: Role) => boolean {
  const entries = aliases.map(({ name, role: { id } }) => ({ name, id, place: PLACE }));
  const book = roleBook({ aliases: entries }, roles);
  return (written, role) => book.resolve(written, PLACE)?.id === role.id;
}

function candidates({ id, name }: Role): readonly string[] {
  const short = shortName(name);
  return [`${short} (${id.slice(0, 8)})`, `${short} (${id})`, id];
}

const LONGEST_SLUG = 60;

/**
 * By organization id: `acme-gmbh-248df4b7.yaml`. Readable, safe on every file system, and the same whatever other
 * organizations there are. The end, which comes from the id, makes it unique and outlives a change of name.
 */
export function fileNames(organizations: readonly Organization[]): ReadonlyMap<string, string> {
  const ends = endings(organizations);
  return new Map(
    organizations.map(({ id, name }) => [id, `${slug(name)}-${ends.get(id) ?? digest(id)}.yaml`]),
  );
}

/** The file among these that is this organization's by its ending, whatever its name was when it was made. */
export function existingFile(name: string, files: readonly string[]): string | null {
  const end = name.slice(name.lastIndexOf("-"));
  return files.includes(name) ? name : (files.find((file) => file.endsWith(end)) ?? null);
}

/** Letters, digits and dashes, at least one letter; the ending keeps it from being a reserved name. */
function slug(name: string): string {
  const words = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const short = words.replace(/^-+/, "").slice(0, LONGEST_SLUG).replace(/-+$/, "");
  return short === "" ? "organization" : short;
}

/** The first part of a UUID, unless two organizations share it; of other ids a digest. */
function endings(organizations: readonly Organization[]): ReadonlyMap<string, string> {
  const short = (id: string): string =>
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) ? id.slice(0, 8).toLowerCase() : digest(id);
  const byShort = groupBy(organizations, ({ id }) => short(id));
  return new Map(
    organizations.map(({ id }) => [
      id,
      byShort.get(short(id))?.length === 1 ? short(id) : digest(id),
    ]),
  );
}

function digest(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}
