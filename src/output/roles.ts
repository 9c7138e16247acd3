/** The roles of an organization as text, as a `roles:` block that files can include, and as JSON. */
import { scalarText, commentText } from "./yaml-scalar.ts";
import { nameKey } from "../model/desired.ts";
import { counted, jsonText } from "../model/text.ts";
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
    if (name !== undefined) return `  ${scalarText(name)}: ${scalarText(role.id)}${users}`;
    const line = `${scalarText(role.placeholder ?? "NAME")}: ${scalarText(role.id)}`;
    return `  ${role.placeholder === null ? "# " : ""}${line}${users}${legacyComment(role)}`;
  });
  const comments = [
    `Roles of ${commentText(organization.name)} (${commentText(organization.id)}). Include this file, or copy the roles: block.`,
    ...(listed ? [] : [...missingNames(list), "Replace these names with the ones in Polytomic."]),
  ];
  const isEmpty = lines.every((line) => line.startsWith("  #"));
  const block = [isEmpty ? "roles: {}" : "roles:", ...lines];
  return `${[...comments.map((line) => `# ${line}`), "version: 1", "", ...block].join("\n")}\n`;
}

export function renderRolesJson({ organization, listed, roles }: RoleList): string {
  const document = {
    format_version: 1,
    organization_id: organization.id,
    organization_name: organization.name,
    names_listed: listed,
    roles: roles.map(({ id, name, users, legacyName }) => {
      return { id, name, users, ...(listed ? {} : { legacy_role: legacyName }) };
    }),
  };
  return `${jsonText(document, 2)}\n`;
}

function missingNames({ organization }: RoleList): readonly string[] {
  return [
    `Role names, and roles that no user holds, are missing: this key may not list the roles of ${commentText(organization.name)}`,
    "(Polytomic limits partner keys to organizations and users). With an API key of the organization in",
    "POLYTOMIC_API_KEY, this command prints them.",
  ];
}

function legacyComment({ legacyName }: CountedRole): string {
  return legacyName === null ? "" : `, legacy role ${commentText(legacyName)}`;
}

/** Each name once; of roles that share a name, each with the beginning of its id. */
function uniqueNames(roles: readonly CountedRole[]): ReadonlyMap<CountedRole, string> {
  const count = new Map<string, number>();
  for (const { name } of roles) {
    if (name !== null) count.set(nameKey(name), (count.get(nameKey(name)) ?? 0) + 1);
  }
  return new Map(
    roles.flatMap((role) => {
      if (role.name === null) return [];
      const alone = count.get(nameKey(role.name)) === 1;
      return [[role, alone ? role.name : `${role.name} (${role.id.slice(0, 8)})`] as const];
    }),
  );
}
