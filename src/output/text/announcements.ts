/** What a plan says beside its changes: whose access ends soon, who is not managed, who was left out. */
import type { Bystander, Expiring, OrganizationPlan } from "../../model/plan.ts";
import { compareText } from "../../model/problem.ts";
import { type Column, rowLines, widest } from "../columns.ts";
import { entriesOf } from "../entries.ts";
import { plainText } from "../escape.ts";
import { roleLabels } from "../role-labels.ts";
import { counted, grouped, lineOf } from "../../model/words.ts";
import { listedNames, shownAddress, shownName } from "./names.ts";
import { folded } from "./paragraph.ts";

type Block = readonly string[];

/** One block each; empty ones where there is nothing to announce. */
export function announcements(plan: OrganizationPlan, width: number): readonly Block[] {
  return [
    expiring(plan.expiring, width),
    people("Left out by --only", leftOut(plan), width),
    people("Not in the files, kept (policy.unmanaged: keep)", plan.unmanaged.map(bystander), width),
    people("Ignored (policy.ignore)", plan.ignored.map(bystander), width),
  ];
}

function expiring(soon: readonly Expiring[], width: number): Block {
  if (soon.length === 0) return [];
  const what = soon.map(({ role }) => (role === null ? "all access" : shownName(role)));
  const emails = soon.map(({ email }) => shownAddress(email));
  const columns = expiringColumns(emails, what, width);
  return [
    `Ends within 14 days: ${grouped(soon.length)}`,
    ...soon.flatMap(({ on, source }, index) =>
      rowLines(
        [[plainText(on)], [emails[index] ?? ""], [what[index] ?? ""], [plainText(lineOf(source))]],
        columns,
      ),
    ),
  ];
}

function expiringColumns(
  emails: readonly string[],
  what: readonly string[],
  width: number,
): readonly Column[] {
  const day = "2026-12-31".length;
  const email = widest(emails, Math.floor(width * 0.4));
  const role = widest(what, Math.floor(width * 0.25));
  const start = 2 + day + 2;
  return [
    { start: 2, width: day },
    { start, width: email },
    { start: start + email + 2, width: role },
    { start: start + email + 2 + role + 2, width: width - start - email - role - 4 },
  ];
}

function leftOut(plan: OrganizationPlan): readonly string[] {
  return entriesOf(plan, plan.leftOut).map(({ kind, email }) => `${shownAddress(email)} (${kind})`);
}

function bystander({ email, roles }: Bystander): string {
  const names = listedNames(roles.map(roleLabels(roles))).join(" ");
  return `${shownAddress(email)} (${names})`;
}

function people(title: string, named: readonly string[], width: number): Block {
  if (named.length === 0) return [];
  const items = named.map((item, index) => (index < named.length - 1 ? `${item},` : item));
  return [`${title}: ${grouped(named.length)}`, ...folded(items, { indent: 2, width })];
}

/** Organizations that need no change, counted; who is kept or ignored there is named once. */
export function quietOrganizations(quiet: readonly OrganizationPlan[], width: number): Block {
  if (quiet.length === 0) return [];
  const unchanged = quiet.reduce((sum, plan) => sum + plan.unchanged, 0);
  return [
    `No change in ${counted(quiet.length, "organization")} (${counted(unchanged, "person", "people")} as the files say).`,
    ...people(
      "Not in the files and kept there",
      inHowMany(quiet.map((one) => one.unmanaged)),
      width,
    ),
    ...people("Ignored there", inHowMany(quiet.map(({ ignored }) => ignored)), width),
  ];
}

function inHowMany(groups: readonly (readonly Bystander[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { email } of groups.flat()) counts.set(email, (counts.get(email) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => compareText(a, b))
    .map(([email, count]) => `${shownAddress(email)} (${counted(count, "organization")})`);
}
