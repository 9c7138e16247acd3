/**
 * A file as written, after `schemas/users.schema.json` has checked it. Invalid parts were removed: a list may have
 * holes. A test compares these types with the schema.
 */

export interface RawFile {
  readonly version?: 1;
  readonly organization?: string;
  readonly include?: readonly (string | undefined)[];
  readonly roles?: Readonly<Record<string, string>>;
  readonly groups?: Readonly<Record<string, RawGroup>>;
  readonly policy?: RawPolicy;
  readonly users?: readonly (UserEntry<undefined> | undefined)[];
}

export interface RawGroup {
  readonly roles?: readonly (RoleEntry | undefined)[];
}

export interface RawPolicy {
  readonly unmanaged?: "remove" | "keep";
  readonly on_removal?: "remove" | { readonly demote_to: string };
  readonly ignore?: readonly (string | undefined)[];
  readonly protected?: readonly (string | undefined)[];
  readonly max_removals?: string | number;
  readonly max_role_changes?: string | number;
  readonly min_admins?: number;
  readonly admin_role?: string;
  readonly create?: boolean;
  readonly rules?: readonly (RawRule | undefined)[];
}

/** An entry of `users`. With `undefined` as `Hole`, invalid parts were removed from its lists. */
export type UserEntry<Hole = never> = {
  readonly email: string;
  readonly roles?: readonly (RoleEntry | Hole)[];
  readonly groups?: readonly (GroupEntry | Hole)[];
  readonly expires?: string;
  readonly reason?: string;
  readonly reviewed?: string;
  readonly previously?: string;
};

export type RoleEntry = string | { readonly role: string; readonly expires?: string };

export type GroupEntry = string | { readonly group: string; readonly expires?: string };

/** A rule as written. The schema guarantees exactly one assertion. */
export interface RawRule {
  readonly name?: string;
  readonly who?: readonly (string | undefined)[];
  readonly roles?: readonly (string | undefined)[];
  readonly level?: "error" | "warning";
  readonly conflict?: readonly (string | undefined)[];
  readonly expires_within?: string;
  readonly reason?: string;
  readonly domains?: readonly (string | undefined)[];
  readonly at_most?: number;
  readonly through?: "groups";
  readonly reviewed_within?: string;
  readonly except?: readonly (RawException | undefined)[];
}

export interface RawException {
  readonly email: string;
  readonly until: string;
  readonly reason?: string;
}
