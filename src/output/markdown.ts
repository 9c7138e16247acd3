/**
 * GitHub-flavored Markdown for pull requests, merge requests and job summaries. In this order: the verdict as the
 * heading, refusals as an alert, gained admin rights, removals, the rest in collapsed sections, what a merge applies.
 */
import { groupBy } from "../model/group-by.ts";
import { counted, grouped, pathAndLine } from "../model/text.ts";
import type { Entry } from "../report/entries.ts";
import type {
  ChangeRow,
  ExpiringRow,
  MessageRow,
  Report,
  Section,
  SectionId,
  Subject,
  UserRow,
} from "../report/report.ts";
import { firstOfEachKind, singleName } from "../report/rows.ts";
import { plainText } from "./escape.ts";
import { fitMarkdown, type Form, type Section as Piece } from "./markdown/budget.ts";
import {
  cell,
  cellProse,
  codeBlock,
  message,
  name,
  names,
  organizationBrief,
  organizationCell,
  organizationsForm,
  prose,
  type TableColumn,
  tableForm,
  titleProse,
} from "./markdown/cells.ts";

export interface MarkdownOptions {
  /** Characters. */
  readonly limit: number;
  /** The command that applies exactly this plan, or null. */
  readonly command: string | null;
  /** True where it is a comment on a pull or merge request. */
  readonly merge: boolean;
  /** The file that has all of it, or null. */
  readonly artifact: string | null;
}

export function renderMarkdown(report: Report, options: MarkdownOptions): string {
  return fitMarkdown(
    {
      top: top(report),
      sections: report.sections.flatMap((section) => pieces(section, report)),
      bottom: bottom(report, options),
      elsewhere:
        options.artifact === null
          ? "`--output json=FILE` is complete."
          : `${name(options.artifact)} is complete.`,
    },
    options.limit,
  );
}

function top(report: Report): string {
  const { subject, verdict, totals, view } = report;
  const gains = totals.gains === null ? "" : ` ${titleProse(totals.gains)}.`;
  const sentences = view === "plan" ? [] : verdict.sentences;
  return [
    `### Polytomic access${subjectTitle(subject)}: ${verdict.short}`,
    `**${totals.sentence}${gains}**`,
    ...subjectLine(subject),
    ...(sentences.length === 0
      ? []
      : verdict.tone === "alarm"
        ? [`> [!CAUTION]\n${sentences.map((one) => `> ${prose(one)}\n`).join(">\n")}`.trimEnd()]
        : [sentences.map(prose).join("\n\n")]),
    "",
  ]
    .join("\n\n")
    .replace(/\n\n$/, "\n");
}

function subjectTitle(subject: Subject): string {
  switch (subject.kind) {
    case "one":
      return `, ${titleProse(subject.organization.name)}`;
    case "many":
      return `, ${counted(subject.count, "organization")}`;
    case "none":
      return "";
  }
}

function subjectLine(subject: Subject): readonly string[] {
  if (subject.kind !== "one") return [];
  const { organization, source } = subject;
  return [`${name(organization.name)} (${name(organization.id)}), ${name(source)}`];
}

function bottom(report: Report, { command, limit, merge }: MarkdownOptions): string {
  const { verdict, facts } = report;
  const about = facts.map(({ label, value }) => `${label}: ${name(value)}`).join("<br>");
  const next = verdict.next === null ? "" : `${verdict.next}\n\n`;
  if (verdict.ready && merge) return `**Merging applies exactly this plan.**<br>${about}\n`;
  // A command that takes a quarter of the room is too long to be copied.
  if (!verdict.ready || command === null || command.length > limit / 4) return `${next}${about}\n`;
  return `${about}\n\nTo apply exactly this plan:\n\n${codeBlock(plainText(command), "sh")}`;
}

/** In what order sections get room where there is little. */
const PRIORITY: Readonly<Record<SectionId, number>> = {
  "admin-gains": 0,
  "failed-changes": 1,
  refused: 2,
  failed: 3,
  "not-attempted": 4,
  "not-attempted-many": 4,
  removals: 5,
  different: 6,
  foreign: 7,
  expiring: 8,
  changes: 9,
  already: 10,
  warnings: 7,
  notices: 8,
  pending: 10,
  "left-out": 11,
  uncovered: 11,
  unmanaged: 12,
  expired: 12,
  demoted: 13,
  renaming: 13,
  ignored: 14,
};

function pieces(section: Section, report: Report): readonly Piece[] {
  const several = report.subject.kind === "many";
  const common = {
    title: section.title,
    count: section.count,
    style: styleOf(section),
    urgent: section.urgent,
    priority: PRIORITY[section.id],
  } as const;
  switch (section.shape) {
    case "changes": {
      const piece = { ...common, forms: changeForms(section.id, section.rows, several) };
      const errors = errorRows(section.rows);
      if (errors.length === 0) return [piece];
      const count = grouped(errors.length);
      const forms = [() => listForm(errors)];
      return [piece, { ...common, title: "Errors", count, style: "open", urgent: false, forms }];
    }
    case "messages":
      return [{ ...common, forms: messageForms(section.rows) }];
    case "users":
      return [
        {
          ...common,
          forms: [() => tableForm(section.rows, usedColumns(section.rows, userColumns(several)))],
        },
      ];
    case "expiring":
      return [
        {
          ...common,
          forms: [
            () => tableForm(section.rows, usedColumns(section.rows, expiringColumns(several))),
          ],
        },
      ];
    case "organizations":
      return [{ ...common, forms: [() => organizationsForm(section.rows)] }];
  }
}

function styleOf({ id, tone, urgent }: Section): Piece["style"] {
  if (id === "refused" || id === "failed") return "alert";
  if (id === "admin-gains") return "warning";
  return tone === "alarm" || urgent || id === "foreign" || id === "warnings" || id === "notices"
    ? "open"
    : "folded";
}

/** A column that is empty throughout says nothing. */
function usedColumns<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
): readonly TableColumn<Row>[] {
  return columns.filter(({ of }) => rows.some((row) => of(row) !== ""));
}

function listForm(sentences: readonly string[], note = ""): Form {
  return { head: "", rows: sentences.map((one) => `- ${one}`), separator: "\n", note };
}

// Changes

const CHANGE: TableColumn<ChangeRow> = { title: "Change", of: ({ entry }) => changeWord(entry) };
const USER: TableColumn<ChangeRow> = { title: "User", of: ({ entry }) => cell(entry.email) };
const HAD: TableColumn<ChangeRow> = { title: "Had", of: ({ entry }) => names(entry.before ?? []) };
const GAINS: TableColumn<ChangeRow> = { title: "Gains", of: ({ entry }) => names(entry.gained) };
const LOSES: TableColumn<ChangeRow> = { title: "Loses", of: ({ entry }) => names(entry.lost) };
const KEEPS: TableColumn<ChangeRow> = { title: "Keeps", of: ({ entry }) => names(entry.kept) };
const WHY: TableColumn<ChangeRow> = { title: "Why", of: ({ entry }) => why(entry) };

function changeWord({ kind, formerly, gainsAdmin }: Entry): string {
  if (formerly === null) return kind;
  const reach = gainsAdmin === null ? "" : `; the new address gains ${cell(gainsAdmin)}`;
  return `${kind} from ${cell(formerly)}${reach}`;
}

function why({ why, source }: Entry): string {
  return [...why, ...(source === null ? [] : [pathAndLine(source)])].map(cellProse).join(", ");
}

/** With everything; without why and the organizations' names; the addresses alone. */
function changeForms(
  id: SectionId,
  rows: readonly ChangeRow[],
  several: boolean,
): readonly (() => Form)[] {
  const roles = id === "removals" ? [USER, HAD] : [CHANGE, USER, GAINS, LOSES, KEEPS];
  const where = (of: (row: ChangeRow) => string): readonly TableColumn<ChangeRow>[] =>
    several ? [{ title: "Organization", of }] : [];
  return [
    () => tableForm(rows, usedColumns(rows, [...roles, ...where(organizationCell), WHY])),
    () =>
      tableForm(
        rows,
        usedColumns(rows, [...roles, ...where(organizationBrief)]),
        "The reasons are omitted because of the size limit.",
      ),
    () => ({
      head: "",
      rows: rows.map((row) => {
        const organizations = organizationBrief(row);
        return `${name(row.entry.email)}${organizations === "" ? "" : ` (${organizations})`}`;
      }),
      separator: ", ",
      note: "Roles and reasons are omitted to fit.",
    }),
  ];
}

/** What the API said, whole; the same error of several users once. */
function errorRows(rows: readonly ChangeRow[]): readonly string[] {
  const byError = groupBy(rows, ({ error }) => error);
  return [...byError].flatMap(([error, [first, ...others]]) => {
    if (error === null) return [];
    const more = others.length === 0 ? "" : ` and ${grouped(others.length)} more`;
    return `${first === undefined ? "" : name(first.entry.email)}${more}: ${message(error)}`;
  });
}

// Everything else

/** Of each guard and rule in this many messages. */
const MOST_MESSAGES = 20;

/** Guards' messages are this program's own words, all others are the API's. */
function messageForms(all: readonly MessageRow[]): readonly (() => Form)[] {
  const { rows, more } = firstOfEachKind(all, MOST_MESSAGES);
  const left = [...more].map(([kind, count]) => `${cellProse(kind)}: ${grouped(count)} more`);
  const note = left.length === 0 ? "" : `${left.join(", ")}. ${ALL_MESSAGES}`;
  const full = rows.map((row) => {
    const where = row.in.length === 0 ? "" : `${organizationsText(row)}: `;
    const source = row.source === null ? "" : ` (${name(row.source)})`;
    const text = row.verbatim ? message(row.text) : prose(row.text);
    const users = row.users.length === 0 ? "" : `<br>${usersFold(row.users)}`;
    return `${where}${name(row.label)}${source}: ${text}${users}`;
  });
  if (!rows.every(({ badge }) => badge === "alert")) return [() => listForm(full, note)];
  return [() => listForm(full, note), () => briefMessages(all)];
}

const ALL_MESSAGES = "`--output json=FILE` lists all of them.";

/** How many organizations each guard stops. */
function briefMessages(rows: readonly MessageRow[]): Form {
  const counts = new Map<string, number>();
  for (const { label, in: where } of rows) {
    counts.set(label, (counts.get(label) ?? 0) + Math.max(1, where.length));
  }
  const sentences = [...counts].map(
    ([label, count]) => `${name(label)}: ${counted(count, "violation")}`,
  );
  return listForm(sentences, `The messages are omitted to fit. ${ALL_MESSAGES}`);
}

function organizationsText({ in: where }: MessageRow): string {
  const only = singleName(where);
  return only === null ? counted(where.length, "organization") : name(only);
}

function usersFold(users: readonly string[]): string {
  return `<details><summary>${counted(users.length, "user")}</summary>${users.map(name).join(", ")}</details>`;
}

function userColumns(several: boolean): readonly TableColumn<UserRow>[] {
  return [
    { title: "User", of: ({ email }) => cell(email) },
    { title: "Roles", of: ({ roles }) => names(roles) },
    ...(several ? [{ title: "Organization", of: organizationCell }] : []),
    { title: "Note", of: ({ note }) => (note === null ? "" : cellProse(note)) },
  ];
}

function expiringColumns(several: boolean): readonly TableColumn<ExpiringRow>[] {
  return [
    { title: "Expires", of: ({ on }) => cell(on) },
    { title: "User", of: ({ email }) => cell(email) },
    ...(several ? [{ title: "Organization", of: organizationCell }] : []),
    { title: "What", of: ({ role }) => (role === null ? "all access" : cell(role)) },
    { title: "Source", of: ({ source }) => cell(pathAndLine(source)) },
  ];
}
