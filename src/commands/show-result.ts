/** Writes the result of an apply to stdout, files and GitHub Actions. */
import type { Origin } from "../model/access.ts";
import type { ApplyResult, Difference } from "../model/result.ts";
import { differenceText } from "../model/plan-words.ts";
import type { Report } from "../report/report.ts";
import { plainText } from "../output/escape.ts";
import type { ApplyFlags } from "./apply.ts";
import type { PlannedRun } from "../run/plan.ts";
import { reportToActions } from "./github.ts";
import { type ExitCode, type Io, print } from "./io.ts";
import { type Renderers, writeResults } from "./files.ts";
import { artifactOf, textStyle, writesPage } from "./show-plan.ts";

export async function showResult(
  io: Io,
  result: ApplyResult,
  { drift, access, origin }: Pick<PlannedRun, "drift" | "access"> & { readonly origin: Origin },
  flags: ApplyFlags,
  exitCode: ExitCode,
): Promise<void> {
  let made: Report | null = null;
  const report = async (): Promise<Report> =>
    (made ??= (await import("../report/apply.ts")).applyReport(result, origin));
  const renderers: Renderers = {
    text: async (file) =>
      (await import("../output/text.ts")).renderText(await report(), {
        ...textStyle(io, flags, file),
        command: null,
        page: writesPage(flags),
      }),
    json: async () => (await import("../output/json.ts")).renderApplyJson(result, origin),
    markdown: async () =>
      (await import("../output/markdown.ts")).renderMarkdown(await report(), {
        limit: flags.markdownLimit,
        command: null,
        merge: false,
        artifact: artifactOf(flags),
      }),
    html: async () =>
      (await import("../output/html.ts")).renderApplyHtml(await report(), result, access),
    gitlab: async () => (await import("../output/gitlab.ts")).renderGitlab(result.plan),
  };
  await writeResults(io, flags, renderers);
  await showNotes(io, { drift, already: [] }, flags);
  await reportToActions(io, result.plan, exitCode, renderers["markdown"] ?? null);
}

/** Notes on changes already made and on drift since the plan; on stderr, not with `--quiet`. */
export async function showNotes(
  io: Io,
  { drift, already }: Pick<PlannedRun, "drift" | "already">,
  { quiet }: Pick<ApplyFlags, "quiet">,
): Promise<void> {
  if (quiet) return;
  const done = already.map(
    ({ change }) => `note: ${plainText(change.email)} is already up to date\n`,
  );
  await print(io.stderr, [...done, ...drift.map(driftLine)].join(""));
}

function driftLine(difference: Difference): string {
  const what = `${difference.email} ${differenceText(difference, "since the plan was made")}`;
  return `note: ${plainText(what)}; not part of the plan, left unchanged\n`;
}
