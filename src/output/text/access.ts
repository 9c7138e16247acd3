/** Who has access, for a terminal or a log: one line per role, with its source. */
import { firstOf, grouped } from "../../model/text.ts";
import type {
  AccessGroup,
  AccessOrganization,
  AccessReport,
  AccessUser,
} from "../../report/access.ts";
import type { OrganizationRow } from "../../report/report.ts";
import { UNCOVERED_TITLE } from "../../report/sections.ts";
import { plainText } from "../escape.ts";
import { type Cell, type Column, rowLines, widest } from "./columns.ts";
import {
  type Block,
  blocksToText,
  type Paint,
  paint,
  paragraph,
  sentence,
  shownAddress,
  shownName,
  type TextOptions,
} from "./style.ts";

export function renderReportText(
  report: AccessReport,
  options: Pick<TextOptions, "color" | "width">,
): string {
  const colours = paint(options.color);
  const several = report.organizations.length > 1;
  return blocksToText([
    report.notice === null
      ? []
      : paragraph(plainText(report.notice), { indent: 0, width: options.width }),
    ...(several ? [[`${plainText(report.headline)}.`]] : []),
    ...report.organizations.flatMap((one) => organizationBlocks(one, options.width, colours)),
    report.uncovered.length === 0
      ? []
      : [
          colours.strong(`${UNCOVERED_TITLE}: ${grouped(report.uncovered.length)}`),
          ...organizationLines(report.uncovered, options.width),
        ],
    report.facts.flatMap(({ label, value }) =>
      paragraph(`${label}: ${plainText(value)}`, { indent: 0, width: options.width }),
    ),
  ]);
}

function organizationBlocks(
  one: AccessOrganization,
  width: number,
  colours: Paint,
): readonly Block[] {
  const columns = accessColumns(one, width);
  const { id, name } = one.organization;
  const title = colours.strong(`Organization ${shownName(name)}`);
  // Without Polytomic, the id is what the files call it.
  const shownId = one.basis === "files" && id === name ? "" : ` (${plainText(id)})`;
  return [
    [
      `${title}${shownId}, ${plainText(one.source)}`,
      ...paragraph(`${plainText(one.headline)}.`, { indent: 0, width }),
    ],
    ...one.groups.map(({ id, users }) => [
      colours.strong(`${titleOf(id, one)}: ${grouped(users.length)}`),
      ...users.flatMap((user) => userRows(user).flatMap((row) => rowLines(row, columns))),
    ]),
  ];
}

function titleOf(id: AccessGroup["id"], { adminRole }: AccessOrganization): string {
  switch (id) {
    case "admins":
      return `Holders of ${shownName(adminRole)}`;
    case "others":
      return "Other users";
    case "pending":
      return "Pending: in the files, not in Polytomic yet";
  }
}

function userRows({ email, roles, about }: AccessUser): readonly (readonly Cell[])[] {
  const address = [shownAddress(email)];
  const rows = roles.map(({ name, words }, index): readonly Cell[] => [
    index === 0 ? address : [],
    [shownName(name)],
    sentence(words),
  ]);
  return [
    ...(rows.length === 0 ? [[address, ["no role"]]] : rows),
    ...(about.length === 0 ? [] : [[[], [], sentence(about)]]),
  ];
}

function accessColumns({ groups }: AccessOrganization, width: number): readonly Column[] {
  const users = groups.flatMap((group) => group.users);
  const email = widest(
    users.map(({ email }) => shownAddress(email)),
    Math.max(20, Math.floor(width * 0.4)),
  );
  const role = widest(
    users.flatMap(({ roles }) => roles.map(({ name }) => shownName(name))),
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

export function organizationLines(
  rows: readonly OrganizationRow[],
  width: number,
): readonly string[] {
  const names = firstOf(rows.map(({ name }) => shownName(name)));
  return paragraph(`${names} (export --all --dir FOLDER writes a file for each)`, {
    indent: 2,
    width,
  });
}
