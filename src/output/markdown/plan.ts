/**
 * The plan for a pull request or a job's summary: a headline that says it all, removals and gained admin rights
 * first and never folded, the rest in folds, the guards, the digest, and the command that applies exactly this.
 */
import type { Plan } from "../../model/plan.ts";
import { violationText } from "../../model/wording.ts";
import { headline, planCounts } from "../counts.ts";
import { type Entry, entriesOf, type Kind, urgencyOf } from "../entries.ts";
import { plainText } from "../escape.ts";
import { counted } from "../../model/words.ts";
import { announcements } from "./announcements.ts";
import { fitMarkdown, type Pieces, type Section } from "./budget.ts";
import {
  cell,
  changeWord,
  codeBlock,
  name,
  names,
  organizationColumn,
  prose,
  type TableColumn,
  titleProse,
  why,
} from "./cells.ts";
import { failedSection } from "./failed.ts";
import { listSection, tableSection, URGENT } from "./section.ts";

export interface PlanMarkdownOptions {
  /** Characters. */
  readonly limit: number;
  /** The command that applies exactly this plan, or null. */
  readonly command: string | null;
  /** The file that has all of it, or null. */
  readonly artifact: string | null;
}

export function renderPlanMarkdown(plan: Plan, options: PlanMarkdownOptions): string {
  const several = plan.organizations.length + plan.failed.length > 1;
  const entries = plan.organizations.flatMap((organization) => entriesOf(organization));
  return fitMarkdown(
    {
      top: top(plan, several),
      urgent: urgentForms(entries, several),
      rest: [
        violations(plan, several),
        failedSection(plan.failed),
        ...otherChanges(entries, several),
        ...announcements(plan, several),
      ],
      bottom: bottom(plan, options),
      elsewhere: elsewhere(options.artifact),
    },
    options.limit,
  );
}

export function elsewhere(artifact: string | null): string {
  return artifact === null ? "The text output has all of it." : `${name(artifact)} has all of it.`;
}

function top(plan: Plan, several: boolean): string {
  const title = `### Polytomic access: ${headline(planCounts(plan), titleProse)}\n`;
  const unchanged = plan.organizations.reduce((sum, one) => sum + one.unchanged, 0);
  const same = `${counted(unchanged, "person", "people")} as the files say`;
  const [only] = plan.organizations;
  if (!several && only !== undefined) {
    const { organization, source } = only;
    return `${title}\n${name(organization.name)} (${name(organization.id)}), ${name(source)}; ${same}.\n${refusal(plan)}`;
  }
  const quiet = plan.organizations.filter(({ changes }) => changes.length === 0).length;
  const count = counted(plan.organizations.length, "organization");
  return `${title}\n${count}, ${quiet} of them without changes; ${same}.\n${refusal(plan)}`;
}

function refusal({ organizations }: Plan): string {
  const count = organizations.reduce((sum, { violations }) => sum + violations.length, 0);
  if (count === 0) return "";
  return `\n**Refused by the guards (${count}, below): apply would write nothing.**\n`;
}

function bottom(plan: Plan, { command, limit }: PlanMarkdownOptions): string {
  const digest = plan.digest === null ? "" : `Digest: ${name(plan.digest)}\n`;
  const nothing = plan.organizations.every(({ changes }) => changes.length === 0);
  const refused = plan.organizations.some(({ violations }) => violations.length > 0);
  // A command that takes a quarter of the room is not one that anybody copies.
  if (command === null || nothing || refused || command.length > limit / 4) return digest;
  return `${digest}\nTo apply exactly this:\n\n${codeBlock(plainText(command), "sh")}`;
}

/** Removals and gained admin rights: with everything, without why, and at last the addresses alone. */
function urgentForms(entries: readonly Entry[], several: boolean): Pieces["urgent"] {
  const removed = entries.filter((entry) => urgencyOf(entry) === "removed");
  const admins = entries.filter((entry) => urgencyOf(entry) === "gains-admin");
  const organization = organizationColumn<Entry>(several, (entry) => entry.organization);
  const removedColumns = [PERSON, ...organization, HAD];
  const adminColumns = [CHANGE, PERSON, ...organization, GAINS, LOSES, KEEPS];
  return [
    () => ({
      note: "",
      sections: [
        tableSection("Removed", removed, [...removedColumns, WHY], URGENT),
        tableSection(adminTitle(admins), admins, [...adminColumns, WHY], URGENT),
      ],
    }),
    () => ({
      note: "The reasons above are left out to fit.\n",
      sections: [
        tableSection("Removed", removed, removedColumns, URGENT),
        tableSection(adminTitle(admins), admins, adminColumns, URGENT),
      ],
    }),
    () => ({
      note: "Roles and reasons above are left out to fit.\n",
      sections: [
        addressList("Removed", removed, several),
        addressList(adminTitle(admins), admins, several),
      ],
    }),
  ];
}

/** `Gains Admin`, or without the name where organizations differ in it. */
function adminTitle(entries: readonly Entry[]): string {
  const roles = new Set(entries.map(({ gainsAdmin }) => gainsAdmin ?? ""));
  const [role] = roles;
  return roles.size === 1 && role !== undefined
    ? `Gains ${titleProse(role)}`
    : "Gains the admin role";
}

const PERSON: TableColumn<Entry> = { title: "Person", of: ({ email }) => cell(email) };
const CHANGE: TableColumn<Entry> = { title: "Change", of: changeWord };
const HAD: TableColumn<Entry> = { title: "Had", of: ({ before }) => names(before ?? []) };
const ROLES: TableColumn<Entry> = { title: "Roles", of: ({ after }) => names(after ?? []) };
const GAINS: TableColumn<Entry> = { title: "Gains", of: ({ gained }) => names(gained) };
const LOSES: TableColumn<Entry> = { title: "Loses", of: ({ lost }) => names(lost) };
const KEEPS: TableColumn<Entry> = { title: "Keeps", of: ({ kept }) => names(kept) };
const WAS: TableColumn<Entry> = { title: "Was", of: ({ formerly }) => cell(formerly ?? "") };
const WHY: TableColumn<Entry> = { title: "Why", of: why };

/** Nothing but who: all of them in one paragraph. */
function addressList(title: string, entries: readonly Entry[], several: boolean): Section {
  const rows = entries.map(
    ({ organization, email }) => name(email) + (several ? ` (${name(organization.name)})` : ""),
  );
  return { title, head: "", rows, separator: ", ", ...URGENT };
}

function otherChanges(entries: readonly Entry[], several: boolean): readonly Section[] {
  const organization = organizationColumn<Entry>(several, (entry) => entry.organization);
  const other = entries.filter((entry) => urgencyOf(entry) === "other");
  const of = (kind: Kind): readonly Entry[] => other.filter((one) => one.kind === kind);
  const roleChange = [GAINS, LOSES, KEEPS, WHY];
  const table = (title: string, kind: Kind, columns: readonly TableColumn<Entry>[]): Section =>
    tableSection(title, of(kind), columns, { folded: true, priority: 10 });
  return [
    table("Demoted instead of removed", "demote", [PERSON, ...organization, ...roleChange]),
    table("Renamed", "rename", [PERSON, WAS, ...organization, ...roleChange]),
    table("Changed", "change", [PERSON, ...organization, ...roleChange]),
    table("Added", "add", [PERSON, ...organization, ROLES, WHY]),
  ];
}

function violations(plan: Plan, several: boolean): Section {
  const sentences = plan.organizations.flatMap(({ organization, violations }) =>
    violations.map((one) => {
      const where = several ? `${name(organization.name)}: ` : "";
      return `${where}${name(one.guard)}: ${prose(violationText(one))}`;
    }),
  );
  return listSection("Refused by the guards", sentences, 0);
}
