/** In GitHub Actions, writes annotations, the job's summary and outputs. Elsewhere, does nothing. */
import { appendFile } from "node:fs/promises";
import { errorMessage, Failure } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import type { Problem } from "../model/problem.ts";
import { type ExitCode, type Io, print } from "./io.ts";

function inActions({ env }: Io): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}

/** Workflow commands go to stderr: the runner reads them there too, and stdout stays the result. */
export async function annotateProblems(
  io: Io,
  problems: readonly Problem[],
  level: "error" | "warning" = "error",
): Promise<void> {
  if (!inActions(io)) return;
  const { annotations } = await import("../output/github.ts");
  await print(io.stderr, annotations(problems, null, level));
}

/** What a workflow's next steps need: annotations, the summary (Markdown) and the outputs. */
export async function reportToActions(
  io: Io,
  plan: Plan,
  exitCode: ExitCode,
  summary: ((file: string | null) => Promise<string>) | null,
): Promise<void> {
  if (!inActions(io)) return;
  const { annotations, githubOutputs } = await import("../output/github.ts");
  const { randomUUID } = await import("node:crypto");
  await print(io.stderr, annotations([], plan));
  await append(io.env["GITHUB_STEP_SUMMARY"], async () => (await summary?.(null)) ?? "");
  await append(io.env["GITHUB_OUTPUT"], async () =>
    githubOutputs(plan, exitCode, `end-${randomUUID()}`),
  );
}

async function append(path: string | undefined, text: () => Promise<string>): Promise<void> {
  if (path === undefined || path === "") return;
  const added = await text();
  await appendFile(path, added).catch((cause) => {
    throw new Failure(`could not append to ${path}: ${errorMessage(cause)}`, {
      hint: "the path comes from GITHUB_STEP_SUMMARY or GITHUB_OUTPUT: unset them outside GitHub Actions",
      cause,
    });
  });
}
