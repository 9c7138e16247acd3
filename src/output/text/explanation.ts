/** Why one user has each role, for a terminal or a log. */
import type {
  ExplainedGrant,
  ExplainedOrganization,
  ExplainedRole,
  ExplainedState,
  Explanation,
} from "../../model/explanation.ts";
import { dayOf } from "../../model/days.ts";
import type { AccessChange } from "../../model/history.ts";
import { counted, grantPlace, grouped, pathAndLine } from "../../model/text.ts";
import { plainText } from "../escape.ts";
import { commitText, noteText, sinceText } from "../../report/history-words.ts";
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
  words,
} from "./style.ts";

interface Layout {
  readonly width: number;
  readonly paint: Paint;
}

const STATES: Readonly<Record<ExplainedState, string>> = {
  managed: "managed: in the files and in Polytomic",
  pending: "pending: in the files, not in Polytomic yet",
  unmanaged: "unmanaged: in Polytomic, not in the files",
  ignored: "ignored: matches policy.ignore",
  absent: "absent: neither in the files nor in Polytomic",
};
const OFFLINE: Readonly<Partial<Record<ExplainedState, string>>> = {
  managed: "has grants in the files",
  absent: "has no grants in the files",
};

export function renderExplanationText(
  explanation: Explanation,
  options: Pick<TextOptions, "color" | "width"> & { readonly offline: boolean },
): string {
  const layout = { ...options, paint: paint(options.color) };
  const { email, asOf, organizations, notes, failed } = explanation;
  const there = organizations.filter(
    ({ state, ended, history }) => state !== "absent" || ended !== null || history.length > 0,
  );
  const absent = organizations.length - there.length;
  const nowhere = organizations.length === 1 ? "" : ` in ${counted(absent, "organization")}`;
  const where = options.offline ? OFFLINE.absent : STATES.absent;
  return blocksToText([
    [`${layout.paint.strong(shownAddress(email))}, as of ${asOf}`],
    ...there.flatMap((one) => organizationBlocks(one, options.offline, layout)),
    absent === 0 ? [] : paragraph(`${where}${nowhere}.`, { indent: 0, width: options.width }),
    notes.flatMap((note) =>
      paragraph(`Note: ${plainText(noteText(note))}.`, { indent: 0, width: options.width }),
    ),
    failures(failed, layout),
  ]);
}

function stateWords({ state, ended, becomes }: ExplainedOrganization, offline: boolean): string {
  if (becomes !== null) {
    const place = plainText(pathAndLine(becomes.place));
    return `to be renamed to ${shownAddress(becomes.email)} (previously: at ${place})`;
  }
  if (ended === null) return (offline ? OFFLINE[state] : undefined) ?? STATES[state];
  const files = `in the files (access expired on ${ended.on}, ${plainText(pathAndLine(ended.place))})`;
  switch (state) {
    case "managed":
      return offline ? files : `managed: ${files} and in Polytomic`;
    case "absent":
      return offline ? files : `absent: ${files}, not in Polytomic`;
    case "ignored":
      return `${STATES.ignored}; ${files}`;
    case "pending":
    case "unmanaged":
      return STATES[state];
  }
}

function failures(failed: Explanation["failed"], { width, paint }: Layout): Block {
  if (failed.length === 0) return [];
  return [
    paint.bad(`Organizations that could not be read: ${grouped(failed.length)}`),
    ...failed.flatMap(({ source, organization, message }) => {
      const name = organization === null ? source : `${organization} (${source})`;
      return paragraph(`${plainText(name)}: ${plainText(message)}`, { indent: 2, width });
    }),
  ];
}

function organizationBlocks(
  one: ExplainedOrganization,
  offline: boolean,
  layout: Layout,
): readonly Block[] {
  const { name, id, source, roles, history } = one;
  const title = layout.paint.strong(`Organization ${plainText(name ?? id ?? source)}`);
  const rest = [name === null ? null : id, (name ?? id) ? source : null].flatMap((part) =>
    part === null ? [] : [plainText(part)],
  );
  const says = stateWords(one, offline);
  return [
    [[title, ...rest].join("  "), ...paragraph(`${says}.`, { indent: 0, width: layout.width })],
    roleLines(roles, layout),
    history.length === 0 ? [] : historyLines(history, layout),
  ];
}

function roleLines(roles: readonly ExplainedRole[], { width, paint }: Layout): Block {
  const role = widest(
    roles.map(({ name }) => shownName(name)),
    Math.max(12, Math.floor(width * 0.3)),
  );
  const start = 2 + role + 2;
  const columns: readonly Column[] = [
    { start: 2, width: role },
    { start, width: Math.max(24, width - start) },
  ];
  return roles.flatMap((one) => [
    ...rowLines([[paint.strong(shownName(one.name))], sentence(roleWords(one))], columns),
    ...approvalWords(one).flatMap((text) => rowLines([[], words(plainText(text))], columns)),
    ...one.grants.flatMap((grant) => rowLines([[], sentence(grantWords(grant))], columns)),
  ]);
}

function roleWords({ held, since, grants }: ExplainedRole): readonly string[] {
  const has = held === null ? [] : [held ? "held" : "not in Polytomic yet"];
  if (grants.length === 0) return [...has, "not granted by the files"];
  const text = sinceText(since) ?? "start date unknown";
  return [...has, text.startsWith("since ") ? `granted ${text}` : `granted, ${text}`];
}

/** Who committed it, and what the commit says. */
function approvalWords({ since }: ExplainedRole): readonly string[] {
  return since.kind === "commit" ? [`${since.commit.author}: ${since.commit.subject}`] : [];
}

function grantWords(grant: ExplainedGrant): readonly string[] {
  return [
    grantPlace(grant),
    ...(grant.expires === null ? [] : [`expires ${grant.expires}`]),
    ...(grant.reason === null ? [] : [`reason: ${grant.reason}`]),
  ];
}

function historyLines(history: readonly AccessChange[], { width, paint }: Layout): Block {
  const by = history.map((change) => plainText(commitText(change.commit)));
  const commit = widest(by, 30);
  const start = 2 + 10 + 2 + commit + 2;
  const columns: readonly Column[] = [
    { start: 2, width: 10 },
    { start: 14, width: commit },
    { start, width: Math.max(24, width - start) },
  ];
  return [
    paint.strong("Changes in the files, newest first:"),
    ...history.flatMap((change, index) =>
      rowLines([[dayOf(change.time)], [by[index] ?? ""], changeWords(change, paint)], columns),
    ),
  ];
}

function changeWords(change: AccessChange, paint: Paint): Cell {
  const { gained, lost, ended, renamedFrom, renamedTo, commit } = change;
  const renamed = renamedFrom ?? renamedTo;
  return [
    ...gained.map(({ name }) => paint.good(`+${shownName(name)}`)),
    ...lost.map(({ name }) => paint.bad(`-${shownName(name)}`)),
    ...(ended === null ? [] : words(`expired ${ended};`)),
    ...(renamed === null
      ? []
      : words(`renamed ${renamedFrom === null ? "to" : "from"} ${shownAddress(renamed)};`)),
    ...words(plainText(`${commit.author}: ${commit.subject}`)),
  ];
}
