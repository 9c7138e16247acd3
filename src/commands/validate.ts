/** `validate`: checks the files offline. No credential, no network. */
import { loadFiles } from "../config/load.ts";
import { InvalidFiles } from "../model/failure.ts";
import type { Problem } from "../model/problem.ts";
import { counted } from "../model/words.ts";
import type { FileFlags, GlobalFlags, OutputFlags } from "./flags.ts";
import { annotateProblems } from "./github.ts";
import { EXIT, type ExitCode, type Io, print, readAll } from "./io.ts";
import { writeResults } from "./results.ts";

export type ValidateFlags = GlobalFlags & FileFlags & Pick<OutputFlags, "output">;

export async function validate(
  io: Io,
  paths: readonly string[],
  flags: ValidateFlags,
): Promise<ExitCode> {
  const context = { cwd: io.cwd, root: flags.root, readStdin: () => readAll(io) };
  try {
    const organizations = await loadFiles(paths, context);
    const people = organizations.reduce((sum, { users }) => sum + users.length, 0);
    const summary = `Valid: ${counted(organizations.length, "organization")}, ${counted(people, "person", "people")}.\n`;
    await writeResults(io, flags.output, {
      text: async () => (flags.quiet ? "" : summary),
      json: () => problemsJson([]),
    });
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof InvalidFiles)) throw error;
    const { problems } = error;
    const { formatProblem } = await import("../output/problems.ts");
    await annotateProblems(io, problems);
    await writeResults(io, flags.output, {
      text: async () => "",
      json: () => problemsJson(problems),
    });
    await print(
      io.stderr,
      `${problems.map((one) => `${formatProblem(one)}\n`).join("")}${error.message}\n`,
    );
    return EXIT.failed;
  }
}

async function problemsJson(problems: readonly Problem[]): Promise<string> {
  return (await import("../output/json.ts")).renderProblemsJson(problems);
}
