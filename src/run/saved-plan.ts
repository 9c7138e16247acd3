/** `apply --plan FILE`: a saved plan, checked against the address, the organizations and what is there now. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import pLimit from "p-limit";
import { Failure, Refused } from "../model/failure.ts";
import type { Change, OrganizationPlan, Plan } from "../model/plan.ts";
import { type ApprovedPlan, checkApproved } from "../plan/approved.ts";
import { assemblePlan } from "../plan/assemble.ts";
import type { Overrides } from "../plan/guards.ts";
import { readSavedPlan } from "../plan/saved.ts";
import type { Organization } from "../model/current.ts";
import type { Connection } from "../commands/connection.ts";
import type { ScopeFlags } from "../commands/flags.ts";
import type { Io } from "../commands/io.ts";
import { asOfDay, type PlannedRun, readState } from "./plan.ts";
import { reasonOf } from "../commands/results.ts";
import { ownOrganization } from "./targets.ts";

export interface ApprovedRun extends PlannedRun {
  /** Changes of an approved plan that are so already. */
  readonly already: readonly {
    readonly organization: OrganizationPlan;
    readonly change: Change;
  }[];
  /** What somebody else changed since the plan was saved, outside of it: left alone. */
  readonly drift: readonly string[];
}

export async function readApproved(
  io: Io,
  connection: Connection,
  file: string,
  flags: Overrides & Pick<ScopeFlags, "asOf"> & { readonly concurrency: number },
): Promise<ApprovedRun> {
  const saved = readSavedPlan(await textOf(io, file), file);
  if (saved.url !== connection.url) {
    throw new Refused(`${file} was made for ${saved.url}, and this run is for ${connection.url}`, {
      hint: "apply it at the address it was made for, or make a new plan",
    });
  }
  const caller = connection.ownOrganizationOnly ? await connection.reader.identity() : null;
  const reachable =
    caller === null ? await connection.reader.organizations() : [ownOrganization(caller)];
  refuseUnreachable(saved, reachable, file);
  const limit = pLimit(flags.concurrency);
  const asOf = asOfDay(flags.asOf, io);
  const checked = await Promise.all(
    saved.organizations.map((plan) =>
      limit(async () => {
        const organization =
          reachable.find(({ id }) => id === plan.organization.id) ?? plan.organization;
        const state = await readState({ organization }, { caller }, connection);
        return { ...checkApproved(plan, state, asOf), roles: state.roles };
      }),
    ),
  );
  return {
    plan: approved(saved, checked, flags),
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

/** What is left of the plan, judged again; its digest stays the one that was approved. */
function approved(saved: Plan, checked: readonly ApprovedPlan[], overrides: Overrides): Plan {
  const plans = checked.map(({ plan }) => plan);
  return { ...assemblePlan(saved.url, plans, [], overrides), digest: saved.digest };
}

function refuseUnreachable(saved: Plan, reachable: readonly Organization[], file: string): void {
  const ids = new Set(reachable.map(({ id }) => id));
  const missing = saved.organizations.filter(({ organization }) => !ids.has(organization.id));
  const [first] = missing;
  if (first === undefined) return;
  throw new Refused(
    `${file} is for ${first.organization.name} (${first.organization.id})${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}, which this credential does not reach`,
    {
      hint: "use the credential that the plan was made with; if the organization is gone, make a new plan",
    },
  );
}

async function textOf(io: Io, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), "utf8");
  } catch (cause) {
    throw new Failure(`could not read the plan ${file}: ${reasonOf(cause)}`, {
      hint: "a plan is saved with: polytomic-users plan --output json=plan.json",
      cause,
    });
  }
}
