/** A saved plan, checked against the address, the organizations and the current state → the changes left to apply. */
import type { Identity, Organization } from "../model/current.ts";
import type { Day } from "../model/days.ts";
import { Refused } from "../model/failure.ts";
import type { FailedOrganization, Plan } from "../model/plan.ts";
import { type ApprovedPlan, checkApproved, listPlannedRoles } from "../plan/approved-plan.ts";
import { assemblePlan } from "../plan/make-plan.ts";
import type { Overrides } from "../plan/guards.ts";
import { knownRoles } from "../plan/roles.ts";
import { readSavedPlan } from "../plan/read-saved-plan.ts";
import { type Connection, readCaller } from "./connection.ts";
import type { PlannedRun } from "./plan.ts";
import { both, prefetchOwn, readEach } from "./state.ts";

export interface SavedPlanRequest {
  readonly text: string;
  /** The file's name, for the messages. */
  readonly file: string;
  readonly asOf: Day;
  readonly overrides: Overrides;
  /** Organizations read at once. */
  readonly concurrency: number;
  /** Called for each organization that has been read. */
  readonly onRead?: (done: number, total: number) => void;
}

export async function planFromSaved(
  connection: Connection,
  { text, file, asOf, overrides, concurrency, onRead }: SavedPlanRequest,
): Promise<PlannedRun> {
  const saved = readSavedPlan(text, file);
  if (saved.url !== connection.url) {
    throw new Refused(`${file} was made for ${saved.url}, but this run is for ${connection.url}`, {
      hint: "apply it at the address that it was made for, or make a new plan",
    });
  }
  // Nothing is read for a plan of failed organizations alone: nobody would wait for the responses.
  const own = saved.organizations.length > 0 ? prefetchOwn(connection) : null;
  const caller = await readCaller(connection);
  const reachable = reachableBy(caller, saved, connection).then((organizations) => {
    refuseUnreachable(saved, organizations, file);
    return new Map(organizations.map((one) => [one.id, one]));
  });
  // The saved plan has the ids, so the users and roles are requested together with the organizations.
  const reading = readEach(
    saved.organizations.map((plan) => {
      return { plan, source: plan.source, organization: plan.organization };
    }),
    { connection, caller, own, concurrency, onRead },
    async (read, { plan }) => {
      const organization = (await reachable).get(plan.organization.id) ?? plan.organization;
      const state = { ...read, organization };
      const roles = knownRoles(state, listPlannedRoles(plan));
      return { ...checkApproved(plan, state, asOf), roles };
    },
  );
  const [, { results: checked, failed }] = await both(reachable, reading);
  return {
    plan: remaining(saved, checked, [...saved.failed, ...failed], overrides),
    problems: [],
    access: [],
    roles: new Map(checked.map(({ plan, roles }) => [plan.organization.id, roles])),
    caller,
    already: checked.flatMap(({ plan, already }) =>
      already.map((change) => ({ organization: plan, change })),
    ),
    drift: checked.flatMap(({ drift }) => drift),
  };
}

/** Where Polytomic does not say what an API key's organization is, the service judges each request by its id. */
async function reachableBy(
  caller: Identity | null,
  saved: Plan,
  { reader }: Connection,
): Promise<readonly Organization[]> {
  if (caller === null) return reader.organizations();
  const { organizationId: id, organizationName } = caller;
  if (id === null) return saved.organizations.map(({ organization }) => organization);
  return [{ id, name: organizationName ?? id }];
}

/** What is left of the plan, judged again; its digest stays the one that was approved. */
function remaining(
  saved: Plan,
  checked: readonly ApprovedPlan[],
  failed: readonly FailedOrganization[],
  overrides: Overrides,
): Plan {
  const plans = checked.map(({ plan }) => plan);
  return { ...assemblePlan(saved.url, plans, failed, overrides), digest: saved.digest };
}

function refuseUnreachable(saved: Plan, reachable: readonly Organization[], file: string): void {
  const ids = new Set(reachable.map(({ id }) => id));
  const missing = saved.organizations.filter(({ organization }) => !ids.has(organization.id));
  const [first] = missing;
  if (first === undefined) return;
  throw new Refused(
    `${file} is for ${first.organization.name} (${first.organization.id})${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}, which this key cannot reach`,
    {
      hint: "use the key that the plan was made with; if the organization no longer exists, make a new plan",
    },
  );
}
