/**
 * What the files of an organization grant, without positions, reasons and policies, which the history does not need.
 * Most users do not change from one commit to the next: they are then the same object.
 */
import {
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  type RoleAlias,
} from "../model/desired.ts";
import { type Day, earlier } from "../model/days.ts";

export interface GrantedUser {
  /** As keys. */
  readonly email: string;
  readonly previously: string | null;
  readonly reviewed: Day | null;
  readonly grants: readonly FileGrant[];
}

interface FileGrant {
  /** As written. */
  readonly role: string;
  /** The last day, the user's own included. */
  readonly until: Day | null;
}

export interface FileGrants {
  readonly aliases: readonly RoleAlias[];
  readonly users: readonly GrantedUser[];
}

export class GrantCondenser {
  readonly #users = new Map<string, GrantedUser>();
  readonly #aliases = new Map<string, readonly RoleAlias[]>();

  condense({ aliases, users }: Pick<DesiredOrganization, "aliases" | "users">): FileGrants {
    const key = aliases.map(({ name, id }) => `${name}\0${id}`).join("\0");
    const known = this.#aliases.get(key) ?? aliases;
    this.#aliases.set(key, known);
    return { aliases: known, users: users.map((user) => this.#user(user)) };
  }

  #user({ email, previously, expires, reviewed, grants }: DesiredUser): GrantedUser {
    const parts = [email, previously?.value ?? "", reviewed?.value ?? ""];
    for (const grant of grants) parts.push(grant.role, earlier(grant.expires, expires) ?? "");
    const key = parts.join("\0");
    const known = this.#users.get(key);
    if (known !== undefined) return known;
    const user: GrantedUser = {
      email: emailKey(email),
      previously: previously === null ? null : emailKey(previously.value),
      reviewed: reviewed?.value ?? null,
      grants: grants.map((grant) => ({ role: grant.role, until: earlier(grant.expires, expires) })),
    };
    this.#users.set(key, user);
    return user;
  }
}
