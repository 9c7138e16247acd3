/** Writes a plan to stdout, files and GitHub Actions. Shared by `plan` and `apply`. */
import type { AccessTable } from "../model/access.ts";
import type { Plan } from "../model/plan.ts";
import type { PlanUse } from "../report/plan.ts";
import type { Report } from "../report/report.ts";
import { planStatus } from "../run/status.ts";
import type { GlobalFlags, OutputFlags } from "./flags.ts";
import { reportToActions } from "./github.ts";
import { columnsOf, EXIT, type ExitCode, type Io, isColored } from "./io.ts";
import { type Renderers, writeResults } from "./files.ts";

export interface ShownPlan {
  readonly plan: Plan;
  readonly access: readonly AccessTable[];
  /** The command that applies exactly this, for the Markdown. */
  readonly command: string | null;
  readonly use?: PlanUse;
}

export async function showPlan(
  io: Io,
  shown: ShownPlan,
  flags: GlobalFlags & OutputFlags,
  exitCode: ExitCode,
): Promise<void> {
  const renderers = planRenderers(io, shown, flags);
  await writeResults(io, flags, renderers);
  await reportToActions(io, shown.plan, exitCode, renderers["markdown"] ?? null);
}

export function planRenderers(
  io: Io,
  { plan, access, command, use }: ShownPlan,
  flags: GlobalFlags & OutputFlags,
): Renderers {
  let made: Report | null = null;
  const report = async (): Promise<Report> =>
    (made ??= (await import("../report/plan.ts")).planReport(plan, use));
  return {
    text: async (file) => {
      const { renderText } = await import("../output/text.ts");
      return renderText(await report(), {
        ...textStyle(io, flags, file),
        command,
        page: writesPage(flags),
      });
    },
    json: async () => (await import("../output/json.ts")).renderPlanJson(plan),
    markdown: async () => {
      const { renderMarkdown } = await import("../output/markdown.ts");
      return renderMarkdown(await report(), {
        limit: flags.markdownLimit,
        command,
        merge: isMergeRequest(io),
        artifact: artifactOf(flags),
      });
    },
    html: async () => (await import("../output/html.ts")).renderPlanHtml(await report(), access),
    gitlab: async () => (await import("../output/gitlab.ts")).renderGitlab(plan),
  };
}

/** Whether this runs for a pull request (GitHub) or a merge request (GitLab): merging it applies the plan. */
function isMergeRequest({ env }: Io): boolean {
  return (
    env["GITHUB_EVENT_NAME"]?.startsWith("pull_request") === true ||
    env["CI_PIPELINE_SOURCE"] === "merge_request_event"
  );
}

/** The file with what shortened Markdown omits. */
export function artifactOf({ output }: Pick<OutputFlags, "output">): string | null {
  return output.find(({ format, file }) => format === "json" && file !== null)?.file ?? null;
}

export function writesPage({ output }: Pick<OutputFlags, "output">): boolean {
  return output.some(({ format }) => format === "html");
}

/** On a terminal its width and colours; elsewhere a width that suits logs, and each change on one line. */
export function textStyle(
  io: Io,
  flags: Pick<GlobalFlags, "color"> & { readonly diff?: boolean },
  file: string | null,
): { color: boolean; width: number; unfolded: boolean; diff: boolean } {
  const isTerminal = file === null && io.stdout.isTTY === true;
  return {
    color: isTerminal && isColored(io, io.stdout, flags.color),
    width: isTerminal ? columnsOf(io.stdout) : 100,
    unfolded: !isTerminal,
    diff: flags.diff === true,
  };
}

export function planExitCode(plan: Plan, detailed: boolean): ExitCode {
  const status = planStatus(plan);
  return EXIT[status === "changes" && !detailed ? "done" : status];
}
