/**
 * Text for terminals and logs. The order is: changes, totals, announcements, failures and refusals, the verdict. What
 * needs attention comes last, because a terminal shows the end of the output.
 */
import { counted, firstOf, grouped, pathAndLine, SHOWN_NAMES } from "../model/text.ts";
import type {
  ChangeRow,
  ExpiringRow,
  MessageRow,
  Report,
  Section,
  SectionId,
  Subject,
  UserRow,
  Where,
} from "../report/report.ts";
import { firstOfEachKind } from "../report/rows.ts";
import { plainText } from "./escape.ts";
import { changeColumns, type ChangeColumns, changeLines, rolesDiff } from "./text/changes.ts";
import { type Column, rowLines, widest } from "./text/columns.ts";
import { organizationLines } from "./text/access.ts";
import {
  type Block,
  blocksToText,
  commaSeparated,
  foldedWords,
  listedNames,
  type Paint,
  paint,
  paragraph,
  shownAddress,
  shownName,
  type TextOptions,
  words,
} from "./text/style.ts";

interface Layout extends TextOptions {
  readonly paint: Paint;
  readonly columns: ChangeColumns;
}

export function renderText(report: Report, options: TextOptions): string {
  const changes = report.sections.flatMap((one) => (one.shape === "changes" ? one.rows : []));
  const layout: Layout = {
    ...options,
    paint: paint(options.color),
    columns: changeColumns(changes, options),
  };
  const sections = (which: (section: Section) => boolean): readonly Block[] =>
    report.sections.filter(which).map((section) => sectionBlock(section, layout));
  const alarms = sections(({ tone }) => tone === "alarm");
  const totals = totalsBlock(report, layout);
  return blocksToText([
    subjectBlock(report.subject, layout),
    ...sections(({ id }) => MADE.has(id)),
    ...(report.view === "plan" ? [totals] : []),
    ...sections(({ id, tone }) => tone !== "alarm" && !MADE.has(id)),
    ...alarms,
    ...(report.view === "apply" ? [totals] : []),
    verdictBlock(report, layout),
    shortenedBlock(report, layout),
    factsBlock(report),
    commandBlock(report, options),
  ]);
}

/** The changes that are made, or will be. */
const MADE: ReadonlySet<SectionId> = new Set(["admin-gains", "removals", "changes"]);

function subjectBlock(subject: Subject, { paint }: Layout): Block {
  switch (subject.kind) {
    case "one": {
      const { organization, source } = subject;
      const name = paint.strong(`Organization ${shownName(organization.name)}`);
      return [`${name} (${plainText(organization.id)}), ${plainText(source)}`];
    }
    case "many":
      return [paint.strong(counted(subject.count, "organization"))];
    case "none":
      return [];
  }
}

function totalsBlock({ totals }: Report, { width, paint }: Layout): Block {
  const gains = totals.gains === null ? "" : ` ${plainText(totals.gains)}.`;
  return paragraph(totals.sentence + gains, { indent: 0, width }).map(paint.strong);
}

function verdictBlock({ verdict }: Report, { width, paint }: Layout): Block {
  const style = verdict.tone === "alarm" ? paint.bad : verdict.tone === "well" ? paint.good : null;
  return [
    ...verdict.sentences.flatMap((one) =>
      paragraph(plainText(one), { indent: 0, width }).map((line) => style?.(line) ?? line),
    ),
    ...(verdict.next === null ? [] : paragraph(verdict.next, { indent: 0, width })),
  ];
}

function commandBlock({ verdict }: Report, { command }: TextOptions): Block {
  if (command === null || !verdict.ready) return [];
  return ["To apply exactly this plan:", `  ${plainText(command)}`];
}

/** `Digest: sha256:…` */
function factsBlock({ facts }: Report): Block {
  return facts.map(({ label, value }) => `${label}: ${plainText(value)}`);
}

function sectionBlock(section: Section, layout: Layout): Block {
  const style = section.tone === "alarm" ? layout.paint.bad : layout.paint.strong;
  return [style(`${section.title}: ${section.count}`), ...sectionLines(section, layout)];
}

function sectionLines(section: Section, layout: Layout): readonly string[] {
  switch (section.shape) {
    case "changes":
      return section.id === "left-out"
        ? leftOutLines(section.rows, layout)
        : changesLines(section.rows, layout);
    case "messages":
      return messagesLines(section.rows, layout);
    case "users":
      return listLines(section.rows.map(userText), layout);
    case "expiring":
      return expiringLines(section.rows, layout);
    case "organizations":
      return organizationLines(section.rows, layout.width);
  }
}

/** Under the name of their organization where there are several; first what is the same in many of them. */
function changesLines(rows: readonly ChangeRow[], layout: Layout): readonly string[] {
  let last: Where | null = null;
  return rows.flatMap((row) => {
    const [only] = row.in;
    const where = row.in.length > 1 ? words(manyText(row.in)) : [];
    const lines = [
      ...changeLines(row, where, layout.columns, layout.paint),
      ...(layout.diff ? rolesDiff(row.entry, layout.paint) : []),
    ];
    if (only === undefined || row.in.length > 1 || only === last) return lines;
    last = only;
    return [`  ${layout.paint.strong(shownName(only.name))}`, ...lines];
  });
}

/** `in 198 organizations: Acme, Apex, Bolt, Cyan and 194 more` */
function manyText(where: readonly Where[]): string {
  return `in ${counted(where.length, "organization")}: ${firstOf(where.map(({ name }) => shownName(name)))}`;
}

function shortenedBlock({ sections }: Report, { width, page }: Layout): Block {
  if (page === true) return [];
  const long = (row: Section["rows"][number]): boolean =>
    row.in.length > SHOWN_NAMES + 1 || ("users" in row && row.users.length > SHOWN_NAMES + 1);
  const shortened = ({ shape, rows }: Section): boolean =>
    rows.some(long) || (shape === "organizations" && rows.length > SHOWN_NAMES + 1);
  if (!sections.some(shortened)) return [];
  const text = "Long lists are shortened; --output html=FILE shows every organization and user.";
  return paragraph(text, { indent: 0, width });
}

/** Of each guard and rule in this many messages. */
const MOST_MESSAGES = 50;

function messagesLines(all: readonly MessageRow[], layout: Layout): readonly string[] {
  const { rows, more } = firstOfEachKind(all, MOST_MESSAGES);
  const { width } = layout;
  return [
    ...rows.flatMap((row) => messageLines(row, layout)),
    ...[...more].flatMap(([kind, count]) =>
      paragraph(
        `${plainText(kind)}: ${grouped(count)} more; --output json=FILE lists all of them`,
        {
          indent: 2,
          width,
        },
      ),
    ),
  ];
}

function messageLines(row: MessageRow, { width }: Layout): readonly string[] {
  const [only] = row.in;
  const where =
    row.in.length > 1
      ? `${manyText(row.in)}: `
      : only === undefined
        ? ""
        : `${shownName(only.name)}: `;
  const source = row.source === null ? "" : ` (${plainText(row.source)})`;
  const label = row.badge !== null ? row.label : shownName(row.label);
  const users = row.users.length === 0 ? "" : ` (${firstOf(row.users.map(shownAddress))})`;
  return paragraph(`${where}${label}${source}: ${plainText(row.text)}${users}`, {
    indent: 2,
    width,
  });
}

function leftOutLines(rows: readonly ChangeRow[], layout: Layout): readonly string[] {
  return listLines(
    rows.map((row) => `${shownAddress(row.entry.email)} (${row.entry.kind}${whereText(row.in)})`),
    layout,
  );
}

function userText({ email, roles, note, in: where }: UserRow): string {
  const names = listedNames(roles).join(" ");
  const hint = note === null ? "" : `; ${plainText(note)}`;
  return `${shownAddress(email)} (${names}${whereText(where)}${hint})`;
}

function whereText(where: readonly Where[]): string {
  const [only] = where;
  if (where.length > 1) return `; ${counted(where.length, "organization")}`;
  return only === undefined ? "" : `; ${shownName(only.name)}`;
}

function listLines(items: readonly string[], { width }: Layout): readonly string[] {
  return foldedWords(commaSeparated(items), { indent: 2, width });
}

function expiringLines(rows: readonly ExpiringRow[], { width }: Layout): readonly string[] {
  const what = rows.map(({ role }) => (role === null ? "all access" : shownName(role)));
  const emails = rows.map(({ email }) => shownAddress(email));
  const columns = expiringColumns(emails, what, width);
  return rows.flatMap(({ on, source, in: where }, index) => {
    const [only] = where;
    const place =
      where.length > 1
        ? [...words(manyText(where))]
        : [
            ...(only === undefined ? [] : [`${shownName(only.name)},`]),
            plainText(pathAndLine(source)),
          ];
    return rowLines([[plainText(on)], [emails[index] ?? ""], [what[index] ?? ""], place], columns);
  });
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
