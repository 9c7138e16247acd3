/** Whose key it is, and the organization that an API key belongs to. */
import type { Identity } from "../model/current.ts";
import { ApiError } from "../polytomic/errors.ts";
import type { Connection } from "./connection.ts";

/**
 * Null for partner and deployment keys, which are nobody's. Get Identity may be refused or not name the
 * organization: then `GET /api/organization` is asked. Where that does not help, the organization stays null and
 * the users are reached by the id in the file, so that the service itself judges whether the key is the
 * organization's.
 */
export async function readCaller(connection: Connection): Promise<Identity | null> {
  const { reader, ownOrganizationOnly, session } = connection;
  if (!ownOrganizationOnly) return null;
  const identity = await reader.identity().catch(refusal);
  const known = identity instanceof ApiError ? NOBODY_KNOWN : identity;
  if (known.organizationId !== null) return known;
  const own = await reader.currentOrganization().catch(refusal);
  if (!(own instanceof ApiError)) {
    return { ...known, organizationId: own.id, organizationName: own.name };
  }
  // A key that nothing accepts, rather than a question that is refused.
  if (identity instanceof ApiError && identity.status === 401 && own.status === 401) throw identity;
  session.learned.ownOrganization = "unknown";
  return known;
}

const NOBODY_KNOWN: Identity = {
  userId: null,
  email: null,
  organizationId: null,
  organizationName: null,
  refused: true,
};

function refusal(error: unknown): ApiError {
  if (error instanceof ApiError && [401, 403, 404, 405].includes(error.status ?? 0)) return error;
  throw error;
}
