/**
 * The plan for a terminal or a log: an organization after the other, removals and gained admin rights first, then
 * what it comes to, what is announced, what the guards say, and the digest.
 */
import type { OrganizationPlan, Plan, Violation } from "../../model/plan.ts";
import { violationText } from "../../model/wording.ts";
import { countsOf, headline, planCounts } from "../counts.ts";
import { type Entry, entriesOf, urgencyOf } from "../entries.ts";
import { plainText } from "../escape.ts";
import { counted } from "../../model/words.ts";
import { announcements, quietOrganizations } from "./announcements.ts";
import { rolesDiff } from "./diff.ts";
import { entryColumns, entryLines } from "./entry.ts";
import {
  type Block,
  blocksToText,
  failures,
  heading,
  type Layout,
  type TextOptions,
} from "./layout.ts";
import { shownName } from "./names.ts";
import { paragraph } from "./paragraph.ts";
import { paint } from "./paint.ts";

export interface PlanTextOptions extends TextOptions {
  /** Also a unified diff of each person's roles. */
  readonly diff: boolean;
}

interface PlanLayout extends Layout {
  readonly diff: boolean;
}

export function renderPlanText(plan: Plan, options: PlanTextOptions): string {
  const layout = { ...options, paint: paint(options.color) };
  const several = plan.organizations.length + plan.failed.length > 1;
  const spoken = plan.organizations.filter((organization) => !several || !isQuiet(organization));
  return blocksToText([
    ...spoken.flatMap((organization) => organizationBlocks(organization, several, layout)),
    ...(several ? [totals(plan, layout)] : []),
    quietOrganizations(
      plan.organizations.filter((one) => several && isQuiet(one)),
      layout.width,
    ),
    failures(plan.failed, layout),
    violations(plan, several, layout),
    plan.digest === null ? [] : [`Digest ${plainText(plan.digest)}`],
  ]);
}

/** Nothing that a reader would have to look at by itself. */
function isQuiet({ changes, leftOut, expiring, violations }: OrganizationPlan): boolean {
  return changes.length + leftOut.length + expiring.length + violations.length === 0;
}

function organizationBlocks(
  organization: OrganizationPlan,
  several: boolean,
  layout: PlanLayout,
): readonly Block[] {
  const entries = entriesOf(organization);
  const sum = `${headline(countsOf(entries), shownName)}; ${unchanged(organization)}.`;
  const total = paragraph(sum, { indent: 0, width: layout.width });
  return [
    [heading(organization, layout.paint), ...(several ? total : [])],
    ...changeBlocks(entries, layout),
    ...(several ? [] : [total.map(layout.paint.strong)]),
    ...announcements(organization, layout.width),
  ];
}

function unchanged(organization: OrganizationPlan): string {
  return `${counted(organization.unchanged, "person", "people")} as the files say`;
}

/** Removals, gained admin rights, the rest: apart, so that the first two are seen. */
function changeBlocks(entries: readonly Entry[], layout: PlanLayout): readonly Block[] {
  const columns = entryColumns(entries, layout.width);
  const block = (urgency: ReturnType<typeof urgencyOf>): Block =>
    entries
      .filter((entry) => urgencyOf(entry) === urgency)
      .flatMap((entry) => [
        ...entryLines(entry, columns, layout.paint),
        ...(layout.diff ? rolesDiff(entry, layout.paint) : []),
      ]);
  return [block("removed"), block("gains-admin"), block("other")];
}

function totals(plan: Plan, { width, paint }: Layout): Block {
  const count = counted(plan.organizations.length, "organization");
  const sum = `${count}: ${headline(planCounts(plan), shownName)}.`;
  return paragraph(sum, { indent: 0, width }).map(paint.strong);
}

function violations(plan: Plan, several: boolean, { width, paint }: Layout): Block {
  const found = plan.organizations.flatMap((one) =>
    one.violations.map((violation) => violationLine(violation, several ? one : null)),
  );
  if (found.length === 0) return [];
  return [
    paint.bad(`Refused by the guards (apply would write nothing):`),
    ...found.flatMap((text) => paragraph(text, { indent: 2, width })),
  ];
}

function violationLine(violation: Violation, where: OrganizationPlan | null): string {
  const place = where === null ? "" : `${plainText(where.organization.name)}: `;
  return `${place}${violation.guard}: ${plainText(violationText(violation))}`;
}
