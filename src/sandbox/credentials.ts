/**
 * Authentication. An API key is sent as `Bearer KEY`. A partner or deployment key is sent as `Bearer KEY` if the path
 * names the organization, or as `Basic base64(ORG_ID:KEY)` for any endpoint of one organization.
 *
 * Not documented, chosen here: an API key with Basic authentication gets 401. A user's key may write, whatever the
 * roles of the user (no source says which role is needed).
 */
import type { KeyOwner, LiveState } from "./live-state.ts";

export type CredentialKind = KeyOwner["kind"];

export interface Caller {
  readonly owner: KeyOwner;
  /** The organization that the credential itself names: an API key's own, or Basic's. */
  readonly organizationId: string | null;
  /** Identifies the caller for idempotency keys. Never shown. */
  readonly secret: string;
}

/** Null where there is no credential, or none that is known. */
export function identifyCaller(authorization: string | undefined, state: LiveState): Caller | null {
  const [scheme, value, ...rest] = (authorization ?? "").split(" ");
  if (scheme === undefined || value === undefined || rest.length > 0) return null;
  switch (scheme.toLowerCase()) {
    case "bearer":
      return bearer(value, state);
    case "basic":
      return basic(value, state);
    default:
      return null;
  }
}

function bearer(key: string, state: LiveState): Caller | null {
  const owner = state.ownerOf(key);
  if (owner === null) return null;
  if (owner.kind !== "api") return { owner, organizationId: null, secret: key };
  if (state.organization(owner.organizationId) === null) return null;
  return { owner, organizationId: owner.organizationId, secret: key };
}

function basic(encoded: string, state: LiveState): Caller | null {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  const key = text.slice(colon + 1);
  const owner = state.ownerOf(key);
  if (owner === null || owner.kind === "api") return null;
  return { owner, organizationId: text.slice(0, colon), secret: key };
}

/** Whether this caller may see and change this organization at all. */
export function reaches(caller: Caller, organizationId: string): boolean {
  if (caller.organizationId !== null && caller.organizationId !== organizationId) return false;
  const { owner } = caller;
  if (owner.kind !== "partner" || owner.organizationIds === null) return true;
  return owner.organizationIds.has(organizationId);
}
