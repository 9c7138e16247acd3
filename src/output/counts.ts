/** What a plan comes to, as one line: the headline of every format. */
import type { Plan } from "../model/plan.ts";
import { gainsAdmin } from "../plan/order.ts";
import { type Entry, entriesOf } from "./entries.ts";
import { counted, grouped } from "../model/words.ts";

/** People, so that a rename is one and neither an addition nor a removal. */
export interface Counts {
  readonly added: number;
  readonly changed: number;
  readonly demoted: number;
  readonly renamed: number;
  readonly removed: number;
  readonly gainAdmin: number;
  /** The admin role's name where all that gain one gain the same, else null. */
  readonly adminRole: string | null;
}

export function countsOf(entries: readonly Entry[]): Counts {
  const of = (kind: Entry["kind"]): number => entries.filter((entry) => entry.kind === kind).length;
  const admins = entries.flatMap(({ gainsAdmin }) => gainsAdmin ?? []);
  const names = new Set(admins);
  return {
    added: of("add"),
    changed: of("change"),
    demoted: of("demote"),
    renamed: of("rename"),
    removed: of("remove"),
    gainAdmin: admins.length,
    adminRole: names.size === 1 ? (admins[0] ?? null) : null,
  };
}

export function planCounts(plan: Plan): Counts {
  return countsOf(plan.organizations.flatMap((organization) => entriesOf(organization)));
}

/**
 * `1 added, 2 changed, 1 removed; 1 person gains Admin`, or `No changes`. `escape` makes the role's name harmless.
 */
export function headline(counts: Counts, escape: (text: string) => string): string {
  const parts = [
    ...part(counts.added, "added"),
    ...part(counts.changed, "changed"),
    ...part(counts.renamed, "renamed"),
    ...part(counts.demoted, "demoted instead of removed"),
    ...part(counts.removed, "removed"),
  ];
  if (parts.length === 0) return "No changes";
  return [parts.join(", "), ...adminPart(counts, escape)].join("; ");
}

function part(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${grouped(count)} ${what}`];
}

function adminPart(counts: Counts, escape: (text: string) => string): readonly string[] {
  if (counts.gainAdmin === 0) return [];
  const role = counts.adminRole === null ? "the admin role" : escape(counts.adminRole);
  const verb = counts.gainAdmin === 1 ? "gains" : "gain";
  return [`${counted(counts.gainAdmin, "person", "people")} ${verb} ${role}`];
}

/** The plan's changes as the JSON counts them: a rename is an addition and a removal. For programs. */
export function changeCounts(plan: Plan): {
  readonly create: number;
  readonly update: number;
  readonly remove: number;
  readonly gainsAdmin: number;
} {
  const counts = { create: 0, update: 0, remove: 0, gainsAdmin: 0 };
  for (const { changes, situation } of plan.organizations) {
    for (const change of changes) {
      counts[change.action] += 1;
      if (gainsAdmin(change, situation.adminRole)) counts.gainsAdmin += 1;
    }
  }
  return counts;
}
