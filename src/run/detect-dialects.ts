/** `doctor`: finds the dialects of the API that the responses follow. */
import { type Check, check } from "../model/doctor.ts";
import { emailKey } from "../model/desired.ts";
import type { ApiResponse } from "../polytomic/transport.ts";
import type { Connection } from "./connection.ts";

/** One response, and how long it took. */
export interface Heard {
  readonly path: string;
  readonly response: ApiResponse;
  readonly ms: number;
  /** The server's clock beside this machine's, in milliseconds; null where the answer has no date. */
  readonly ahead: number | null;
}

/** The readings of docs/fidelity.md that the answers show. Statuses of writes show only in an apply. */
export function findDialects(
  { session }: Connection,
  heard: readonly Heard[],
  checks: readonly Check[],
): readonly Check[] {
  if (heard.length === 0 || !checks.some(({ id }) => id === "users")) return [];
  const statusOf = (path: string): number | undefined =>
    heard.findLast((one) => one.path.startsWith(path))?.response.status;
  const roles = statusOf("/api/permissions/roles");
  const users = heard.findLast(
    ({ path, response }) => path.endsWith("/users") && response.status === 200,
  );
  const list = listIn(users?.response.body);
  const rows = list ?? [];
  const has = (test: (user: Readonly<Record<string, unknown>>) => boolean): boolean =>
    rows.some(test);
  const partner = session.credential.kind !== "api";
  const identity = checks.find(({ id }) => id === "identity");
  const answered = heard.at(-1)?.response.headers["x-polytomic-version"];
  const found: readonly (readonly [name: string, shown: boolean])[] = [
    [partner ? `partner-roles-${roles}` : "roles-refused", roles !== undefined && roles >= 400],
    ["identity-refused", statusOf("/api/me") !== 200],
    [
      "identity-without-organization",
      identity?.status === "ok" &&
        !partner &&
        statusOf("/api/organization") !== undefined &&
        heard.some(({ path }) => path === "/api/organization"),
    ],
    [
      "no-current-organization",
      heard.some(({ path, response }) => path === "/api/organization" && response.status === 404),
    ],
    ["partner-users-by-basic", session.learned.usersByBasic === true],
    ["newest-version-only", answered !== undefined && answered !== session.version.name],
    ["version-header-missing", answered === undefined],
    ["email-case-kept", has(({ email }) => typeof email === "string" && email !== emailKey(email))],
    ["organization-id-missing", has((user) => !("organization_id" in user))],
    ["role-ids-missing", has((user) => !("role_ids" in user))],
    ["role-ids-null", has(({ role_ids: ids }) => ids === null)],
    ["role-ids-empty", has(({ role_ids: ids }) => Array.isArray(ids) && ids.length === 0)],
    ["legacy-role-missing", has((user) => !("role" in user))],
    ["legacy-role-user", has(({ role }) => role === "user")],
    ["extra-fields", has((user) => Object.keys(user).some((key) => !USER_FIELDS.includes(key)))],
    ["empty-list", list !== null && list.length === 0],
  ];
  const names = found.flatMap(([name, shown]) => (shown ? [name] : []));
  return [
    check(
      "dialects",
      "ok",
      names.length === 0
        ? "none detected; some can be detected only during an apply"
        : names.join(", "),
      names.length === 0 ? null : "docs/fidelity.md explains each; sandbox --dialect follows them",
    ),
  ];
}

const USER_FIELDS = ["id", "email", "organization_id", "role", "role_ids"];

function listIn(body: unknown): readonly Readonly<Record<string, unknown>>[] | null {
  if (typeof body !== "object" || body === null || !("data" in body) || !Array.isArray(body.data))
    return null;
  return body.data.filter(
    (one): one is Readonly<Record<string, unknown>> => typeof one === "object" && one !== null,
  );
}
