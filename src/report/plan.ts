/** A plan → its report. To show more of a plan, add a section here: each format prints it by its type. */
import type { Change, KeptUser, OrganizationPlan, Plan, Violation } from "../model/plan.ts";
import { findingSentence, findingText, ruleName } from "../model/rule-words.ts";
import { noticeTexts, violationText } from "../model/plan-words.ts";
import { counted, grouped, pathAndLine, listed } from "../model/text.ts";
import { ANNOUNCED_DAYS } from "../model/days.ts";
import { type Kind, kindOf, lookalikesIn, pairRenames } from "./entries.ts";
import { countOf, foldRows, roleLabels } from "./rows.ts";
import type {
  ChangeRow,
  ExpiringRow,
  OrganizationTable,
  Report,
  Section,
  Totals,
  UserRow,
  Verdict,
  Where,
} from "./report.ts";
import {
  changeRows,
  changeSection,
  changeSections,
  factsOf,
  failedSection,
  gainsSentence,
  heading,
  type Locator,
  locator,
  messageRow,
  messageSection,
  sorted,
  subjectOf,
  uncoveredSection,
  userSection,
} from "./sections.ts";

/** What is special about where the plan comes from and what follows. */
export interface PlanUse {
  /** What is left of a saved plan, rather than a plan made from the files. */
  readonly saved?: boolean;
  /** An apply, which a violation ends, rather than a plan. */
  readonly applying?: boolean;
  /** An apply that goes on without the organizations that could not be planned (`--skip-failed`). */
  readonly skipping?: boolean;
}

export function planReport(unsorted: Plan, use: PlanUse = {}): Report {
  const plan = sorted(unsorted);
  const { organizations } = plan;
  const located = locator(plan);
  const changes = organizations.flatMap((one) => changeRows(one, one.changes, located(one)));
  return {
    view: "plan",
    subject: subjectOf(plan),
    verdict: planVerdict(plan, changes.length, use),
    sections: [
      failedSection(plan.failed),
      refused(organizations, located),
      ...changeSections(changes, {
        "admin-gains": "Gains admin rights",
        removals: "Remove",
        changes: "Add or change",
      }),
      warnings(organizations, located),
      notices(organizations),
      uncoveredSection(plan.uncovered ?? []),
      leftOut(organizations, located),
      expiring(organizations, located),
      pending(organizations, located),
      kept("unmanaged", organizations, located),
      kept("expired", organizations, located),
      kept("demoted", organizations, located),
      kept("renaming", organizations, located),
      ignored(organizations, located),
    ].filter(({ rows }) => rows.length > 0),
    totals: planTotals(changes, plan),
    organizations: organizationTable(plan, located),
    facts: factsOf(plan),
  };
}

function planVerdict(
  plan: Plan,
  changes: number,
  { saved = false, applying = false, skipping = false }: PlanUse,
): Verdict {
  const guards = new Set(
    plan.organizations.flatMap(({ violations }) => violations.map(({ guard }) => guard)),
  );
  const failed = plan.failed.length;
  const all = failed + plan.organizations.length;
  const missing = failed === 0 ? [] : [notPlannedSentence(failed, all, skipping)];
  if (guards.size > 0) {
    const names = listed([...guards]);
    const which = guards.size === 1 ? "guard" : "guards";
    return {
      ready: false,
      tone: "alarm",
      short: `blocked by ${names}`,
      sentences: [
        `Blocked by the ${which} ${names}: ${applying ? "nothing was written" : "apply would write nothing"}.`,
        ...missing,
      ],
      next: null,
    };
  }
  if (failed > 0) {
    return {
      ready: false,
      tone: "alarm",
      short: all === 1 ? "could not be planned" : `${failed} could not be planned`,
      sentences: missing,
      next: null,
    };
  }
  if (changes === 0) {
    const open = plan.organizations.some(({ leftOut }) => leftOut.length > 0);
    const awaited = plan.organizations.reduce((sum, one) => sum + one.pending.length, 0);
    const but = awaited === 0 ? "" : `, except for ${counted(awaited, "pending user")}`;
    const well = saved
      ? "All changes of the saved plan are already in place."
      : all === 0
        ? "This shard has no organizations."
        : `Polytomic matches the files${but}.`;
    const sentences = open ? [] : [well];
    return { ready: false, tone: "well", short: "no changes", sentences, next: null };
  }
  return { ready: true, tone: "plain", short: "ready to apply", sentences: [], next: null };
}

function notPlannedSentence(failed: number, all: number, skipping: boolean): string {
  if (all === 1) return "The organization could not be planned.";
  const some = `${failed} of ${counted(all, "organization")} could not be planned`;
  if (failed === all) return `${some}.`;
  if (!skipping) return `${some}: to apply the others, pass --skip-failed to apply.`;
  return `${some} and ${failed === 1 ? "is" : "are"} skipped.`;
}

function refused(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((plan) =>
    plan.violations.map((violation) =>
      messageRow(violationLabel(violation), violationSentence(violation), {
        kind: violationLabel(violation),
        badge: "alert",
        in: located(plan),
      }),
    ),
  );
  return messageSection("refused", "Violations", rows);
}

/** The guard, or the rule that the guard `rule` found broken. */
function violationLabel(violation: Violation): string {
  return violation.guard === "rule" ? ruleName(violation.finding) : violation.guard;
}

function violationSentence(violation: Violation): string {
  return violation.guard === "rule" ? findingSentence(violation.finding) : violationText(violation);
}

function warnings(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((plan) =>
    plan.ruleFindings
      .filter(({ level }) => level === "warning")
      .map((finding) =>
        messageRow("warning", findingText(finding), {
          kind: ruleName(finding),
          badge: "note",
          in: located(plan),
        }),
      ),
  );
  return messageSection("warnings", "Rule warnings", rows);
}

function notices(organizations: readonly OrganizationPlan[]): Section {
  const rows = noticeTexts(organizations).map((text) =>
    messageRow("note", text, { badge: "note" }),
  );
  return messageSection("notices", "Notes", rows);
}

function leftOut(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((one) => changeRows(one, one.leftOut, located(one)));
  return changeSection("left-out", "Skipped (--only)", rows);
}

function expiring(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((plan) =>
    plan.expiring.map((one): ExpiringRow => ({ ...one, in: located(plan) })),
  );
  const folded = foldRows(rows, ({ email, role, on }) => JSON.stringify([email, role, on]));
  const title = `Expires within ${ANNOUNCED_DAYS} days`;
  return { ...heading("expiring", title, countOf(folded)), shape: "expiring", rows: folded };
}

const KEPT = {
  unmanaged: "Unmanaged, kept (policy.unmanaged: keep)",
  expired: "Access expired in the files, kept (policy.create: false, policy.unmanaged: keep)",
  demoted: "No access in the files, demoted earlier (policy.on_removal)",
  renaming: "Previous addresses, kept until the new ones are in Polytomic (policy.create: false)",
} as const;

function reasonToKeep({ demoted, expired, renamedTo }: KeptUser): keyof typeof KEPT {
  if (renamedTo !== undefined) return "renaming";
  if (expired === true) return "expired";
  return demoted ? "demoted" : "unmanaged";
}

function kept(
  id: keyof typeof KEPT,
  organizations: readonly OrganizationPlan[],
  located: Locator,
): Section {
  const rows = organizations.flatMap((plan) => {
    const lookalikes = lookalikesIn(plan);
    return plan.unmanaged
      .filter((user) => reasonToKeep(user) === id)
      .map((user) =>
        userRow(plan, user, located(plan), [
          ...(user.renamedTo === undefined ? [] : [`waiting for ${user.renamedTo}`]),
          ...lookalikes(user.email),
        ]),
      );
  });
  return userSection(id, KEPT[id], rows);
}

function pending(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((plan) =>
    plan.pending.map((user) => userRow(plan, user, located(plan), [pathAndLine(user.source)])),
  );
  return userSection("pending", "Pending: not in Polytomic yet (policy.create: false)", rows);
}

function ignored(organizations: readonly OrganizationPlan[], located: Locator): Section {
  const rows = organizations.flatMap((plan) =>
    plan.ignored.map((user) => userRow(plan, user, located(plan), [])),
  );
  return userSection("ignored", "Ignored (policy.ignore)", rows);
}

function userRow(
  { guardInputs }: OrganizationPlan,
  { email, roles }: OrganizationPlan["ignored"][number],
  where: readonly Where[],
  [note]: readonly string[],
): UserRow {
  return {
    email,
    roles: roles.map(roleLabels(roles)),
    adminRole: guardInputs.adminRole.name,
    note: note ?? null,
    in: where,
  };
}

function organizationTable(plan: Plan, located: Locator): OrganizationTable | null {
  if (plan.organizations.length + plan.failed.length <= 1) return null;
  return {
    columns: ["To add", "To change", "To remove", "Unchanged", "Violations"],
    rows: plan.organizations.flatMap((one) =>
      located(one).map((where) => {
        const { add, change, rename, remove } = planCounts({ organizations: [one] });
        const cells = [add, change + rename, remove, one.unchanged, one.violations.length];
        return { where, cells: cells.map(grouped) };
      }),
    ),
  };
}

/** How many changes these are, a rename being one. */
export function changeTotal(plan: Pick<Plan, "organizations">): number {
  const { add, change, rename, remove } = planCounts(plan);
  return add + change + rename + remove;
}

/** The additions that are half of a rename: the removal of the old address completes it. */
export function renameAdditions({
  organizations,
}: Pick<Plan, "organizations">): ReadonlySet<Change> {
  const steps = organizations.flatMap(({ changes }) => pairRenames(changes));
  return new Set(steps.flatMap(({ kind, change }) => (kind === "rename" ? [change] : [])));
}

/** What this plan changes, a rename being one change: the figures of every report and question. */
export function planCounts({
  organizations,
}: Pick<Plan, "organizations">): Readonly<Record<Kind, number>> {
  const counts = { add: 0, change: 0, rename: 0, remove: 0 };
  for (const { changes } of organizations) {
    for (const step of pairRenames(changes)) counts[kindOf(step)] += 1;
  }
  return counts;
}

function planTotals(rows: readonly ChangeRow[], plan: Plan): Totals {
  const { organizations } = plan;
  const made = plan.digest !== null;
  const { add, change, rename, remove } = planCounts({ organizations });
  const unchanged = organizations.reduce((sum, one) => sum + one.unchanged, 0);
  const gains = rows.filter(({ entry }) => entry.gainsAdmin !== null);
  const parts = [
    `${grouped(add)} to add`,
    `${grouped(change)} to change`,
    ...(rename === 0 ? [] : [`${grouped(rename)} to rename`]),
    `${grouped(remove)} to remove`,
    `${grouped(unchanged)} unchanged`,
  ];
  const sentence =
    rows.length === 0 ? `No changes, ${grouped(unchanged)} unchanged` : `Plan: ${parts.join(", ")}`;
  const where =
    organizations.length > 1 ? ` in ${counted(organizations.length, "organization")}` : "";
  return {
    sentence: made ? `${sentence}${where}.` : "No plan was made.",
    gains: gainsSentence(gains, "gain"),
    figures: [
      { label: "to add", value: add, tone: "added" },
      { label: "to change", value: change, tone: "changed" },
      ...(rename === 0 ? [] : [{ label: "to rename", value: rename, tone: "changed" } as const]),
      { label: "to remove", value: remove, tone: "removed" },
      { label: "gain admin rights", value: gains.length, tone: "admin" },
      { label: "unchanged", value: unchanged, tone: "plain" },
    ],
  };
}
