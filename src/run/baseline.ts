/** Saved plans and audit logs (`--since`) → the earlier state of Polytomic. */
import { Failure } from "../model/failure.ts";
import { type Baseline, planBaseline, addRecorded } from "../plan/drift.ts";
import { isAuditLog, readRecorded } from "../plan/audit-log-reader.ts";
import { readSavedPlan } from "../plan/read-saved-plan.ts";

/** Null without files. Later files override earlier ones. */
export async function readBaseline(
  files: readonly string[],
  url: string,
  read: (file: string) => Promise<string>,
): Promise<Baseline | null> {
  if (files.length === 0) return null;
  let baseline: Baseline = new Map();
  for (const file of files) {
    const text = await read(file);
    if (isAuditLog(text)) baseline = addRecorded(baseline, readRecorded(text, file, url));
    else baseline = new Map([...baseline, ...planAt(text, file, url)]);
  }
  return baseline;
}

function planAt(text: string, file: string, url: string): Baseline {
  const plan = readSavedPlan(text, file, "a saved plan or an audit log");
  if (plan.url === url) return planBaseline(plan);
  throw new Failure(`${file} was made for ${plan.url}, but this run is for ${url}`, {
    hint: "set --since to a plan that was made for this address",
  });
}
