/** The proof of an export: its text is read as any file is, and planned against what it was made from. */
import { loadFiles } from "../config/load.ts";
import type { CurrentState } from "../model/current.ts";
import type { Day } from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import type { Change } from "../model/plan.ts";
import type { Problem } from "../model/problem.ts";
import { planOrganization } from "../plan/organization.ts";
import { listed } from "./people.ts";

export interface CheckContext {
  /** The folder that the file is in, absolute: its includes are seen from there. */
  readonly folder: string;
  /** The folder that includes may not leave; null finds it as for any file. */
  readonly root: string | null;
  readonly asOf: Day;
  /** The file, as messages name it. */
  readonly shown: string;
}

/** Throws `Failure` with what is still different. */
export async function checkEmptyPlan(
  text: string,
  state: CurrentState,
  context: CheckContext,
): Promise<void> {
  const [desired] = await load(text, context);
  if (desired === undefined) throw new Error("an exported file described no organization");
  const planned = planOrganization(desired, state, { asOf: context.asOf, only: null });
  if (planned.kind === "problems") throw refused(context, planned.problems.map(problemLine));
  if (planned.plan.changes.length > 0) {
    throw refused(context, planned.plan.changes.map(changeLine));
  }
}

async function load(text: string, context: CheckContext): ReturnType<typeof loadFiles> {
  try {
    return await loadFiles(["-"], {
      cwd: context.folder,
      root: context.root,
      readStdin: () => Promise.resolve(text),
    });
  } catch (error) {
    if (error instanceof InvalidFiles) throw refused(context, error.problems.map(problemLine));
    throw error;
  }
}

function refused({ shown }: CheckContext, differences: readonly string[]): Failure {
  return new Failure(
    `${shown} is not written, because it would not say what is there: ${listed(differences)}`,
    { hint: "change the file by hand, with what plan says of it" },
  );
}

function problemLine({ place, code, message }: Problem): string {
  return `line ${place.line}: ${code}: ${message}`;
}

function changeLine({ action, email }: Change): string {
  return `${email} would still be a change (${action})`;
}
