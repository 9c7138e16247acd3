/** Changes of grants in the files × audit log → the run that carried out each change, if the log contains it. */
import { groupBy } from "../model/group-by.ts";
import type { Role } from "../model/current.ts";
import { nameKey } from "../model/desired.ts";
import type { AccessChange, ChangedRole } from "../model/history.ts";
import type { AuditedChange } from "./audit-log-reader.ts";

/** A change in the files of an organization that is known. */
export interface OrganizationChange {
  /** Null where it is unknown: no line of the log is matched then. */
  readonly organizationId: string | null;
  readonly change: AccessChange;
}

export interface CarriedOut {
  /** The line of the log that carried out each change; changes that the log does not cover are missing. */
  readonly by: ReadonlyMap<AccessChange, AuditedChange>;
  /** Lines that match no change of the files: corrected drift, and changes from before the period. */
  readonly others: readonly AuditedChange[];
}

/**
 * A change is carried out by the first line about its user, from when it took effect on, that was applied (or was so
 * already) and left the user with all that was gained and nothing that was lost; unless the files took it back before.
 */
export function matchAuditLog(
  changes: readonly OrganizationChange[],
  lines: readonly AuditedChange[],
): CarriedOut {
  const linesOf = groupBy(lines, ({ organization, email }) => `${organization.id} ${email}`);
  const changesOf = groupBy(
    changes.flatMap(({ organizationId, change }) =>
      organizationId === null ? [] : [{ key: `${organizationId} ${change.email}`, change }],
    ),
    ({ key }) => key,
  );
  const by = new Map<AccessChange, AuditedChange>();
  for (const [key, ofUser] of changesOf) {
    const oldestFirst = ofUser.map(({ change }) => change).sort((a, b) => a.time - b.time);
    for (const [index, change] of oldestFirst.entries()) {
      const undone = oldestFirst.slice(index + 1).find((later) => undoes(later, change));
      const line = (linesOf.get(key) ?? []).find(
        ({ time, outcome, after }) =>
          time >= change.time &&
          (undone === undefined || time < undone.time) &&
          (outcome === "applied" || outcome === "already") &&
          fits(change, after ?? []),
      );
      if (line !== undefined) by.set(change, line);
    }
  }
  const used = new Set(by.values());
  return { by, others: lines.filter((line) => !used.has(line)) };
}

function fits({ gained, lost }: AccessChange, after: readonly Role[]): boolean {
  const has = (role: ChangedRole): boolean => after.some((one) => same(one, role));
  return gained.every(has) && !lost.some(has);
}

function undoes(later: AccessChange, change: AccessChange): boolean {
  const share = (a: readonly ChangedRole[], b: readonly ChangedRole[]): boolean =>
    a.some((one) => b.some((other) => same(one, other)));
  return share(later.lost, change.gained) || share(later.gained, change.lost);
}

function same(a: ChangedRole, b: ChangedRole): boolean {
  return a.id !== null && b.id !== null ? a.id === b.id : nameKey(a.name) === nameKey(b.name);
}
