/** `validate`: checks the files and the rules offline, without a credential. */
import { checkFiles } from "../plan/check-files.ts";
import { checkOutputs, inputFiles, writeResults } from "./files.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import { InvalidFiles } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import type { FileFlags, GlobalFlags, OutputFlags, ScopeFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { loadFor, showProblems } from "./show-problems.ts";

export type ValidateFlags = GlobalFlags &
  FileFlags &
  Pick<OutputFlags, "output"> &
  Pick<ScopeFlags, "asOf">;

export async function validate(
  io: Io,
  paths: readonly string[],
  flags: ValidateFlags,
): Promise<ExitCode> {
  await checkOutputs(io, flags.output, inputFiles(paths));
  const organizations = await loaded(io, paths, flags);
  const { problems, warnings } =
    organizations instanceof InvalidFiles
      ? { problems: organizations.problems, warnings: [] }
      : checkFiles(organizations, asOfDay(flags.asOf, io));
  const isValid = problems.length === 0;
  await writeResults(io, flags, {
    text: async () =>
      flags.quiet || organizations instanceof InvalidFiles || !isValid
        ? ""
        : summary(organizations),
    json: async () => (await import("../output/json.ts")).renderProblemsJson(problems, warnings),
  });
  await showProblems(io, problems, flags);
  if (!flags.quiet) await showProblems(io, warnings, flags, { level: "warning" });
  if (!isValid) await print(io.stderr, `${counted(problems.length, "problem")} in the files\n`);
  const next = isValid && !paths.includes("-") ? shellCommand(["plan", ...paths]) : null;
  await printNext(io, flags, next);
  return isValid ? EXIT.done : EXIT.failed;
}

async function loaded(
  io: Io,
  paths: readonly string[],
  { root }: FileFlags,
): Promise<readonly DesiredOrganization[] | InvalidFiles> {
  try {
    return await loadFor(io, paths, root);
  } catch (error) {
    if (error instanceof InvalidFiles) return error;
    throw error;
  }
}

function summary(organizations: readonly DesiredOrganization[]): string {
  const users = organizations.reduce((sum, one) => sum + one.users.length, 0);
  return `Valid: ${counted(organizations.length, "organization")}, ${counted(users, "user")}.\nRole names are checked by plan, which reads them from Polytomic.\n`;
}
