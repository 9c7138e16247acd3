/** Who has access, for a terminal or a log: holders of the admin role first, a line a role, and where it comes from. */
import type { AccessTable, Person } from "../../model/access.ts";
import { accessHeadline, grantWords, isAdmin, personWords } from "../access-words.ts";
import { type Cell, type Column, rowLines, widest } from "../columns.ts";
import { roleLabels } from "../role-labels.ts";
import { grouped } from "../../model/words.ts";
import { sentence } from "./entry.ts";
import { type Block, blocksToText, heading, type Layout, type TextOptions } from "./layout.ts";
import { shownAddress, shownName } from "./names.ts";
import { paragraph } from "./paragraph.ts";
import { paint } from "./paint.ts";

export function renderReportText(tables: readonly AccessTable[], options: TextOptions): string {
  const layout = { ...options, paint: paint(options.color) };
  return blocksToText(tables.flatMap((table) => tableBlocks(table, layout)));
}

function tableBlocks(table: AccessTable, layout: Layout): readonly Block[] {
  const admins = table.people.filter((person) => isAdmin(table, person));
  const others = table.people.filter((person) => !isAdmin(table, person));
  const columns = reportColumns(table, layout.width);
  const sum = `${accessHeadline(table, shownName)}.`;
  return [
    [heading(table, layout.paint), ...paragraph(sum, { indent: 0, width: layout.width })],
    group(`With ${shownName(table.adminRole.name)}`, admins, columns, layout),
    group("Others", others, columns, layout),
  ];
}

function group(
  title: string,
  people: readonly Person[],
  columns: readonly Column[],
  { paint }: Layout,
): Block {
  if (people.length === 0) return [];
  return [
    paint.strong(`${title}: ${grouped(people.length)}`),
    ...people.flatMap((person) => personRows(person).flatMap((row) => rowLines(row, columns))),
  ];
}

function personRows(person: Person): readonly (readonly Cell[])[] {
  const label = roleLabels(person.holdings.map(({ role }) => role));
  const email = [shownAddress(person.email)];
  const about = personWords(person);
  const holdings = person.holdings.map((holding, index): readonly Cell[] => [
    index === 0 ? email : [],
    [shownName(label(holding.role))],
    sentence(grantWords(person, holding)),
  ]);
  return [
    ...(holdings.length === 0 ? [[email, ["no role"]]] : holdings),
    ...(about.length === 0 ? [] : [[[], [], sentence(about)]]),
  ];
}

function reportColumns({ people, roles }: AccessTable, width: number): readonly Column[] {
  const email = widest(
    people.map(({ email }) => shownAddress(email)),
    Math.max(20, Math.floor(width * 0.4)),
  );
  const role = widest(
    roles.map(({ name }) => shownName(name)),
    Math.max(12, Math.floor(width * 0.25)),
  );
  const start = 2 + email + 2;
  const why = start + Math.max(role, "no role".length) + 2;
  return [
    { start: 2, width: email },
    { start, width: role },
    { start: why, width: Math.max(24, width - why) },
  ];
}
