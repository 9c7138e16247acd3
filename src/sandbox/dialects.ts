/**
 * Interpretations of Polytomic's documentation where it is silent or contradicts itself. Without a dialect, the
 * sandbox follows the best-documented interpretation. docs/fidelity.md has the sources of each, and what
 * polytomic-users does in each case.
 *
 * To add a dialect, change this file, `schemas/sandbox.schema.json`, `docs/fidelity.md`,
 * `test/sandbox/dialects.test.ts`, and the file in which it takes effect (`dialects.has(NAME)`): `users.ts` or
 * `endpoints.ts` for one endpoint, `routes.ts` for paths and versions, `replies.ts` for lists and fields, `delivery.ts`
 * or `sandbox.ts` for every response.
 */
import { Failure } from "../model/failure.ts";

interface Reading {
  /** Of dialects about one point only one can be spoken. */
  readonly point: string;
  readonly says: string;
}

const list = {
  "partner-roles-401": {
    point: "partner-roles",
    says: "List Roles returns 401 to partner and deployment keys",
  },
  "partner-roles-403": {
    point: "partner-roles",
    says: "List Roles returns 403 to partner and deployment keys",
  },
  "partner-roles-404": {
    point: "partner-roles",
    says: "List Roles returns 404 to partner and deployment keys",
  },
  "roles-refused": { point: "roles", says: "List Roles returns 403 to every key" },
  "identity-refused": { point: "identity", says: "Get Identity returns 403" },
  "identity-without-organization": {
    point: "identity",
    says: "Get Identity names no organization",
  },
  "no-current-organization": {
    point: "current-organization",
    says: "GET /api/organization does not exist in any version",
  },
  "partner-users-by-basic": {
    point: "partner-users",
    says: "a partner or deployment key reaches an organization's users only with Basic ORG_ID:KEY",
  },
  "api-key-organization-users-403": {
    point: "api-key-users",
    says: "/api/organizations/:id/users returns 403 to API keys",
  },
  "api-key-lists-organizations": {
    point: "api-key-organizations",
    says: "List Organizations gives an API key its own organization",
  },
  "update-by-other-method": {
    point: "update",
    says: "users are updated with PUT in 2022-12-12 and 2023-04-25, with PATCH in later versions",
  },
  "newest-version-only": {
    point: "version",
    says: "every request is served by the newest version",
  },
  "version-header-missing": {
    point: "version-header",
    says: "responses have no X-Polytomic-Version",
  },
  "created-201": { point: "created", says: "Create User returns 201" },
  "updated-204": { point: "updated", says: "Update User returns 204 without a body" },
  "removed-204": { point: "removed", says: "Remove User returns 204 without a body" },
  "removed-empty": { point: "removed", says: "Remove User returns 200 without a body" },
  "removed-again-200": {
    point: "removed-again",
    says: "Remove User returns 200, not 404, if the user is already removed",
  },
  "missing-user-422": {
    point: "missing-user",
    says: "Update User returns 422, not 404, if there is no such user",
  },
  "existing-user-409": {
    point: "existing-user",
    says: "Create User returns 409 if the user exists",
  },
  "existing-user-200": {
    point: "existing-user",
    says: "Create User returns 200 with the existing user, and changes nothing",
  },
  "email-case-kept": { point: "email", says: "e-mail addresses keep their upper and lower case" },
  "empty-list": { point: "list", says: "a list without entries is [] instead of null" },
  "extra-fields": {
    point: "fields",
    says: "every object has extra fields, some of them null",
  },
  "organization-id-missing": {
    point: "organization-id",
    says: "users and roles do not name their organization",
  },
  "role-ids-missing": {
    point: "role-ids",
    says: "a user with one role, never updated, has the legacy role and no role_ids",
  },
  "role-ids-null": {
    point: "role-ids",
    says: "a user with one role, never updated, has the legacy role and role_ids: null",
  },
  "role-ids-empty": {
    point: "role-ids",
    says: "a user with one role, never updated, has the legacy role and role_ids: []",
  },
  "legacy-role-user": {
    point: "legacy-role",
    says: "the legacy role of every user but admins is user, instead of a role's name",
  },
  "legacy-role-missing": { point: "legacy-role", says: "users have no legacy role" },
  "errors-as-text": { point: "errors", says: "error responses are plain text" },
  "errors-as-html": { point: "errors", says: "error responses are HTML pages" },
  "out-of-reach-404": {
    point: "out-of-reach",
    says: "an organization that the key does not reach is 404, not 403",
  },
  "no-retry-after": {
    point: "retry-after",
    says: "429 responses have no Retry-After, and no response has rate-limit headers",
  },
  "idempotency-ignored": {
    point: "idempotency",
    says: "idempotency keys are ignored: every POST is carried out",
  },
  "paged-lists": {
    point: "pages",
    says: "lists have at most 5 entries, and pagination.next_page_token continues them",
  },
  "linked-lists": {
    point: "pages",
    says: "lists have at most 5 entries, and links.next continues them",
  },
} as const satisfies Readonly<Record<string, Reading>>;

export type Dialect = keyof typeof list;
export type Dialects = ReadonlySet<Dialect>;

export const DIALECTS: Readonly<Record<Dialect, Reading>> = list;

/** Throws `Failure` where a name is unknown, or two are about the same point. */
export function parseDialects(names: readonly string[]): Dialects {
  const dialects = new Set<Dialect>();
  for (const name of names) {
    if (!isDialect(name)) {
      throw new Failure(`unknown dialect ${JSON.stringify(name)}`, {
        hint: `the dialects are ${Object.keys(DIALECTS).join(", ")}`,
      });
    }
    const other = [...dialects].find((one) => DIALECTS[one].point === DIALECTS[name].point);
    if (other !== undefined && other !== name) {
      throw new Failure(`the dialects ${other} and ${name} cannot be combined`, {
        hint: "choose one of them",
      });
    }
    dialects.add(name);
  }
  return dialects;
}

function isDialect(name: string): name is Dialect {
  return Object.hasOwn(DIALECTS, name);
}
