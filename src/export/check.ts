/** Checks an export: its text is loaded as a file, and its plan against the current state must be empty. */
import { type LoadContext, loadFiles } from "../config/load.ts";
import type { CurrentState } from "../model/current.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { problemText, type Problem } from "../model/problem.ts";
import { planOrganization } from "../plan/make-plan.ts";
import { type NewFile, newFile, type NewFileOptions } from "./new-file.ts";
import { listed } from "./users.ts";

export interface CheckContext {
  readonly asOf: Day;
  /** The file, as messages name it. */
  readonly shown: string;
}

/** `load` reads the new text. Throws `Failure` with what is still different. */
export async function checkEmptyPlan(
  load: () => Promise<readonly DesiredOrganization[]>,
  state: CurrentState,
  { asOf, shown }: CheckContext,
): Promise<void> {
  const refused = (differences: readonly string[]): Failure =>
    new Failure(
      `${shown} was not written, because its plan would not be empty: ${listed(differences)}`,
      { hint: "edit the file by hand; plan shows what differs" },
    );
  const [desired] = await load().catch((error: unknown) => {
    throw error instanceof InvalidFiles ? refused(error.problems.map(problemLine)) : error;
  });
  if (desired === undefined) throw new Error("an exported file described no organization");
  const planned = planOrganization(desired, state, { asOf, only: null });
  if (planned.kind === "problems") throw refused(planned.problems.map(problemLine));
  if (planned.plan.changes.length > 0) {
    throw refused(
      planned.plan.changes.map(
        ({ email, action }) => `${email} would still be changed (${action})`,
      ),
    );
  }
}

/** The text of a new file in this folder, proved. Throws `Failure` where there can be none. */
export async function checkedNewFile(
  state: CurrentState,
  options: NewFileOptions & { readonly folder: string; readonly asOf: Day },
): Promise<NewFile> {
  const file = newFile(state, options);
  const load = (): ReturnType<typeof loadText> => loadText(file.text, options.folder);
  await checkEmptyPlan(load, state, { asOf: options.asOf, shown: "the export" });
  return file;
}

/** Reads a text that is no file yet, as if it were one in the folder. */
export function loadText(text: string, folder: string): Promise<readonly DesiredOrganization[]> {
  const context: LoadContext = {
    cwd: folder,
    root: null,
    readStdin: () => Promise.resolve(Buffer.from(text)),
  };
  return loadFiles(["-"], context);
}

function problemLine(problem: Problem): string {
  return `line ${problem.place.line}: ${problem.code}: ${problemText(problem)}`;
}
