/**
 * Resolves the role names of the files, in the same way for all commits: a role that is written by its id, its name or
 * an alias is one role.
 */
import type { Role } from "../model/current.ts";
import { nameKey, type RoleAlias } from "../model/desired.ts";

export interface ResolvedRole {
  /** The id where it is known, else the name in lower case. */
  readonly key: string;
  /** Null where neither the files nor Polytomic tell. */
  readonly id: string | null;
  readonly name: string;
}

export class RoleResolver {
  readonly #current = new Map<string, Role | null>();
  readonly #byId = new Map<string, Role>();
  /** What the file called it at another commit: the newest of these. */
  readonly #everNamed = new Map<string, RoleAlias>();
  readonly #everIds = new Map<string, RoleAlias>();
  readonly #readers = new WeakMap<readonly RoleAlias[], (written: string) => ResolvedRole>();

  /**
   * `roles`: the organization's in Polytomic, null where Polytomic was not asked. `aliases`: all that the files had,
   * newest first.
   */
  constructor(roles: readonly Role[] | null, aliases: Iterable<RoleAlias>) {
    for (const role of roles ?? []) {
      this.#byId.set(role.id, role);
      const key = nameKey(role.name);
      this.#current.set(key, this.#current.has(key) ? null : role);
    }
    for (const alias of aliases) {
      const key = nameKey(alias.name);
      if (!this.#everNamed.has(key)) this.#everNamed.set(key, alias);
      if (!this.#everIds.has(alias.id)) this.#everIds.set(alias.id, alias);
    }
  }

  /** What roles are called where these are the file's names: a name of the file, an id, or a name in Polytomic. */
  resolverFor(aliases: readonly RoleAlias[]): (written: string) => ResolvedRole {
    const made = this.#readers.get(aliases) ?? this.#reader(aliases);
    this.#readers.set(aliases, made);
    return made;
  }

  #reader(aliases: readonly RoleAlias[]): (written: string) => ResolvedRole {
    const ids = new Map(aliases.map(({ name, id }) => [nameKey(name), id]));
    const known = new Map<string, ResolvedRole>();
    return (written) => {
      const role = known.get(written) ?? this.#resolve(written, ids);
      known.set(written, role);
      return role;
    };
  }

  #resolve(written: string, ids: ReadonlyMap<string, string>): ResolvedRole {
    const key = nameKey(written);
    const named = ids.get(key);
    if (named !== undefined) return this.#withId(named);
    if (this.#byId.has(written) || this.#everIds.has(written)) return this.#withId(written);
    const id = this.#current.get(key)?.id ?? this.#everNamed.get(key)?.id;
    return id === undefined ? { key, id: null, name: written } : this.#withId(id);
  }

  #withId(id: string): ResolvedRole {
    const name = this.#byId.get(id)?.name ?? this.#everIds.get(id)?.name ?? id;
    return { key: id, id, name };
  }
}
