/** Who was there, as what, at every position of the sandbox's history. Position n is the state after n edits. */
import type { Change } from "../model/plan.ts";
import type { Edit } from "../sandbox/live-state.ts";
import type { SandboxOrganization } from "../sandbox/state.ts";

export interface Version {
  /** The first position that it holds at. */
  readonly from: number;
  /** Null is nobody. */
  readonly user: { readonly id: string; readonly roleIds: readonly string[] } | null;
}

export class Timeline {
  readonly #versions = new Map<string, Map<string, Version[]>>();
  readonly #history: readonly Edit[];
  #read = 0;

  constructor(start: readonly SandboxOrganization[], history: readonly Edit[]) {
    this.#history = history;
    for (const { id, users } of start) {
      const people = new Map<string, Version[]>();
      for (const user of users) {
        people.set(user.email, [{ from: 0, user: { id: user.id, roleIds: user.role_ids } }]);
      }
      this.#versions.set(id, people);
    }
  }

  /** Reads what the history has gained. */
  extend(): void {
    for (; this.#read < this.#history.length; this.#read += 1) {
      const edit = this.#history[this.#read];
      if (edit === undefined) continue;
      const user = edit.after === null ? null : { id: edit.userId, roleIds: edit.after };
      const versions = this.#of(edit.organizationId, edit.email);
      versions.push({ from: this.#read + 1, user });
    }
  }

  at(organizationId: string, email: string, position: number): Version["user"] {
    const versions = this.#of(organizationId, email);
    return versions.findLast(({ from }) => from <= position)?.user ?? null;
  }

  /** Everything that this person was between two positions, both included. */
  between(organizationId: string, email: string, low: number, high: number): Version["user"][] {
    const later = this.#of(organizationId, email).filter(({ from }) => from > low && from <= high);
    return [this.at(organizationId, email, low), ...later.map(({ user }) => user)];
  }

  /** The addresses that hold this role. */
  holders(organizationId: string, roleId: string, position: number): readonly string[] {
    return [...(this.#versions.get(organizationId)?.keys() ?? [])].filter((email) =>
      this.at(organizationId, email, position)?.roleIds.includes(roleId),
    );
  }

  #of(organizationId: string, email: string): Version[] {
    const people = this.#versions.get(organizationId) ?? new Map<string, Version[]>();
    this.#versions.set(organizationId, people);
    const versions = people.get(email) ?? [];
    people.set(email, versions);
    return versions;
  }
}

/** Whether somebody is as the change wants. */
export function isAsPlanned(change: Change, user: Version["user"]): boolean {
  if (change.action === "remove") return user === null || user.id !== change.userId;
  if (user === null || (change.action === "update" && user.id !== change.userId)) return false;
  return sameIds(
    user.roleIds,
    change.after.map(({ id }) => id),
  );
}

export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  const ids = new Set(a);
  return ids.size === new Set(b).size && b.every((id) => ids.has(id));
}
