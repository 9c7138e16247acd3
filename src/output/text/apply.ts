/** What an apply did, for a terminal or a log: each change with its outcome, the sum, the read-back, what is next. */
import type { ApplyResult, Difference } from "../../model/result.ts";
import { differenceText } from "../../model/wording.ts";
import { rowLines } from "../columns.ts";
import { plainText } from "../escape.ts";
import {
  DIFFERENCE_TITLES,
  INTERRUPTED,
  nextStep,
  type OrganizationOutcome,
  OUTCOME_WORDS,
  outcomeHeadline,
  OUTCOMES,
  outcomesOf,
  verificationText,
} from "../outcomes.ts";
import { grouped } from "../../model/words.ts";
import { entryColumns, entryLines, EMAIL_COLUMN, words } from "./entry.ts";
import {
  type Block,
  blocksToText,
  failures,
  heading,
  type Layout,
  type TextOptions,
} from "./layout.ts";
import { shownAddress } from "./names.ts";
import { paragraph } from "./paragraph.ts";
import { paint } from "./paint.ts";

export function renderApplyText(result: ApplyResult, options: TextOptions): string {
  const layout = { ...options, paint: paint(options.color) };
  const outcomes = outcomesOf(result);
  return blocksToText([
    ...outcomes.flatMap((outcome) => organizationBlocks(outcome, layout)),
    failures(result.plan.failed, layout),
    [layout.paint.strong(`${outcomeHeadline(outcomes, result.plan)}.`)],
    conclusion(result, layout),
  ]);
}

function organizationBlocks(outcome: OrganizationOutcome, layout: Layout): readonly Block[] {
  const { entries, result } = outcome;
  if (entries.length + result.differences.length === 0) return [];
  const planned = result.differences.filter(({ foreign }) => !foreign);
  const foreign = result.differences.filter(({ foreign }) => foreign);
  return [
    [heading(result, layout.paint)],
    ...outcomeBlocks(outcome, layout),
    differences(DIFFERENCE_TITLES.planned, planned, layout),
    differences(DIFFERENCE_TITLES.foreign, foreign, layout),
  ];
}

function outcomeBlocks({ entries }: OrganizationOutcome, layout: Layout): readonly Block[] {
  const columns = entryColumns(
    entries.map(({ entry }) => entry),
    layout.width,
  );
  return OUTCOMES.map((outcome) => {
    const these = entries.filter((entry) => entry.outcome === outcome);
    if (these.length === 0) return [];
    const title = `${capital(OUTCOME_WORDS[outcome])}: ${grouped(these.length)}`;
    return [
      outcome === "failed" ? layout.paint.bad(title) : title,
      ...these.flatMap(({ entry, error }) => [
        ...entryLines(entry, columns, layout.paint),
        ...(error === null ? [] : errorLines(error, layout)),
      ]),
    ];
  });
}

function errorLines(error: string, { width }: Layout): readonly string[] {
  const start = EMAIL_COLUMN + 2;
  return rowLines([words(plainText(error))], [{ start, width: Math.max(24, width - start) }]);
}

function differences(title: string, found: readonly Difference[], { width }: Layout): Block {
  if (found.length === 0) return [];
  return [
    `${title}: ${grouped(found.length)}`,
    ...found.flatMap((one) =>
      paragraph(`${shownAddress(one.email)}: ${plainText(differenceText(one))}`, {
        indent: 2,
        width,
      }),
    ),
  ];
}

function conclusion(result: ApplyResult, { width, paint }: Layout): Block {
  const check = verificationText(result);
  const next = nextStep(result);
  const stopped = [
    ...(result.interrupted ? [INTERRUPTED] : []),
    ...(result.halted === null ? [] : [`Stopped: ${plainText(result.halted)}`]),
  ];
  return [
    ...stopped.flatMap((text) => paragraph(text, { indent: 0, width })).map(paint.bad),
    ...(check === null ? [] : paragraph(check, { indent: 0, width })),
    ...(next === null ? [] : paragraph(next, { indent: 0, width })),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
