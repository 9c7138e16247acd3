/** `--since FILE`: saved plans and audit logs → what Polytomic was like earlier. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../model/failure.ts";
import { type Baseline, baselineOfPlan, withRecorded } from "../plan/drift.ts";
import { isAuditLog, readRecorded } from "../plan/recorded.ts";
import { readSavedPlan } from "../plan/saved.ts";
import type { Io } from "../commands/io.ts";
import { reasonOf } from "../commands/results.ts";

/** Null without files. What a later file says takes the place of what an earlier one does. */
export async function readBaseline(
  io: Io,
  files: readonly string[],
  url: string,
): Promise<Baseline | null> {
  if (files.length === 0) return null;
  let baseline: Baseline = new Map();
  for (const file of files) {
    const text = await textOf(io, file);
    if (isAuditLog(text)) baseline = withRecorded(baseline, readRecorded(text, file, url));
    else baseline = new Map([...baseline, ...planAt(text, file, url)]);
  }
  return baseline;
}

function planAt(text: string, file: string, url: string): Baseline {
  const plan = readSavedPlan(text, file);
  if (plan.url === url) return baselineOfPlan(plan);
  throw new Failure(`${file} was made for ${plan.url}, and this run is for ${url}`, {
    hint: "give --since a plan that was made at this address",
  });
}

async function textOf(io: Io, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), "utf8");
  } catch (cause) {
    throw new Failure(`could not read ${file}: ${reasonOf(cause)}`, {
      hint: "--since takes a plan saved with --output json=FILE, or an audit log",
      cause,
    });
  }
}
