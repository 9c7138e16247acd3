/** The digest of a plan: a SHA-256 of what is reviewed. The same changes have the same digest on another day. */
import { createHash } from "node:crypto";
import { type Change, type OrganizationPlan, pairedAddress, type Plan } from "../model/plan.ts";
import type { Role } from "../model/current.ts";
import { formatLimit } from "../model/desired.ts";
import { compareText } from "../model/place.ts";
import { findingText } from "../model/rule-words.ts";

type DigestedOrganization = Pick<
  OrganizationPlan,
  "organization" | "changes" | "guardInputs" | "ruleFindings"
>;

/**
 * `sha256:` and 64 hexadecimal digits, over JSON of `[address of the API, changes, policies, failed]`:
 *
 * - changes: `[[organization id, action, e-mail, user id, before, after, until, rename], …]`, where before and after
 *   are `[[role id, role name], …]` or null, and rename is the other address of a rename or null. Sorted by
 *   organization, then address, then action. The names are in it because they are what a reviewer read.
 * - policies: for each organization with changes or broken rules, what the guards judge by and the rules that it
 *   breaks, so that a saved plan cannot be given another policy.
 * - failed: the files of the organizations that could not be planned.
 *
 * Null where no organization could be planned.
 */
export function computeDigest(
  url: string,
  organizations: readonly DigestedOrganization[],
  failed: Plan["failed"],
): string | null {
  if (organizations.length === 0 && failed.length > 0) return null;
  const content = [
    url,
    organizations
      .flatMap(({ organization, changes }) =>
        changes.map((change) => changeRow(organization.id, change)),
      )
      .sort(compareRows),
    organizations
      .filter(({ changes, ruleFindings }) => changes.length + ruleFindings.length > 0)
      .map(policyRow)
      .sort((a, b) => compareText(a[0], b[0])),
    failed.map(({ source }) => source).sort(compareText),
  ];
  return `sha256:${createHash("sha256").update(JSON.stringify(content)).digest("hex")}`;
}

type RolePairs = readonly (readonly [id: string, name: string])[];

type ChangeRow = readonly [
  organizationId: string,
  action: string,
  email: string,
  userId: string | null,
  before: RolePairs | null,
  after: RolePairs | null,
  until: string | null,
  rename: string | null,
];

function changeRow(organizationId: string, change: Change): ChangeRow {
  const { action, email, userId, before, after } = change;
  const until = change.action === "remove" ? null : change.until;
  return [
    organizationId,
    action,
    email,
    userId,
    pairs(before),
    pairs(after),
    until,
    pairedAddress(change),
  ];
}

function pairs(roles: readonly Role[] | null): RolePairs | null {
  if (roles === null) return null;
  return roles.map(({ id, name }) => [id, name] as const).sort((a, b) => compareText(a[0], b[0]));
}

function compareRows(a: ChangeRow, b: ChangeRow): number {
  return compareText(a[0], b[0]) || compareText(a[2], b[2]) || compareText(a[1], b[1]);
}

function policyRow({ organization, guardInputs, ruleFindings }: DigestedOrganization) {
  const { adminRole, policy } = guardInputs;
  return [
    organization.id,
    adminRole.id,
    [...policy.ignore].sort(compareText),
    [...policy.protected].sort(compareText),
    formatLimit(policy.maxRemovals),
    formatLimit(policy.maxRoleChanges),
    policy.minAdmins,
    ruleFindings
      .filter(({ level }) => level === "error")
      .map(findingText)
      .sort(compareText),
  ] as const;
}
