/** An organization as it is now → the text of a new file, whose plan is empty. */
import type { CurrentState } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { compareText } from "../model/problem.ts";
import { matcherOf } from "../plan/patterns.ts";
import type { CurrentPerson } from "../plan/current-users.ts";
import { sortedRoles } from "../plan/roles.ts";
import { type AdminRole, adminRoleOf } from "./admin-role.ts";
import { listedPeople, nameOf } from "./people.ts";
import { aliasesFor, type NamedRole, roleWriter } from "./role-names.ts";
import { commentText, scalarText } from "./scalar.ts";

export interface NewFileOptions {
  /** Patterns for `policy.ignore`; who matches them is not listed. */
  readonly ignore: readonly string[];
  /** Where the schema is, as an editor sees it from the file. */
  readonly schema: string;
}

export interface NewFile {
  readonly text: string;
  /** What the reader of the file should decide; the file says it too. */
  readonly notes: readonly string[];
}

/** Where the schema is for a file beside `node_modules`. */
export const INSTALLED_SCHEMA = "./node_modules/polytomic-users/schemas/users.schema.json";

/** Throws `Failure` where no file can describe the organization. */
export function newFile(state: CurrentState, options: NewFileOptions): NewFile {
  const people = listedPeople(state, matcherOf(options.ignore));
  const admin = adminRoleOf(state.roles, people);
  if (admin === null) {
    throw new Failure(`${nameOf(state)} cannot be exported: List Roles names no roles`, {
      hint: "check that the key may list the organization's roles",
    });
  }
  const used = sortedRoles([
    ...people.flatMap(({ roles }) => roles),
    ...(admin.why === null ? [] : [admin.role]),
  ]);
  const aliases = aliasesFor(used, state.roles);
  const written = certain(roleWriter(aliases, state.roles), state);
  const text = [
    ...header(state, options.schema),
    ...aliasLines(aliases),
    ...policyLines(options.ignore, admin, written),
    ...userLines(people, written),
  ].join("\n");
  return { text: `${text}\n`, notes: admin.why === null ? [] : [adminNote(admin)] };
}

type Write = (role: { readonly id: string; readonly name: string }) => string;

function certain(write: ReturnType<typeof roleWriter>, state: CurrentState): Write {
  return (role) => {
    const written = write(role);
    if (written !== null) return scalarText(written);
    throw new Failure(
      `${nameOf(state)} cannot be exported: nothing names the role ${JSON.stringify(role.name)} (${role.id}) alone`,
      { hint: "rename one of the roles of this name in Polytomic" },
    );
  };
}

function header({ organization }: CurrentState, schema: string): readonly string[] {
  const name = organization.name === organization.id ? "" : ` # ${commentText(organization.name)}`;
  return [
    `# yaml-language-server: $schema=${schema}`,
    "#",
    "# Who may use Polytomic, and as what. Made by `polytomic-users export`; from here on this file says what",
    "# shall be: `polytomic-users plan` shows what a change of it would do.",
    "",
    "version: 1",
    `organization: ${scalarText(organization.id)}${name}`,
    "",
  ];
}

function aliasLines(aliases: readonly NamedRole[]): readonly string[] {
  if (aliases.length === 0) return [];
  return [
    "# Names for roles that their own names do not tell apart.",
    "roles:",
    ...aliases.map(({ name, role }) => `  ${scalarText(name)}: ${scalarText(role.id)}`),
    "",
  ];
}

function policyLines(
  ignore: readonly string[],
  admin: AdminRole,
  written: Write,
): readonly string[] {
  const patterns = [...new Map(ignore.map((pattern) => [emailKey(pattern), pattern])).values()];
  const lines = [
    ...(patterns.length === 0
      ? []
      : [`  ignore: [${patterns.sort(compareText).map(scalarText).join(", ")}]`]),
    ...(admin.why === null ? [] : [`  # ${admin.why}`, `  admin_role: ${written(admin.role)}`]),
  ];
  return lines.length === 0 ? [] : ["policy:", ...lines, ""];
}

function userLines(people: readonly CurrentPerson[], written: Write): readonly string[] {
  if (people.length === 0) return ["users: []"];
  return ["users:", ...people.flatMap((person) => userEntry(person, written))];
}

function userEntry({ email, roles }: CurrentPerson, written: Write): readonly string[] {
  return [`  - email: ${scalarText(email)}`, `    roles: [${roles.map(written).join(", ")}]`];
}

function adminNote({ role, why }: AdminRole): string {
  return `policy.admin_role is ${JSON.stringify(role.name)}: ${why}`;
}
