/**
 * A plan as people read it: one entry a person, so that a rename (an addition and a removal in the plan) is one,
 * with the roles that are gained, lost and kept; removals first, then gained admin rights, then the rest.
 * All text in an entry is still hostile.
 */
import type { Organization, Role } from "../model/current.ts";
import type { Day } from "../model/desired.ts";
import type { Change, OrganizationPlan, Remove } from "../model/plan.ts";
import { compareText, type Place } from "../model/problem.ts";
import { reasonTexts } from "../model/wording.ts";
import { gainsAdmin, losesAdmin } from "../plan/order.ts";
import { roleLabels } from "./role-labels.ts";
import { lineOf } from "../model/words.ts";

/** demote: in place of a removal (`policy.on_removal`). rename: another address, with or without other roles. */
export type Kind = "remove" | "demote" | "rename" | "change" | "add";

export interface Entry {
  readonly kind: Kind;
  readonly organization: Organization;
  /** Where it happens: the new address of a rename. */
  readonly email: string;
  /** The old address of a rename. */
  readonly formerly: string | null;
  /** Names of roles, told apart by their ids where two have the same. Null: not in Polytomic. */
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly kept: readonly string[];
  /** The admin role's name where this address gets it or loses it, else null. */
  readonly gainsAdmin: string | null;
  readonly losesAdmin: string | null;
  readonly reasons: readonly string[];
  readonly source: Place | null;
  /** The first day on which some of `after` ends. */
  readonly until: Day | null;
}

/** The organization's entries in the order of the display. */
export function entriesOf(
  plan: OrganizationPlan,
  changes: readonly Change[] = plan.changes,
): readonly Entry[] {
  const removed = new Map<string, Remove>();
  for (const change of changes) if (change.action === "remove") removed.set(change.email, change);
  const paired = new Set<Change>();
  const entries: Entry[] = [];
  for (const change of changes) {
    if (change.action !== "create" || change.renamedFrom === null) continue;
    const old = removed.get(change.renamedFrom);
    if (old === undefined || old.renamedTo !== change.email) continue;
    paired.add(change).add(old);
    entries.push(entryOf(plan, change, old.before));
  }
  for (const change of changes) if (!paired.has(change)) entries.push(entryOf(plan, change));
  return entries.sort(compareEntries);
}

/** One change by itself; `before` are the roles of the old address where the change is a rename. */
export function entryOf(
  plan: OrganizationPlan,
  change: Change,
  before: readonly Role[] | null = change.before,
): Entry {
  const { adminRole } = plan.situation;
  const rename = change.action === "create" && before !== null;
  return {
    kind: rename ? "rename" : kindOf(change),
    organization: plan.organization,
    email: change.email,
    formerly: rename ? change.renamedFrom : null,
    ...comparison(before, change.after),
    gainsAdmin: gainsAdmin(change, adminRole) ? adminRole.name : null,
    losesAdmin: losesAdmin(change, adminRole) ? adminRole.name : null,
    // The entry of a rename names the old address already.
    reasons: reasonTexts(change).slice(rename ? 1 : 0),
    source: change.source,
    until: change.action === "remove" ? null : change.until,
  };
}

function kindOf(change: Change): Kind {
  switch (change.action) {
    case "create":
      return "add";
    case "update":
      return change.insteadOfRemoval ? "demote" : "change";
    case "remove":
      return "remove";
  }
}

type Comparison = Pick<Entry, "before" | "after" | "gained" | "lost" | "kept">;

function comparison(before: readonly Role[] | null, after: readonly Role[] | null): Comparison {
  const label = roleLabels([...(before ?? []), ...(after ?? [])]);
  const had = new Set(before?.map(({ id }) => id));
  const has = new Set(after?.map(({ id }) => id));
  return {
    before: before?.map(label) ?? null,
    after: after?.map(label) ?? null,
    gained: after?.filter(({ id }) => !had.has(id)).map(label) ?? [],
    lost: before?.filter(({ id }) => !has.has(id)).map(label) ?? [],
    kept: after?.filter(({ id }) => had.has(id)).map(label) ?? [],
  };
}

/** Why: the reasons, the first expiry, the line in the file. */
export function whyParts({ reasons, until, source, after }: Entry): readonly string[] {
  const expiry = after?.length === 1 ? "until" : "first expiry";
  return [
    ...reasons,
    ...(until === null ? [] : [`${expiry} ${until}`]),
    ...(source === null ? [] : [lineOf(source)]),
  ];
}

/** Removals and gained admin rights come first, and no format may fold or drop them. */
export function urgencyOf(entry: Entry): "removed" | "gains-admin" | "other" {
  if (entry.kind === "remove") return "removed";
  return entry.gainsAdmin === null ? "other" : "gains-admin";
}

const URGENCIES = ["removed", "gains-admin", "other"] as const;

function compareEntries(a: Entry, b: Entry): number {
  return (
    URGENCIES.indexOf(urgencyOf(a)) - URGENCIES.indexOf(urgencyOf(b)) ||
    compareText(a.email, b.email) ||
    compareText(a.kind, b.kind)
  );
}
