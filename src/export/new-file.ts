/** The current state of an organization → the text of a new file, whose plan is empty. */
import type { CurrentState, Role } from "../model/current.ts";
import { emailKey, nameKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { compareText } from "../model/place.ts";
import { compilePatterns } from "../model/patterns.ts";
import type { CurrentUser } from "../plan/current-users.ts";
import { commentText, scalarText } from "../output/yaml-scalar.ts";
import { hasRole, nameRoles, type NamedState, sortRoles } from "../plan/roles.ts";
import { aliasesFor, type NamedRole, roleWriter } from "./names.ts";
import { groupSuggestions, worthALook } from "./suggestions.ts";
import { listedUsers, nameOf } from "./users.ts";

export interface NewFileOptions {
  /** Patterns for `policy.ignore`; users who match are not listed. */
  readonly ignore: readonly string[];
  /** Where the schema is, as an editor sees it from the file. */
  readonly schema: string;
  /** For a new repository: users who are not in the file are kept, and what is worth a look is said. */
  readonly toStart?: boolean;
}

export interface NewFile {
  readonly text: string;
  /** What the reader should check; the file has it as comments too. */
  readonly notes: readonly string[];
}

/** Where the schema is for a file beside `node_modules`. */
export const INSTALLED_SCHEMA = "./node_modules/polytomic-users/schemas/users.schema.json";

/** Throws `Failure` where no file can describe the organization. */
export function newFile(current: CurrentState, options: NewFileOptions): NewFile {
  const state = nameRoles(current, []);
  const toStart = options.toStart ?? false;
  const leftOut: string[] = [];
  const users = listedUsers(state, compilePatterns(options.ignore), toStart ? leftOut : null);
  const admin = guessAdminRole(state.roles, users);
  if (admin === null) {
    const why = state.listed ? "List Roles returned no roles" : "no role is known";
    throw new Failure(`${nameOf(state)} cannot be exported: ${why}`, {
      hint: "check that the key is allowed to list the organization's roles",
    });
  }
  const used = sortRoles([
    ...users.flatMap(({ roles }) => roles),
    ...(admin.why === null ? [] : [admin.role]),
  ]);
  const aliases = aliasesFor(used, state);
  const written = certain(roleWriter(aliases, state.roles), state);
  const text = [
    ...header(state, options),
    ...aliasLines(aliases, state),
    ...(toStart ? groupSuggestions(users, written) : []),
    ...policyLines(options, admin, written),
    ...userLines(users, written),
  ].join("\n");
  const notes = [
    ...(admin.why === null
      ? []
      : [`policy.admin_role is ${JSON.stringify(admin.role.name)}: ${admin.why}`]),
    ...(toStart ? worthALook(state, users, admin.role, leftOut) : []),
  ];
  return { text: `${text}\n`, notes };
}

type Write = (role: { readonly id: string; readonly name: string }) => string;

function certain(write: ReturnType<typeof roleWriter>, state: NamedState): Write {
  return (role) => {
    const written = write(role);
    if (written !== null) return scalarText(written);
    throw new Failure(
      `${nameOf(state)} cannot be exported: the role ${JSON.stringify(role.name)} (${role.id}) has no unique name`,
      { hint: "rename one of the roles with this name in Polytomic" },
    );
  };
}

function header(
  { organization }: CurrentState,
  { schema, toStart }: NewFileOptions,
): readonly string[] {
  const name = organization.name === organization.id ? "" : ` # ${commentText(organization.name)}`;
  return [
    `# yaml-language-server: $schema=${schema}`,
    "#",
    `# Users of Polytomic and their roles, as read by \`polytomic-users ${toStart === true ? "init" : "export"}\`. From now on, edit this file:`,
    "# `polytomic-users plan` shows what a change would do, `polytomic-users apply` does it.",
    ...(toStart === true
      ? []
      : [
          "# apply removes users who are not in this file (policy.unmanaged: remove is the default).",
        ]),
    "",
    "version: 1",
    `organization: ${scalarText(organization.id)}${name}`,
    "",
  ];
}

function aliasLines(aliases: readonly NamedRole[], { listed }: NamedState): readonly string[] {
  if (aliases.length === 0) return [];
  return [
    ...(listed
      ? ["# Names for roles whose own names are not unique."]
      : [
          "# This key is not allowed to list roles: replace names such as role-1 with the names of these roles in Polytomic.",
          "# `polytomic-users roles --output yaml`, with an API key of the organization, prints them.",
        ]),
    "roles:",
    ...aliases.map(({ name, role }) => `  ${scalarText(name)}: ${scalarText(role.id)}`),
    "",
  ];
}

function policyLines(
  { ignore, toStart }: NewFileOptions,
  admin: AdminRole,
  written: Write,
): readonly string[] {
  const patterns = [...new Map(ignore.map((pattern) => [emailKey(pattern), pattern])).values()];
  const lines = [
    ...(toStart === true
      ? [
          "  # Users who are not in this file keep their access. Change keep to remove (the default) once the file lists",
          "  # every user who should have access: from then on, apply removes all others.",
          "  unmanaged: keep",
        ]
      : []),
    ...(patterns.length === 0
      ? []
      : [`  ignore: [${patterns.sort(compareText).map(scalarText).join(", ")}]`]),
    ...(admin.why === null ? [] : [`  # ${admin.why}`, `  admin_role: ${written(admin.role)}`]),
  ];
  return lines.length === 0 ? [] : ["policy:", ...lines, ""];
}

function userLines(users: readonly CurrentUser[], written: Write): readonly string[] {
  if (users.length === 0) return ["users: []"];
  return ["users:", ...users.flatMap((user) => userEntry(user, written))];
}

function userEntry({ email, roles }: CurrentUser, written: Write): readonly string[] {
  return [`  - email: ${scalarText(email)}`, `    roles: [${roles.map(written).join(", ")}]`];
}

/** The role that `policy.admin_role` names: every plan needs one that exists, and the default is called Admin. */
interface AdminRole {
  readonly role: Role;
  /** Why the file must name it; null where the default is right. */
  readonly why: string | null;
}

/** Null where the organization has no roles at all. */
function guessAdminRole(roles: readonly Role[], users: readonly CurrentUser[]): AdminRole | null {
  const named = roles.filter(({ name }) => nameKey(name) === "admin");
  const [only, second] = named;
  if (only !== undefined && second === undefined) return { role: only, why: null };
  if (only !== undefined) {
    const role = mostHeld(named, users);
    return role === null
      ? null
      : { role, why: `${named.length} roles are named Admin: check that this is the right one` };
  }
  const alike = roles.filter(({ name }) => nameKey(name).includes("admin"));
  const role = mostHeld(alike.length > 0 ? alike : roles, users);
  return role === null
    ? null
    : {
        role,
        why: "chosen because no role is named Admin: check that this is the right one",
      };
}

/** The first by name among equals. */
function mostHeld(roles: readonly Role[], users: readonly CurrentUser[]): Role | null {
  const holders = (role: Role): number => users.filter((one) => hasRole(one.roles, role)).length;
  const counted = sortRoles(roles).map((role) => ({ role, count: holders(role) }));
  return (
    counted.reduce<(typeof counted)[number] | null>(
      (best, one) => (best === null || one.count > best.count ? one : best),
      null,
    )?.role ?? null
  );
}
