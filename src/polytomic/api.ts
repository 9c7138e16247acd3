/** The interface to Polytomic: a reader and, only for `apply`, a writer. */
import type { Identity, ListedUser, Organization, Role } from "../model/current.ts";

/** Reads are retried if that can help. They reject with `ApiError`. */
export interface Reader {
  /** GET /api/me */
  identity(): Promise<Identity>;
  /** GET /api/organizations (partner and deployment keys only) */
  organizations(): Promise<readonly Organization[]>;
  /** GET /api/organization (2025-09-18): the one that the key belongs to */
  currentOrganization(): Promise<Organization>;
  /** GET …/users. `organizationId` null is the caller's own, where the version has that path. */
  users(organizationId: string | null): Promise<readonly ListedUser[]>;
  /** GET /api/permissions/roles; null where the key may not list them (401, 403, 404) */
  roles(organizationId: string | null): Promise<readonly Role[] | null>;
}

export interface UserBody {
  readonly email: string;
  readonly roleIds: readonly string[];
}

/**
 * One request that was answered or not, told apart by what may follow (`docs/retries.md`):
 * done; gone (404: there is no such user);
 * rejected (400, 403, 404, 422 …, or it never reached Polytomic: certainly not carried out);
 * spent (an error answer to a POST: its key will give this answer for ever, and no request with it is
 * in flight any more; look, then use a new key. Where keys are ignored, an earlier try without an answer may still
 * be carried out);
 * unknown (no usable answer in all tries: it may or may not have happened, or still happen; a POST may
 * be sent again with the same key, never with a new one);
 * conflict (409 to a POST to the end: Polytomic says that a request with this key is still in progress; to send
 * it again in this run is of no use);
 * unsent (stopped before it was sent for the first time: certainly not carried out);
 * unauthorized (401: nothing else can succeed either; an earlier try without an answer may have happened).
 */
export type WriteOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "gone"; readonly message: string }
  | { readonly kind: "rejected"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "conflict"; readonly message: string }
  | { readonly kind: "unsent"; readonly message: string }
  | { readonly kind: "spent"; readonly message: string; readonly mayHaveHappened: boolean }
  | {
      readonly kind: "unauthorized";
      readonly message: string;
      readonly mayHaveHappened: boolean;
    };

/**
 * Called just before each request of a write, with its number from 1: why it must not be sent now, or null. If it
 * refuses before the first request, the write ends `unsent` with that message.
 */
export type SendCheck = (attempt: number) => string | null;

/** Writes are retried only if the same request is safe to repeat. They do not reject for API errors. */
export interface Writer {
  /** POST …/users with this Idempotency-Key. Never changes the key by itself. */
  create(
    organizationId: string | null,
    user: UserBody,
    idempotencyKey: string,
    check?: SendCheck,
  ): Promise<WriteOutcome>;
  /** PATCH or PUT …/users/:id */
  update(
    organizationId: string | null,
    userId: string,
    user: UserBody,
    check?: SendCheck,
  ): Promise<WriteOutcome>;
  /** DELETE …/users/:id; `done` too when a repetition finds the user gone. */
  remove(organizationId: string | null, userId: string, check?: SendCheck): Promise<WriteOutcome>;
}
