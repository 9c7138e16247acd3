/** Files and Polytomic → the worksheet of an access review. Only reads. */
import type { Environment } from "../history/git.ts";
import { readHistories } from "../history/history.ts";
import { type DesiredOrganization, validFiles, emailKey, nameKey } from "../model/desired.ts";
import { type Day, dayOf } from "../model/days.ts";
import type { Since } from "../model/history.ts";
import type { FailedOrganization } from "../model/plan.ts";
import { Failure } from "../model/failure.ts";
import type { Problem } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import type { WorksheetRow } from "../model/worksheet.ts";
import { noOverrides } from "../plan/guards.ts";
import { worksheetRows } from "../plan/worksheet.ts";
import type { Connection } from "./connection.ts";
import { planFromFiles, type PlannedRun, type PlanRequest, unknownAddresses } from "./plan.ts";

export interface ReviewRequest extends Pick<
  PlanRequest,
  "scope" | "asOf" | "concurrency" | "stop"
> {
  readonly desired: readonly DesiredOrganization[];
  /** Only these users and these roles; empty is all. */
  readonly only: readonly string[];
  readonly roles: readonly string[];
  /** Where git looks for the history of the files; null leaves `since` empty. */
  readonly git: { readonly cwd: string; readonly env: Environment } | null;
}

export interface Review {
  readonly rows: readonly WorksheetRow[];
  readonly failed: readonly FailedOrganization[];
  readonly problems: readonly Problem[];
}

export async function readReview(connection: Connection, request: ReviewRequest): Promise<Review> {
  const { desired, asOf, git } = request;
  const run = await planFromFiles(connection, {
    ...request,
    load: () => Promise.resolve(validFiles(desired)),
    only: [],
    overrides: noOverrides,
    withAccess: true,
  });
  const context = { asOf, start: null, within: null, polytomic: () => null };
  const histories =
    git === null ? null : (await readHistories(desired, { ...git, ...context })).organizations;
  const inputs = run.access.flatMap((table) => {
    const one = desired.find(({ source }) => source === table.source);
    const history = histories?.get(table.source);
    const since = (email: string, role: string): string =>
      history === undefined ? "" : worksheetSince(history.since(email, role), asOf);
    return one === undefined ? [] : [{ desired: one, table, asOf, since }];
  });
  const only = new Set(request.only.map(emailKey));
  const roles = new Set(request.roles.map(nameKey));
  const all = worksheetRows(inputs);
  // What one organization that could not be read has is not known.
  if (run.plan.failed.length === 0) {
    refuseUnknownUsers(request, run);
    refuseUnknownRoles(request.roles, all);
  }
  const rows = all.filter(
    ({ email, role, written }) =>
      (only.size === 0 || only.has(email)) &&
      (roles.size === 0 || roles.has(nameKey(role)) || roles.has(nameKey(written))),
  );
  return { rows, failed: run.plan.failed, problems: run.problems };
}

function refuseUnknownUsers({ only, desired }: ReviewRequest, { access }: PlannedRun): void {
  const listed = desired.flatMap(({ users }) => users);
  const known = new Set(
    [...listed, ...access.flatMap(({ users }) => users)].map(({ email }) => emailKey(email)),
  );
  const missing = only.map(emailKey).filter((email) => !known.has(email));
  if (missing.length > 0) throw unknownAddresses(missing, known);
}

function refuseUnknownRoles(names: readonly string[], rows: readonly WorksheetRow[]): void {
  const known = new Map(
    rows.flatMap(({ role, written }) => [role, written].map((name) => [nameKey(name), name])),
  );
  const missing = names.find((name) => !known.has(nameKey(name)));
  if (missing === undefined) return;
  throw new Failure(`no user holds or is granted the role ${JSON.stringify(missing)}`, {
    hint: `roles held or granted: ${[...known.values()].sort(compareText).join(", ")}`,
  });
}

function worksheetSince(since: Since, asOf: Day): string {
  switch (since.kind) {
    case "commit":
    case "shallow": {
      const { time, pullRequest } = since.commit;
      const before = since.kind === "shallow" ? " or earlier" : "";
      return `${dayOf(time)}${before}${pullRequest === null ? "" : ` (${pullRequest.label})`}`;
    }
    case "uncommitted":
      return asOf;
    case "unknown":
      return "";
  }
}
