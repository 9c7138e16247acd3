/** `report`: who has access now, where each grant comes from, and when it ends. Reads only. */
import { connect } from "./connection.ts";
import type { ConnectionFlags, FileFlags, GlobalFlags, OutputFlags, ScopeFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { noOverrides } from "../plan/guards.ts";
import { formatFailure } from "../output/problems.ts";
import { Failure } from "../model/failure.ts";
import { accessReport } from "../report/access.ts";
import { planFromFiles } from "../run/plan.ts";
import { readRequest } from "./plan.ts";
import { checkOutputs, inputFiles } from "./files.ts";
import { writeResults } from "./results.ts";
import { textStyle } from "./show-plan.ts";
import { showProblems } from "./show-problems.ts";

export type ReportFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags &
  Omit<ScopeFlags, "only"> &
  Omit<OutputFlags, "diff">;

export async function report(
  io: Io,
  paths: readonly string[],
  flags: ReportFlags,
): Promise<ExitCode> {
  await checkOutputs(io, flags.output, inputFiles(paths));
  const run = await planFromFiles(connect(io, flags), {
    ...readRequest(io, paths, flags),
    only: [],
    overrides: noOverrides,
    withAccess: true,
  });
  if (io.interrupt.aborted) return EXIT.interrupted;
  await showProblems(io, run.problems, flags);
  const tables = run.access;
  const access = accessReport(tables);
  await writeResults(io, flags.output, {
    text: async (file) =>
      (await import("../output/text.ts")).renderReportText(access, textStyle(io, flags, file)),
    json: async () => (await import("../output/json.ts")).renderReportJson(tables),
    markdown: async () =>
      (await import("../output/markdown.ts")).renderReportMarkdown(access, {
        limit: flags.markdownLimit,
      }),
    html: async () => (await import("../output/html.ts")).renderReportHtml(access, tables),
    csv: async () => (await import("../output/csv.ts")).renderReportCsv(tables),
  });
  for (const { source, message } of run.plan.failed) {
    await print(io.stderr, `${formatFailure(new Failure(`${source}: ${message}`))}\n`);
  }
  return run.plan.failed.length > 0 ? EXIT.failed : EXIT.done;
}
