/** The digest of a plan: a SHA-256 over its changes alone, so the same change has the same digest tomorrow. */
import { createHash } from "node:crypto";
import type { Role } from "../model/current.ts";
import type { Change, OrganizationPlan } from "../model/plan.ts";
import { compareText } from "../model/problem.ts";

/**
 * `sha256:` and 64 hexadecimal digits, over JSON of
 * `[[organization id, action, e-mail, user id, before, after], …]` where before and after are
 * `[[role id, role name], …]` or null. Sorted by organization, then address, then action;
 * the names are in it because they are what a reviewer read.
 */
export function digestOf(
  organizations: readonly Pick<OrganizationPlan, "organization" | "changes">[],
): string {
  const rows = organizations
    .flatMap(({ organization, changes }) => changes.map((change) => rowOf(organization.id, change)))
    .sort(compareRows);
  return `sha256:${createHash("sha256").update(JSON.stringify(rows)).digest("hex")}`;
}

type Row = readonly [
  organizationId: string,
  action: string,
  email: string,
  userId: string | null,
  before: readonly (readonly [string, string])[] | null,
  after: readonly (readonly [string, string])[] | null,
];

function rowOf(organizationId: string, change: Change): Row {
  const { action, email, userId, before, after } = change;
  return [organizationId, action, email, userId, pairs(before), pairs(after)];
}

function pairs(roles: readonly Role[] | null): readonly (readonly [string, string])[] | null {
  if (roles === null) return null;
  return roles.map(({ id, name }) => [id, name] as const).sort((a, b) => compareText(a[0], b[0]));
}

function compareRows(a: Row, b: Row): number {
  return compareText(a[0], b[0]) || compareText(a[2], b[2]) || compareText(a[1], b[1]);
}
