/** There are enough admins after every write of the program, replayed from the server's history. */
import type { Edit } from "../../src/sandbox/live-state.ts";
import type { DrawnOrganization } from "./organization.ts";
import { broken, lastLook } from "./check-writes.ts";
import type { Broken, Evidence } from "./invariants.ts";
import type { Sent } from "./world.ts";

export function enoughAdmins(evidence: Evidence): readonly Broken[] {
  return evidence.world.scenario.organizations.flatMap((one) => inOrganization(one, evidence));
}

function inOrganization(
  { current, desired }: DrawnOrganization,
  { world, record, timeline, isForeign }: Evidence,
): readonly Broken[] {
  const { history } = world.sandbox.state;
  const admin = current.roles.find(({ name }) => name === "Admin")?.id ?? "";
  const minimum = world.scenario.minAdmins ?? desired.policy.minAdmins;
  return record.line.sent.flatMap((sent): readonly Broken[] => {
    const edit = sent.entry?.committed;
    if (!edit || edit.organizationId !== current.id || !takes(edit, admin)) return [];
    const position = history.indexOf(edit);
    const left = timeline.holders(current.id, admin, position + 1).length;
    if (left >= minimum || isByOthers(position, sent)) return [];
    return [broken("min-admins-kept", sent, `left ${left} of at least ${minimum} admins`)];
  });

  /** Whether others, after the last list, took the role from a user or gave it to this one. */
  function isByOthers(position: number, write: Sent): boolean {
    return history
      .slice(lastLook(record.line.sent, write), position)
      .filter((edit) => isForeign(edit) && edit.organizationId === current.id)
      .some((edit) => takes(edit, admin) || gives(edit, write.email, admin));
  }
}

function gives({ email, after }: Edit, to: string | null, admin: string): boolean {
  return email === to && (after?.includes(admin) ?? false);
}

function takes({ before, after }: Edit, admin: string): boolean {
  return (before?.includes(admin) ?? false) && !(after?.includes(admin) ?? false);
}
