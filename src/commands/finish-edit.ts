/** Shared by the commands that edit files: shows the diff and writes the files if the result is valid. */
import { createTwoFilesPatch } from "diff";
import { type Edited, replaceFiles } from "../edit/files.ts";
import type { Workspace } from "../edit/workspace.ts";
import type { Day } from "../model/days.ts";
import { InvalidFiles } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import { paint } from "../output/text/style.ts";
import type { GlobalFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io, isColored, print } from "./io.ts";
import { shellCommand } from "./next.ts";
import { writeWhole } from "./files.ts";
import { showProblems } from "./show-problems.ts";

export interface EditFlags extends GlobalFlags {
  readonly file: readonly string[];
  readonly root: string | null;
  readonly dryRun: boolean;
}

/** `notes`: what was done, or why nothing was. */
export async function finishEdit(
  io: Io,
  workspace: Workspace,
  notes: readonly string[],
  { dryRun, quiet, color }: Pick<EditFlags, "dryRun" | "quiet" | "color">,
  asOf: Day,
): Promise<ExitCode> {
  let edits: readonly Edited[];
  try {
    edits = await workspace.edits(asOf);
  } catch (error) {
    if (!(error instanceof InvalidFiles)) throw error;
    await showProblems(io, error.problems, { color }, { lineAt: error.lineAt });
    const what =
      "Nothing was written: the edit would make the files invalid (line numbers refer to the edited files).";
    await print(io.stderr, `${what}\n`);
    return EXIT.failed;
  }
  const isColoured = isColored(io, io.stdout, color);
  for (const edit of edits) await print(io.stdout, renderDiff(edit, isColoured));
  if (!dryRun && io.interrupt.aborted) return EXIT.interrupted;
  if (!dryRun) await replaceFiles(edits, writeWhole);
  const paths = edits.map(({ file }) => file.path);
  const ending =
    edits.length === 0
      ? "Nothing to change."
      : dryRun
        ? "Dry run: nothing was written."
        : `Wrote ${paths.join(", ")}. Next: ${shellCommand(["plan", ...workspace.paths])}`;
  const lines = [...notes, ...paths.flatMap((path) => sharedNote(workspace, path)), ending];
  if (!quiet) await print(io.stderr, lines.map((line) => `${plainText(line)}\n`).join(""));
  return EXIT.done;
}

function sharedNote(workspace: Workspace, path: string): readonly string[] {
  const others = workspace.sharing(path);
  return others.length < 2
    ? []
    : [`${path} is included by ${others.length} files: the change applies to all of them`];
}

function renderDiff({ file, text }: Edited, coloured: boolean): string {
  const { good, bad, faint, strong } = paint(coloured);
  const patch = createTwoFilesPatch(file.path, file.path, file.text, text, "", "", { context: 3 });
  const lines = patch.split("\n").filter((line) => !/^(=+$|Index: )/.test(line) && line !== "");
  return lines
    .map((line) => {
      const shown = plainText(line.replace(/\r$/, ""));
      if (/^(---|\+\+\+) /.test(line)) return `${strong(shown.trimEnd())}\n`;
      if (line.startsWith("@@")) return `${faint(shown)}\n`;
      return `${line.startsWith("+") ? good(shown) : line.startsWith("-") ? bad(shown) : shown}\n`;
    })
    .join("");
}
