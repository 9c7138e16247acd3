/** For GitHub Actions: annotations on the lines of the files, and the outputs of the step. */
import type { OrganizationPlan, Plan } from "../model/plan.ts";
import { problemText, type Problem } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { findingText } from "../model/rule-words.ts";
import { violationText } from "../model/plan-words.ts";
import { summaryOf } from "../plan/plan-document.ts";
import { gainsAdmin } from "../plan/order.ts";
import { workflowCommandProperty, workflowCommandValue, workflowOutput } from "./escape.ts";

type Level = "error" | "warning" | "notice";

/**
 * One workflow command a line: problems, organizations that failed and violations of guards as errors, gained
 * admin rights as warnings. GitHub shows the first ten of each, so what matters most comes first.
 */
export function annotations(
  problems: readonly Problem[],
  plan: Plan | null,
  level: "error" | "warning" = "error",
): string {
  const lines = [
    ...problems.map((problem) => command(level, problem.place, problem.code, problemText(problem))),
    ...(plan === null ? [] : planAnnotations(plan)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function planAnnotations({ organizations, failed }: Plan): readonly string[] {
  return [
    ...failed.map(({ source, organization, message }) =>
      command("error", top(source), `${organization ?? source} could not be planned`, message),
    ),
    ...organizations.flatMap(violations),
    ...organizations.flatMap(gainedAdmin),
    ...organizations.flatMap(warnings),
  ];
}

function warnings({ organization, ruleFindings }: OrganizationPlan): readonly string[] {
  return ruleFindings
    .filter(({ level }) => level === "warning")
    .map((finding) =>
      command("warning", finding.place, `rule (${organization.name})`, findingText(finding)),
    );
}

function violations(plan: OrganizationPlan): readonly string[] {
  const { source, organization, violations } = plan;
  return violations.map((one) =>
    command(
      "error",
      one.place ?? top(source),
      `${one.guard} (${organization.name})`,
      violationText(one),
    ),
  );
}

function gainedAdmin({ changes, guardInputs, organization }: OrganizationPlan): readonly string[] {
  const { adminRole } = guardInputs;
  return changes
    .filter((change) => gainsAdmin(change, adminRole))
    .flatMap(({ email, source }) => {
      const message = `${email} gains ${adminRole.name} in ${organization.name}`;
      return source === null
        ? []
        : [command("warning", source, `Gains ${adminRole.name}`, message)];
    });
}

/** The first line of a file. */
function top(path: string): Place {
  return { path, line: 1, column: 1 };
}

function command(level: Level, { path, line, column }: Place, title: string, text: string): string {
  const place =
    path === "-" ? [] : [`file=${workflowCommandProperty(path)}`, `line=${line}`, `col=${column}`];
  const properties = [...place, `title=${workflowCommandProperty(title)}`].join(",");
  return `::${level} ${properties}::${workflowCommandValue(text)}`;
}

/** What to append to `$GITHUB_OUTPUT`. The delimiter is random, so that no value can contain it. */
export function githubOutputs(plan: Plan, exitCode: number, delimiter: string): string {
  const { create, update, remove, gains_admin } = summaryOf(plan.organizations);
  const outputs: Readonly<Record<string, string | number>> = {
    changes: create + update + remove,
    create,
    update,
    remove,
    gains_admin,
    digest: plan.digest ?? "",
    exitcode: exitCode,
  };
  return Object.entries(outputs)
    .map(([name, value]) => workflowOutput(name, String(value), delimiter))
    .join("");
}
