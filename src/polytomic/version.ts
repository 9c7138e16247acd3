/**
 * The API's versions: the method of Update User, and the path of the users.
 *
 * | key                 | version            | users                              |
 * | ------------------- | ------------------ | ---------------------------------- |
 * | API key             | 2025-09-18         | /api/organization/users            |
 * | API key             | older              | /api/organizations/:own id/users   |
 * | partner, deployment | any                | /api/organizations/:id/users       |
 */
import { Failure } from "../model/failure.ts";
import type { CredentialKind } from "./credential.ts";

export interface ApiVersion {
  /** As sent in X-Polytomic-Version. */
  readonly name: string;
  readonly updateMethod: "PATCH" | "PUT";
  /** Has the users of the caller's own organization under a path without an id. */
  readonly ownUsers: boolean;
}

const VERSIONS: readonly ApiVersion[] = [
  { name: "2025-09-18", updateMethod: "PUT", ownUsers: true },
  { name: "2024-02-08", updateMethod: "PUT", ownUsers: false },
  { name: "2023-04-25", updateMethod: "PATCH", ownUsers: false },
  { name: "2022-12-12", updateMethod: "PATCH", ownUsers: false },
];

const DEFAULTS = {
  api: "2025-09-18",
  partner: "2023-04-25",
  deployment: "2023-04-25",
} as const satisfies Record<CredentialKind, string>;

/** `chosen` is `--api-version` or POLYTOMIC_API_VERSION; null (or empty) takes the credential's default. */
export function chooseVersion(
  credential: { readonly kind: CredentialKind },
  chosen: string | null,
): ApiVersion {
  const wanted = chosen?.trim() || DEFAULTS[credential.kind];
  const version = VERSIONS.find(({ name }) => name === wanted);
  if (version !== undefined) return version;
  const supported = VERSIONS.map(({ name }) => name).join(", ");
  if (wanted === "2021-05-23") {
    throw new Failure(
      "API version 2021-05-23 is not supported: its responses have another format",
      {
        hint: `choose one of ${supported}`,
      },
    );
  }
  throw new Failure(`unknown API version ${JSON.stringify(wanted)}`, {
    hint: `choose one of ${supported} with --api-version or POLYTOMIC_API_VERSION`,
  });
}

/** True where the users are found without knowing the organization's id. */
export function needsNoOrganization(kind: CredentialKind, version: ApiVersion): boolean {
  return kind === "api" && version.ownUsers;
}

/** The path of an organization's users; null is the caller's own, where the version has that path. */
export function usersPath(organizationId: string | null): string {
  if (organizationId === null) return "/api/organization/users";
  return `/api/organizations/${encodeSegment(organizationId)}/users`;
}

/** One segment of a path. An id is untrusted input, and must not lead to another endpoint. */
export function encodeSegment(id: string): string {
  if (id === "" || id === "." || id === "..") {
    throw new Failure(`Polytomic returned the invalid id ${JSON.stringify(id)}`, {
      hint: "contact Polytomic support",
    });
  }
  return encodeURIComponent(id);
}
