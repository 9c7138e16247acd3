/** A readable trace of a seed: its scenario, and how each run ended. */
import { differenceText, violationText } from "../../src/model/plan-words.ts";
import type { DrawnOrganization } from "./organization.ts";
import type { RunRecord } from "./program.ts";
import type { Scenario } from "./scenario.ts";

export function introduction(scenario: Scenario): readonly string[] {
  const { settings, credential, apiVersion, minAdmins, concurrency, maxRate, timeoutMs } = scenario;
  const faults = (settings.faults ?? []).map(({ kind, when, ms }) =>
    "probability" in when ? `${kind} ${Math.round(when.probability * 100)} % (${ms} ms)` : kind,
  );
  return [
    `seed ${scenario.seed}: ${credential.kind} key, version ${apiVersion ?? "by default"}, min-admins ${minAdmins ?? "by policy"}`,
    `  concurrency ${concurrency}, max-rate ${maxRate}, time-out ${timeoutMs} ms, latency ${settings.latencyMs} + ${settings.jitterMs} ms, duplicates ${settings.duplicates}`,
    `  faults: ${faults.join(", ") || "none"}; refused connections ${scenario.refusedPercent} %`,
    `  limit: ${JSON.stringify(settings.limit)}`,
    `  dialects: ${[...(settings.dialects ?? [])].join(", ") || "none"}`,
    ...scenario.organizations.flatMap(organizationLines),
  ];
}

function organizationLines({ current, desired }: DrawnOrganization): readonly string[] {
  const { create, unmanaged, onRemoval, ignore, minAdmins } = desired.policy;
  const leaving = onRemoval === "remove" ? "remove" : `demote to ${onRemoval.demoteTo}`;
  const kept = desired.policy.protected.join(", ") || "nobody";
  return [
    `  ${current.name}: create ${create}, unmanaged ${unmanaged}, on_removal ${leaving}, ignore ${ignore.join(", ") || "nobody"}, protected ${kept}, min_admins ${minAdmins}`,
    ...current.users.map(
      ({ email, id, role_ids }) => `    has   ${email} ${id}: ${role_ids.join(", ")}`,
    ),
    ...desired.users.map(({ email, previously, expires, grants }) => {
      const roles = grants.map((grant) =>
        grant.expires === null ? grant.role : `${grant.role} until ${grant.expires}`,
      );
      const ends = expires === null ? "" : ` until ${expires}`;
      return `    wants ${email}: ${roles.join(", ")}${ends}${previously === null ? "" : `, previously ${previously.value}`}`;
    }),
  ];
}

export function endOf({ end, plan }: RunRecord): readonly string[] {
  if (end === null) return ["  never ended"];
  switch (end.kind) {
    case "applied": {
      const { organizations, interrupted, halted } = end.result;
      return [
        `  ended${interrupted ? ", interrupted" : ""}${halted === null ? "" : `, halted: ${halted}`}`,
        ...organizations.flatMap(({ organization, results, verified, differences }) => [
          `  ${organization.name}: verified ${verified}`,
          ...results.map(
            ({ change, outcome, error }) =>
              `    ${change.action} ${change.email}: ${outcome}${error === null ? "" : `: ${error}`}`,
          ),
          ...differences.map(
            (one) =>
              `    ${one.foreign ? "changed by others" : "unlike the plan"}: ${one.email} ${differenceText(one)}`,
          ),
        ]),
      ];
    }
    case "failed":
      return [`  failed: ${end.message}`];
    case "refused":
      return (plan?.organizations ?? []).flatMap(({ violations }) =>
        violations.map((one) => `  refused by ${one.guard}: ${violationText(one)}`),
      );
    case "planned":
    case "killed":
      return [`  ${end.kind}`];
  }
}
