/**
 * A file as it is written, once `schemas/users.schema.json` has checked it. What was wrong has been
 * reported and cut out (`prune.ts`): a list may have a hole where an entry stood.
 */

type Hole = undefined;

export interface RawFile {
  readonly version?: 1;
  readonly organization?: string;
  readonly include?: readonly (string | Hole)[];
  readonly roles?: Readonly<Record<string, string>>;
  readonly groups?: Readonly<Record<string, RawGroup>>;
  readonly policy?: RawPolicy;
  readonly users?: readonly (RawUser | Hole)[];
}

export interface RawGroup {
  readonly roles?: readonly (RawRole | Hole)[];
}

export interface RawPolicy {
  readonly unmanaged?: "remove" | "keep";
  readonly on_removal?: "remove" | { readonly demote_to: string };
  readonly ignore?: readonly (string | Hole)[];
  readonly protected?: readonly (string | Hole)[];
  readonly max_removals?: string | number;
  readonly max_role_changes?: string | number;
  readonly min_admins?: number;
  readonly admin_role?: string;
}

export interface RawUser {
  readonly email: string;
  readonly roles?: readonly (RawRole | Hole)[];
  readonly groups?: readonly (RawMembership | Hole)[];
  readonly expires?: string;
  readonly reason?: string;
  readonly previously?: string;
}

type RawRole = string | { readonly role: string; readonly expires?: string };

type RawMembership = string | { readonly group: string; readonly expires?: string };
