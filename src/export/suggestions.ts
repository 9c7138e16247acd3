/** The comments of a new file: what to check in an adopted organization, and suggested groups. Pure. */
import { groupBy } from "../model/group-by.ts";
import type { Role } from "../model/current.ts";
import { compareText } from "../model/place.ts";
import { counted } from "../model/text.ts";
import { commentText } from "../output/yaml-scalar.ts";
import type { CurrentUser } from "../plan/current-users.ts";
import { hasRole, type NamedState } from "../plan/roles.ts";
import { listed } from "./users.ts";

const MOST_GROUPS = 5;

/** Comments: roles that several users have together, as groups that the file could define. */
export function groupSuggestions(
  users: readonly CurrentUser[],
  written: (role: Role) => string,
): readonly string[] {
  const byRoles = groupBy(
    users.filter(({ roles }) => roles.length > 1),
    ({ roles }) => roles.map(({ id }) => id).join(" "),
  );
  const shared = [...byRoles.values()]
    .filter((members) => members.length > 1)
    .sort((a, b) => b.length - a.length || compareText(a[0]?.email ?? "", b[0]?.email ?? ""))
    .slice(0, MOST_GROUPS);
  if (shared.length === 0) return [];
  return [
    "# These users have the same roles and could be in a group: define it here, and write groups: [NAME] in their",
    "# entries instead of these roles. Suggestions:",
    "# groups:",
    ...shared.flatMap((members) => {
      const roles = members[0]?.roles ?? [];
      const emails = members.map(({ email }) => email);
      const who =
        emails.length > 3
          ? `${counted(emails.length, "user")}, among them ${emails.slice(0, 2).join(", ")}`
          : emails.join(", ");
      return [
        `#   ${groupName(roles)}: # ${commentText(who)}`,
        `#     roles: [${roles.map(written).join(", ")}]`,
      ];
    }),
    "",
  ];
}

function groupName(roles: readonly Role[]): string {
  const words = roles.map(({ name }) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"));
  const name = words
    .join("-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "group" : name;
}

/** A sentence each. */
export function worthALook(
  state: NamedState,
  users: readonly CurrentUser[],
  adminRole: Role,
  leftOut: readonly string[],
): readonly string[] {
  const admins = users.filter(({ roles }) => hasRole(roles, adminRole));
  const many = admins.length > 3 || (admins.length > 1 && admins.length * 5 >= users.length);
  const domains = mainDomains(users);
  const elsewhere =
    domains.length === 0 ? [] : users.filter((user) => !domains.includes(domainOf(user)));
  const nameless = state.listed
    ? []
    : users.filter(({ roles }) => roles.some((role) => role.name === role.id));
  return [
    ...(many
      ? [
          `${admins.length} of ${counted(users.length, "user")} hold the admin role ${adminRole.name}: ${listed(emailsOf(admins))}`,
        ]
      : []),
    ...(elsewhere.length > 0
      ? [
          `${counted(elsewhere.length, "address", "addresses")} outside ${domains.join(", ")}: ${listed(emailsOf(elsewhere))}`,
        ]
      : []),
    ...(nameless.length > 0
      ? [
          `the roles of ${counted(nameless.length, "user")} have no name, because this key is not allowed to list roles: ${listed(emailsOf(nameless))}`,
        ]
      : []),
    ...(leftOut.length > 0
      ? [`not in the file, and not changed by apply: ${listed(leftOut)}`]
      : []),
  ];
}

function emailsOf(users: readonly CurrentUser[]): readonly string[] {
  return users.map(({ email }) => email);
}

/** Each has a fifth of the users, and more than one. */
function mainDomains(users: readonly CurrentUser[]): readonly string[] {
  return [...groupBy(users, domainOf)]
    .filter(([, members]) => members.length > 1 && members.length * 5 >= users.length)
    .map(([domain]) => domain)
    .sort(compareText);
}

function domainOf({ email }: CurrentUser): string {
  return email.slice(email.lastIndexOf("@") + 1);
}
