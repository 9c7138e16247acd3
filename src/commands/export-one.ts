/** One organization as it is now → the text of a new file. */
import { checkEmptyPlan } from "../export/check.ts";
import { INSTALLED_SCHEMA, type NewFile, newFile } from "../export/document.ts";
import type { CurrentState } from "../model/current.ts";
import type { Day } from "../model/desired.ts";
import type { ConnectionFlags, FileFlags, GlobalFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { asOfDay } from "./plan.ts";

export type ExportFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags & {
    readonly organization: readonly string[];
    readonly asOf: Day | null;
    /** The file to bring up to date, or null: a new one to stdout. */
    readonly into: string | null;
    readonly all: boolean;
    /** With `all`: the folder of the files. */
    readonly dir: string | null;
    readonly force: boolean;
    readonly ignore: readonly string[];
  };

/** The text of a new file, proved. Throws `Failure` where there can be none. */
export async function exportOne(
  io: Io,
  state: CurrentState,
  { ignore, asOf }: Pick<ExportFlags, "ignore" | "asOf">,
  schema = INSTALLED_SCHEMA,
): Promise<NewFile> {
  const file = newFile(state, { ignore, schema });
  await checkEmptyPlan(file.text, state, {
    folder: io.cwd,
    root: null,
    asOf: asOfDay(asOf, io),
    shown: "the export",
  });
  return file;
}
