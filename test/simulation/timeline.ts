/** The users and their roles at every position of the sandbox's history. Position n is the state after n edits. */
import type { Change } from "../../src/model/plan.ts";
import type { Edit } from "../../src/sandbox/live-state.ts";
import type { SandboxOrganization } from "../../src/sandbox/state.ts";

/** Usually one or none; two only if the server accepts duplicates and two requests raced. */
export type Holders = readonly { readonly id: string; readonly roleIds: readonly string[] }[];

interface Version {
  /** The first position at which this is true. */
  readonly from: number;
  readonly users: Holders;
}

export class Timeline {
  readonly #versions = new Map<string, Map<string, Version[]>>();
  readonly #history: readonly Edit[];
  #read = 0;

  constructor(start: readonly SandboxOrganization[], history: readonly Edit[]) {
    this.#history = history;
    for (const { id, users } of start) {
      const entries = new Map<string, Version[]>();
      for (const user of users) {
        entries.set(user.email.toLowerCase(), [
          { from: 0, users: [{ id: user.id, roleIds: user.role_ids }] },
        ]);
      }
      this.#versions.set(id, entries);
    }
  }

  /** Reads the new entries of the history. */
  extend(): void {
    for (; this.#read < this.#history.length; this.#read += 1) {
      const edit = this.#history[this.#read];
      if (edit === undefined) continue;
      const versions = this.#of(edit.organizationId, edit.email);
      const others = (versions.at(-1)?.users ?? []).filter(({ id }) => id !== edit.userId);
      const own = edit.after === null ? [] : [{ id: edit.userId, roleIds: edit.after }];
      versions.push({ from: this.#read + 1, users: [...others, ...own] });
    }
  }

  at(organizationId: string, email: string, position: number): Holders {
    const versions = this.#of(organizationId, email);
    return versions.findLast(({ from }) => from <= position)?.users ?? [];
  }

  /** Every state of this user between two positions, both included. */
  between(organizationId: string, email: string, low: number, high: number): readonly Holders[] {
    const later = this.#of(organizationId, email).filter(({ from }) => from > low && from <= high);
    return [this.at(organizationId, email, low), ...later.map(({ users }) => users)];
  }

  /** The addresses of all users; an address with two users is listed twice. */
  all(
    organizationId: string,
    position: number,
  ): readonly { readonly email: string; readonly roleIds: readonly string[] }[] {
    return [...(this.#versions.get(organizationId)?.keys() ?? [])].flatMap((email) =>
      this.at(organizationId, email, position).map(({ roleIds }) => ({ email, roleIds })),
    );
  }

  /** The addresses of the holders of this role. */
  holders(organizationId: string, roleId: string, position: number): readonly string[] {
    return [...(this.#versions.get(organizationId)?.keys() ?? [])].filter((email) =>
      this.at(organizationId, email, position).some(({ roleIds }) => roleIds.includes(roleId)),
    );
  }

  #of(organizationId: string, email: string): Version[] {
    const entries = this.#versions.get(organizationId) ?? new Map<string, Version[]>();
    this.#versions.set(organizationId, entries);
    const versions = entries.get(email) ?? [];
    entries.set(email, versions);
    return versions;
  }
}

/** Whether the user is as the change plans. */
export function isAsPlanned(change: Change, users: Holders): boolean {
  const { action, userId, after } = change;
  if (action === "remove") return users.every(({ id }) => id !== userId);
  const wanted = after.map(({ id }) => id);
  return users.some(
    ({ id, roleIds }) => (action === "create" || id === userId) && sameIds(roleIds, wanted),
  );
}

export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  const ids = new Set(a);
  return ids.size === new Set(b).size && b.every((id) => ids.has(id));
}
