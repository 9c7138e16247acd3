/** Reads a saved plan for `apply --plan`, and warns if its files no longer grant what it grants. */
import { resolve } from "node:path";
import { isInside } from "../config/include-root.ts";
import { loadFiles } from "../config/load.ts";
import type { Day } from "../model/days.ts";
import type { OrganizationPlan, Plan } from "../model/plan.ts";
import { counted, listed } from "../model/text.ts";
import { plainText } from "../output/escape.ts";
import { findWithdrawn, type Withdrawn } from "../plan/approved-plan.ts";
import type { Connection } from "../run/connection.ts";
import type { PlannedRun } from "../run/plan.ts";
import { planFromSaved } from "../run/saved-plan.ts";
import { readInput } from "./files.ts";
import { asOfDay, type Io, print } from "./io.ts";
import type { PlanFlags } from "./plan.ts";
import type { ReadProgress } from "./show-waiting.ts";

const MOST_WARNINGS = 5;

/** What is left of the saved plan at `flags.plan`. */
export async function readPlan(
  io: Io,
  connection: Connection,
  flags: PlanFlags & { readonly plan: string },
  { onRead, end }: ReadProgress,
): Promise<PlannedRun> {
  const asOf = asOfDay(flags.asOf, io);
  const hint = "a plan is saved with: polytomic-users plan --output json=plan.json";
  const run = await planFromSaved(connection, {
    text: await readInput(io, flags.plan, `the plan ${flags.plan}`, hint),
    file: flags.plan,
    asOf,
    overrides: flags,
    concurrency: flags.concurrency,
    onRead,
  }).finally(end);
  if (!flags.quiet) await warn(io, await withdrawnIn(io, run.plan, asOf, flags.root));
  return run;
}

/** What the plan gives and its files, where they are in the working directory, do not grant. */
async function withdrawnIn(
  io: Io,
  { organizations }: Plan,
  asOf: Day,
  root: string | null,
): Promise<readonly Withdrawn[]> {
  const withdrawn: Withdrawn[] = [];
  for (const planned of organizations.filter(({ changes }) => changes.length > 0)) {
    for (const desired of await filesOf(io, planned, root)) {
      if (desired.source === planned.source)
        withdrawn.push(...findWithdrawn(planned, desired, asOf));
    }
  }
  return withdrawn;
}

async function filesOf(
  { cwd }: Io,
  { source }: OrganizationPlan,
  root: string | null,
): ReturnType<typeof loadFiles> {
  if (!isInside(resolve(cwd, source), cwd)) return [];
  return loadFiles([source], { cwd, root }).catch(() => []); // not there, or not valid any more
}

async function warn(io: Io, withdrawn: readonly Withdrawn[]): Promise<void> {
  if (withdrawn.length === 0) return;
  const lines = withdrawn.slice(0, MOST_WARNINGS).map(({ source, email, roles }) => {
    const names = listed(roles.map(({ name }) => name));
    return `${source} does not grant ${email} ${names}, which this saved plan would grant`;
  });
  const more = withdrawn.length - lines.length;
  if (more > 0) lines.push(`and ${counted(more, "more user")}`);
  const hint =
    "hint: the files have changed since the plan was saved; unless this is intended, make a new plan\n";
  await print(io.stderr, [...lines.map((line) => `warning: ${plainText(line)}\n`), hint].join(""));
}
