/** The API's versions, and what differs between them for these endpoints. */
import type { Method } from "../polytomic/transport.ts";

export interface VersionRules {
  readonly version: string;
  /** The one method that updates a user; the other is 405. */
  readonly update: Extract<Method, "PATCH" | "PUT">;
  /** Whether `/api/organization/users` exists. */
  readonly ownFamily: boolean;
}

/** The newest: it serves requests that name no version, so a client must name any other. */
export const LATEST: VersionRules = { version: "2025-09-18", update: "PUT", ownFamily: true };

const VERSIONS: readonly VersionRules[] = [
  LATEST,
  { version: "2024-02-08", update: "PUT", ownFamily: false },
  { version: "2023-04-25", update: "PATCH", ownFamily: false },
  { version: "2022-12-12", update: "PATCH", ownFamily: false },
];

/** Supported by Polytomic, but with another envelope (`{result, error}`) that the sandbox does not speak. */
const REFUSED = "2021-05-23";

/** The rules of the version that the request names, or why there are none. */
export function versionOf(header: string | undefined): VersionRules | string {
  if (header === undefined || header === "") return LATEST;
  const rules = VERSIONS.find((rules) => rules.version === header);
  if (rules !== undefined) return rules;
  const supported = VERSIONS.map((rules) => rules.version).join(", ");
  if (header === REFUSED) {
    return `version ${REFUSED} has another envelope, which this sandbox does not speak; use one of ${supported}`;
  }
  return `unsupported X-Polytomic-Version; use one of ${supported}`;
}
