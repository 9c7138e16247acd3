/** Rows of many organizations: labels organizations and roles, and merges rows that are the same in several of them. */
import type { Organization, Role } from "../model/current.ts";
import { nameKey } from "../model/desired.ts";
import { groupBy } from "../model/group-by.ts";
import { counted, grouped, plainText } from "../model/text.ts";
import type { MessageRow, Where } from "./report.ts";

/** How rows name these organizations. */
export function labelOrganizations(
  organizations: readonly { readonly organization: Organization; readonly source: string }[],
): ReadonlyMap<string, Where> {
  const named = groupBy(organizations, ({ organization }) => organization.name);
  return new Map(
    organizations.map(({ organization: { id, name }, source }) => [
      id,
      { id, name: (named.get(name)?.length ?? 0) > 1 ? `${name} (${id})` : name, source },
    ]),
  );
}

/** The organization of a row that is about exactly one; else null. */
export function singleName(where: readonly Where[]): string | null {
  return where.length === 1 ? (where[0]?.name ?? null) : null;
}

/**
 * Rows with the same `key` become one. Those in several organizations come first, then organization by organization,
 * each in the given order.
 */
export function foldRows<Row extends { readonly in: readonly Where[] }>(
  rows: readonly Row[],
  key: (row: Row) => string,
): readonly Row[] {
  const groups = new Map<string, { row: Row; where: Where[] }>();
  for (const row of rows) {
    const id = key(row);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { row, where: [...row.in] });
    else group.where.push(...row.in);
  }
  const all = [...groups.values()];
  return [
    ...all.filter(({ where }) => where.length > 1),
    ...all.filter(({ where }) => where.length <= 1),
  ].map(({ row, where }) => ({ ...row, in: where }));
}

/** The first `most` rows of each kind, and how many more each has: one rule must not hide the others. */
export function firstOfEachKind(
  rows: readonly MessageRow[],
  most: number,
): { readonly rows: readonly MessageRow[]; readonly more: ReadonlyMap<string, number> } {
  const seen = new Map<string, number>();
  const more = new Map<string, number>();
  const shown = rows.filter(({ kind }) => {
    if (kind === null) return true;
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    if (before >= most) more.set(kind, before + 1 - most);
    return before < most;
  });
  return { rows: shown, more };
}

/** `3`, or over several organizations `198 (1 user in 198 organizations)`: users and organizations count once. */
export function countOf(
  rows: readonly { readonly email: string; readonly in: readonly Where[] }[],
): string {
  const users = new Set(rows.map(({ email }) => email));
  const organizations = new Set(rows.flatMap((row) => row.in.map(({ id }) => id)));
  const count = rows.reduce((sum, row) => sum + Math.max(1, row.in.length), 0);
  if (organizations.size === 0 || count === 1) return grouped(count);
  const who = `${counted(users.size, "user")} in ${counted(organizations.size, "organization")}`;
  return `${grouped(count)} (${who})`;
}

/** The label of each of these roles. Untrusted, not escaped yet. */
export function roleLabels(roles: readonly Role[]): (role: Role) => string {
  const byLook = groupBy(roles, lookOf);
  return (role) => {
    const isShared = (byLook.get(lookOf(role)) ?? []).some(({ id }) => id !== role.id);
    return isShared || role.name.trim() === "" ? `${role.name} (${role.id})`.trim() : role.name;
  };
}

function lookOf({ name }: Role): string {
  return nameKey(plainText(name).trim());
}
