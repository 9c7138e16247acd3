/** `explain EMAIL`: shows why a user has each role, since when, and by which commit. Only reads. */
import { explainUser } from "../run/explain.ts";
import { plainText } from "../output/escape.ts";
import { connect } from "./connection.ts";
import { checkOutputs, inputFiles, writeResults } from "./files.ts";
import type { ConnectionFlags, FileFlags, GlobalFlags, OutputFlags, ScopeFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { textStyle } from "./show-plan.ts";
import { loadFor, showProblems } from "./show-problems.ts";

export type ExplainFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags &
  Pick<ScopeFlags, "organization" | "asOf"> &
  Pick<OutputFlags, "output"> & {
    /** From the files and git alone. */
    readonly offline: boolean;
    readonly history: boolean;
  };

export async function explain(
  io: Io,
  email: string,
  paths: readonly string[],
  flags: ExplainFlags,
): Promise<ExitCode> {
  await checkOutputs(io, flags.output, inputFiles(paths));
  const connection = flags.offline ? null : connect(io, flags);
  const { cwd, env } = io;
  const explanation = await explainUser(connection, {
    email,
    desired: await loadFor(io, paths, flags.root),
    scope: { organization: flags.organization, shard: null },
    asOf: asOfDay(flags.asOf, io),
    withHistory: flags.history,
    concurrency: flags.concurrency,
    cwd,
    env,
  });
  if (io.interrupt.aborted) return EXIT.interrupted;
  await showProblems(io, explanation.problems, flags);
  await writeResults(io, flags, {
    text: async (file) => {
      const { renderExplanationText } = await import("../output/text/explanation.ts");
      const style = textStyle(io, flags, file);
      return renderExplanationText(explanation, { ...style, offline: flags.offline });
    },
    json: async () => (await import("../output/json.ts")).renderExplanationJson(explanation),
  });
  if (explanation.near !== null && !flags.quiet) {
    await print(io.stderr, `Did you mean ${plainText(explanation.near)}?\n`);
  }
  if (explanation.failed.length > 0) return EXIT.failed;
  const known = explanation.organizations.some(({ roles }) =>
    roles.some(({ since }) => since !== null),
  );
  const offline = flags.offline ? ["--offline"] : [];
  const history = shellCommand(["explain", email, ...paths, ...offline, "--history"]);
  await printNext(io, flags, known && !flags.history ? history : null);
  return EXIT.done;
}
