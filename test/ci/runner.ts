/**
 * Runs the jobs of a workflow as GitHub would, as far as the workflows need it: the actual `run:` steps with bash,
 * `if:`, outputs, `env:`, composite actions; artifacts are folders. A checkout writes files, setup actions do
 * nothing, `gh` and `npm` are fakes.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { type Context, interpolate, isMet } from "./expression.ts";

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly "working-directory"?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string | number | boolean>>;
}

export interface Job {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export const root = fileURLToPath(new URL("../../", import.meta.url));

export async function yamlOf(path: string): Promise<unknown> {
  return parse(await readFile(join(root, path), "utf8"));
}

export interface Runner {
  /** The checked out repository, with users.yaml. */
  readonly workspace: string;
  /** A folder beside it, for artifacts and what the steps write. */
  readonly folder: string;
  /** PATH, GITHUB_REPOSITORY and the other variables that every step has. */
  readonly env: Readonly<Record<string, string>>;
  /** github, secrets, vars, inputs. */
  readonly context: Context;
  /** Writes the files of this branch or commit into the workspace. */
  readonly checkout: (ref: string) => Promise<void>;
}

export interface JobRun {
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** The exit code of the step that failed first. */
  readonly exitCode: number;
  /** The output of all steps. */
  readonly log: string;
  readonly summary: string;
}

interface StepRun {
  readonly failed: boolean;
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

const fine: StepRun = { failed: false, exitCode: 0, outputs: {}, log: "" };

/** Runs all jobs, each after those that it needs. */
export async function runWorkflow(
  workflow: Workflow,
  runner: Runner,
  between: (job: string) => void | Promise<void> = () => {},
): Promise<Readonly<Record<string, JobRun>>> {
  const runs: Record<string, JobRun> = {};
  const env = { ...runner.env, ...workflow.env };
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const needed = [job.needs ?? []].flat().flatMap((one) => {
      const run = runs[one];
      return run === undefined ? [] : [[one, run] as const];
    });
    const needs = needed.map(([one, { result, outputs }]) => [one, { result, outputs }] as const);
    const context = {
      ...runner.context,
      ...(needs.length > 0 ? { needs: Object.fromEntries(needs) } : {}),
      env: workflow.env ?? {},
    };
    const status = { failed: needed.some(([, run]) => run.result !== "success") };
    if (!isMet(job.if, context, status)) {
      runs[name] = { result: "skipped", outputs: {}, exitCode: 0, log: "", summary: "" };
      continue;
    }
    await between(name);
    runs[name] = await runJob(job, { ...runner, env, context });
  }
  return runs;
}

async function runJob(job: Job, runner: Runner): Promise<JobRun> {
  const summaryFile = join(runner.folder, "summary.md");
  await rm(summaryFile, { force: true });
  const env = { ...runner.env, GITHUB_STEP_SUMMARY: summaryFile };
  const { context, run } = await runSteps(job.steps, { ...runner, env }, {});
  const outputs = Object.entries(job.outputs ?? {}).map(([name, value]) => [
    name,
    interpolate(value, context, run),
  ]);
  return {
    result: run.failed ? "failure" : "success",
    outputs: Object.fromEntries(outputs),
    exitCode: run.exitCode,
    log: run.log,
    summary: await readFile(summaryFile, "utf8").catch(() => ""),
  };
}

async function runSteps(
  steps: readonly Step[],
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly context: Context; readonly run: StepRun }> {
  const done: Record<string, Context> = {};
  const context = { ...runner.context, steps: done };
  let whole = fine;
  for (const step of steps) {
    if (!isMet(step.if, context, whole)) continue;
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [
      name,
      interpolate(String(value), context, whole),
    ]);
    const run = await runStep(
      step,
      { ...runner, context },
      { ...env, ...Object.fromEntries(own) },
      whole,
    );
    if (step.id !== undefined) done[step.id] = { outputs: run.outputs };
    whole = {
      ...whole,
      failed: whole.failed || run.failed,
      exitCode: whole.exitCode || run.exitCode,
      log: whole.log + run.log,
    };
  }
  return { context, run: whole };
}

async function runStep(
  step: Step,
  runner: Runner,
  env: Readonly<Record<string, string>>,
  status: StepRun,
): Promise<StepRun> {
  const inputs = Object.fromEntries(
    Object.entries(step.with ?? {}).map(([name, value]) => [
      name,
      interpolate(String(value), runner.context, status),
    ]),
  );
  if (step.run !== undefined) {
    return runShell(interpolate(step.run, runner.context, status), runner, env);
  }
  const uses = step.uses ?? "";
  if (uses.startsWith("actions/setup-node@")) return fine;
  if (uses.startsWith("actions/checkout@")) {
    await runner.checkout(inputs["ref"] ?? runner.env["GITHUB_SHA"] ?? "");
    return fine;
  }
  const artifact = join(runner.folder, "artifacts", inputs["name"] ?? "");
  if (uses.startsWith("actions/upload-artifact@")) {
    await rm(artifact, { recursive: true, force: true });
    await mkdir(artifact, { recursive: true });
    for (const path of (inputs["path"] ?? "").split("\n").filter((line) => line !== "")) {
      await cp(path, join(artifact, path.split("/").at(-1) ?? ""), { force: true }).catch(() => {});
    }
    return fine;
  }
  if (uses.startsWith("actions/download-artifact@")) {
    await cp(artifact, runner.workspace, { recursive: true });
    return fine;
  }
  if (uses.startsWith("./")) return runAction(uses, inputs, runner, env);
  throw new Error(`this test does not know ${uses}`);
}

async function runAction(
  uses: string,
  given: Readonly<Record<string, string>>,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<StepRun> {
  const path = join(runner.workspace, uses);
  const action: Action = parse(await readFile(join(path, "action.yml"), "utf8"));
  const unknown = Object.keys(given).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`the action has no input ${unknown.join(", ")}`);
  const inputs = Object.entries(action.inputs).map(([name, input]) => [
    name,
    given[name] ?? interpolate(input.default ?? "", runner.context, fine),
  ]);
  const context = { ...runner.context, inputs: Object.fromEntries(inputs) };
  const inner = await runSteps(
    action.runs.steps,
    { ...runner, context },
    { ...env, GITHUB_ACTION_PATH: path },
  );
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [
    name,
    interpolate(value, inner.context, inner.run),
  ]);
  return { ...inner.run, outputs: Object.fromEntries(outputs) };
}

let outputFiles = 0;

async function runShell(
  script: string,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<StepRun> {
  const output = join(runner.folder, `output-${(outputFiles += 1)}`);
  const file = join(runner.folder, `step-${outputFiles}.sh`);
  await writeFile(output, "");
  await writeFile(file, script);
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", file], {
    cwd: runner.workspace,
    env: { ...runner.env, ...env, GITHUB_OUTPUT: output },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const [code] = await once(child, "close");
  const exitCode = typeof code === "number" ? code : 1;
  const outputs = outputsIn(await readFile(output, "utf8"));
  return { failed: exitCode !== 0, exitCode, outputs, log };
}

/** Parses `name=value` and `name<<end` … `end`, as GitHub does. */
export function outputsIn(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, end] = /^([\w-]+)<<(.+)$/.exec(line) ?? [];
    const [, plain, value] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && end !== undefined) {
      const stop = lines.indexOf(end);
      if (stop < 0) throw new Error(`the output ${name} has no end`);
      outputs[name] = lines.splice(0, stop).join("\n");
      lines.shift();
    } else if (plain !== undefined) outputs[plain] = value ?? "";
    else if (line !== "") throw new Error(`this is no output: ${line}`);
  }
  return outputs;
}
