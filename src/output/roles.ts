/** The roles of an organization as text, as a `roles:` block that files can include, and as JSON. */
import { commentText, isKey, scalarText, shortName } from "./yaml-scalar.ts";
import { isUuid, nameKey } from "../model/desired.ts";
import { groupBy } from "../model/group-by.ts";
import { counted, jsonDocument } from "../model/text.ts";
import type { CountedRole, RoleList } from "../model/current.ts";
import { padded, widest } from "./text/columns.ts";
import { plainText } from "./escape.ts";

export function renderRolesText(list: RoleList): string {
  const { organization, roles, users, listed } = list;
  const rows = roles.map((role) => [
    plainText(role.id),
    String(role.users),
    plainText(role.name ?? role.legacyName ?? ""),
  ]);
  const table = [["ID", "USERS", listed ? "NAME" : "LEGACY ROLE"], ...rows];
  const widths = [0, 1].map((column) =>
    widest(
      table.map((row) => row[column] ?? ""),
      80,
    ),
  );
  const lines = table.map(([id = "", count = "", name = ""]) =>
    `${padded(id, widths[0] ?? 0)}  ${count.padStart(widths[1] ?? 0)}  ${name}`.trimEnd(),
  );
  const name = plainText(organization.name);
  return `${[
    `Roles of ${name} (${plainText(organization.id)}), ${counted(users, "user")}`,
    "",
    ...lines,
    ...(listed ? [] : ["", ...missingNames(list)]),
  ].join("\n")}\n`;
}

/** A file of its own, to be included. Where names are not known, each role has a placeholder. */
export function renderRolesYaml(list: RoleList): string {
  const { organization, roles, listed } = list;
  const names = uniqueNames(roles);
  const lines = roles.map((role) => {
    const name = names.get(role);
    const users = ` # ${counted(role.users, "user")}`;
    if (name !== undefined) {
      // A file accepts only UUIDs under roles:.
      const mark = isUuid(role.id) ? "" : "# ";
      return `  ${mark}${scalarText(name)}: ${scalarText(role.id)}${users}`;
    }
    const line = `${scalarText(role.placeholder ?? "NAME")}: ${scalarText(role.id)}`;
    return `  ${role.placeholder === null ? "# " : ""}${line}${users}${legacyComment(role)}`;
  });
  const comments = [
    `Roles of ${commentText(organization.name)} (${commentText(organization.id)}). Include this file, or copy the roles: block.`,
    ...(listed
      ? []
      : [
          ...missingNames(list),
          "Replace names such as role-1 with the names of these roles in Polytomic.",
        ]),
  ];
  const isEmpty = lines.every((line) => line.startsWith("  #"));
  const block = [isEmpty ? "roles: {}" : "roles:", ...lines];
  return `${[...comments.map((line) => `# ${line}`), "version: 1", "", ...block].join("\n")}\n`;
}

export function renderRolesJson({ organization, listed, roles }: RoleList): string {
  return jsonDocument({
    format_version: 1,
    organization_id: organization.id,
    organization_name: organization.name,
    names_listed: listed,
    roles: roles.map(({ id, name, users, legacyName }) => {
      return { id, name, users, ...(listed ? {} : { legacy_role: legacyName }) };
    }),
  });
}

function missingNames({ organization }: RoleList): readonly string[] {
  return [
    `Role names, and roles that no user holds, are missing: this key is not allowed to list the roles of ${commentText(organization.name)}`,
    "(Polytomic limits partner keys to organizations and users). With an API key of the organization in",
    "POLYTOMIC_API_KEY, this command prints them.",
  ];
}

function legacyComment({ legacyName }: CountedRole): string {
  return legacyName === null ? "" : `, legacy role ${commentText(legacyName)}`;
}

/**
 * Each name once in any case: of roles that share a name or have one that is too long for a key, each with the
 * beginning of its id, or the whole id.
 */
function uniqueNames(roles: readonly CountedRole[]): ReadonlyMap<CountedRole, string> {
  const named = roles.flatMap((role) => (role.name === null ? [] : [{ role, name: role.name }]));
  const byName = groupBy(named, ({ name }) => nameKey(name));
  const byShort = groupBy([...byName.keys(), ...named.map(withShortId)], nameKey);
  return new Map(
    named.map((one) => {
      const { role, name } = one;
      const isAlone = byName.get(nameKey(name))?.length === 1;
      if (isAlone && isKey(name)) return [role, name];
      const isUnique = byShort.get(nameKey(withShortId(one)))?.length === 1;
      return [role, isUnique ? withShortId(one) : withId(name, role.id)];
    }),
  );
}

function withShortId({ role, name }: { readonly role: CountedRole; readonly name: string }) {
  return withId(name, role.id.slice(0, 8));
}

function withId(name: string, id: string): string {
  return `${shortName(name)} (${id})`;
}
