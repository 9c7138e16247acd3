/** What the reports of a plan and of an apply have in common: the subject, the facts and the kinds of sections. */
import { compareOrganizations, type Organization } from "../model/current.ts";
import type { Change, FailedOrganization, OrganizationPlan, Plan } from "../model/plan.ts";
import { counted, grouped } from "../model/text.ts";
import { makeEntry, lookalikesIn, pairRenames } from "./entries.ts";
import { countOf, foldRows, labelOrganizations } from "./rows.ts";
import type {
  ChangeRow,
  Fact,
  Heading,
  MessageRow,
  OrganizationRow,
  Section,
  SectionId,
  Subject,
  UserRow,
  Where,
} from "./report.ts";

/** By name: a plan that an earlier version saved is in another order. */
export function sorted<
  T extends { readonly organizations: readonly { organization: Organization }[] },
>(all: T): T {
  const organizations = all.organizations.toSorted((a, b) =>
    compareOrganizations(a.organization, b.organization),
  );
  return { ...all, organizations };
}

export type Locator = (organization: OrganizationPlan) => readonly Where[];

/** Rows name their organization where the report is about several. */
export function locator(plan: Plan): Locator {
  if (plan.organizations.length + plan.failed.length <= 1) return () => [];
  const labels = labelOrganizations(plan.organizations);
  return ({ organization }) => {
    const where = labels.get(organization.id);
    return where === undefined ? [] : [where];
  };
}

export function subjectOf({ organizations, failed }: Plan): Subject {
  const [only] = organizations;
  if (only === undefined) return { kind: "none", failed: failed.length };
  return organizations.length + failed.length === 1
    ? { kind: "one", organization: only.organization, source: only.source }
    : { kind: "many", count: organizations.length + failed.length };
}

export function factsOf(plan: Plan): readonly Fact[] {
  const { digest } = plan;
  return [
    { label: "Polytomic", value: plan.url, code: false },
    ...(digest === null ? [] : [{ label: "Digest", value: digest, code: true }]),
  ];
}

export function changeRows(
  plan: OrganizationPlan,
  changes: readonly Change[],
  where: readonly Where[],
): readonly ChangeRow[] {
  const lookalikes = lookalikesIn(plan);
  return pairRenames(changes)
    .map((step) => makeEntry(plan, step, lookalikes))
    .sort((a, b) => (a.email < b.email ? -1 : 1))
    .map((entry) => ({ entry, voice: "planned", error: null, in: where }));
}

/** Gained admin rights, removals, everything else. */
export function changeSections(
  rows: readonly ChangeRow[],
  titles: Readonly<Record<"admin-gains" | "removals" | "changes", string>>,
): readonly Section[] {
  const gains = rows.filter(({ entry }) => entry.gainsAdmin !== null);
  const removals = rows.filter(({ entry }) => entry.kind === "remove");
  const others = rows.filter(({ entry }) => entry.gainsAdmin === null && entry.kind !== "remove");
  return [
    changeSection("admin-gains", titles["admin-gains"], gains),
    changeSection("removals", titles.removals, removals),
    changeSection("changes", titles.changes, others),
  ];
}

const TONES: Partial<Readonly<Record<SectionId, Heading["tone"]>>> = {
  "failed-changes": "alarm",
  "not-attempted": "alarm",
  "not-attempted-many": "alarm",
  different: "alarm",
  failed: "alarm",
  refused: "alarm",
  "admin-gains": "admin",
};
const URGENT: ReadonlySet<SectionId> = new Set([
  "failed-changes",
  "admin-gains",
  "removals",
  "refused",
  "failed",
]);

export function heading(id: SectionId, title: string, count: string): Heading {
  return { id, title, tone: TONES[id] ?? "plain", urgent: URGENT.has(id), count };
}

export function changeSection(id: SectionId, title: string, rows: readonly ChangeRow[]): Section {
  const folded = foldRows(rows, ({ entry, error }) =>
    JSON.stringify([{ ...entry, source: null }, error]),
  );
  const count = countOf(folded.map((row) => ({ email: row.entry.email, in: row.in })));
  return { ...heading(id, title, count), shape: "changes", rows: folded };
}

export function failedSection(failed: readonly FailedOrganization[]): Section {
  const rows = failed.map(({ source, organization, message }) =>
    organization === null
      ? messageRow(source, message, { verbatim: true })
      : messageRow(organization, message, { source, verbatim: true }),
  );
  const title = "Organizations that could not be planned";
  return { ...heading("failed", title, grouped(rows.length)), shape: "messages", rows };
}

/** Organizations that the key reaches and no file covers. */
export function uncoveredSection(organizations: readonly Organization[]): Section {
  const rows = uncoveredRows(organizations);
  const count = grouped(rows.length);
  return { ...heading("uncovered", UNCOVERED_TITLE, count), shape: "organizations", rows };
}

export const UNCOVERED_TITLE = "Organizations of this key that no file covers";

export function uncoveredRows(organizations: readonly Organization[]): readonly OrganizationRow[] {
  const labels = labelOrganizations(
    organizations.map((organization) => ({ organization, source: "" })),
  );
  return organizations.map(({ id, name }) => ({ id, name: labels.get(id)?.name ?? name, in: [] }));
}

/** What is not given is empty. */
export function messageRow(
  label: string,
  text: string,
  more: Partial<Omit<MessageRow, "label" | "text">> = {},
): MessageRow {
  return {
    label,
    kind: null,
    badge: null,
    source: null,
    text,
    verbatim: false,
    users: [],
    in: [],
    ...more,
  };
}

export function messageSection(id: SectionId, title: string, rows: readonly MessageRow[]): Section {
  const folded = foldRows(rows, ({ label, text }) => JSON.stringify([label, text]));
  return { ...heading(id, title, grouped(rows.length)), shape: "messages", rows: folded };
}

export function userSection(id: SectionId, title: string, rows: readonly UserRow[]): Section {
  const folded = foldRows(rows, (row) => JSON.stringify([row.email, row.roles, row.note]));
  return { ...heading(id, title, countOf(folded)), shape: "users", rows: folded };
}

/** `1 user gains Admin in 198 organizations`, or null. */
export function gainsSentence(gains: readonly ChangeRow[], verb: "gain" | "gained"): string | null {
  if (gains.length === 0) return null;
  const users = new Set(gains.map(({ entry }) => entry.email)).size;
  const organizations = new Set(gains.flatMap((row) => row.in.map(({ id }) => id))).size;
  const roles = new Set(gains.flatMap(({ entry }) => entry.gainsAdmin ?? []));
  const [role] = roles;
  const what = roles.size === 1 && role !== undefined ? role : "the admin role";
  const where = organizations > 1 ? ` in ${counted(organizations, "organization")}` : "";
  const does = verb === "gain" && users === 1 ? "gains" : verb;
  return `${counted(users, "user")} ${does} ${what}${where}`;
}
