/** A repository on GitHub, a Polytomic behind HTTP, and the ready workflows run between the two. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ACME, ACME_PEOPLE, acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { type Asked, before as inFrontOf, type Instead } from "../commands/elsewhere.ts";
import type { Context } from "./expression.ts";
import { Github } from "./github.ts";
import { type JobRun, root, runWorkflow, type Workflow, yamlOf } from "./runner.ts";

export const HEAD = "1".repeat(40);
export const MERGE = "2".repeat(40);
const KEY = "sandbox-api-key";

export interface Scene {
  readonly polytomic: Polytomic;
  readonly workspace: string;
  readonly artifacts: string;
  write(people: readonly Person[], more?: string): Promise<void>;
  /** The whole workflow for the pull request 7, whose last commit is HEAD. */
  pullRequest(repository?: string): Promise<Runs>;
  /** Its job `plan` alone. */
  plan(): Promise<JobRun>;
  /** The pull request is merged as MERGE; `before` is called before each job. */
  apply(before?: (job: string) => void | Promise<void>): Promise<Runs>;
  /** The apply workflow started by hand. */
  applyByHand(digest: string): Promise<Runs>;
  drift(): Promise<JobRun>;
  /** The apply job once more, with the same plan. */
  applyAgain(planned: JobRun | undefined): Promise<JobRun>;
  readonly github: Github;
  /** Every call of gh and npm, and every file that was left: where a key must not be. */
  traces(): Promise<string>;
  close(): Promise<void>;
}

export async function workflowOf(name: string): Promise<Workflow> {
  return (await yamlOf(`examples/ci/github/polytomic-${name}.yml`)) as Workflow;
}

function only(job: string, runs: Runs): JobRun {
  const run = runs[job];
  if (run === undefined) throw new Error(`no job ${job}`);
  return run;
}

type Runs = Readonly<Record<string, JobRun>>;
export type Person = readonly [email: string, ...roles: string[]];

/** Everybody as they are in Polytomic. */
export const PEOPLE: readonly Person[] = ACME_PEOPLE;

/** `instead` may answer a request in place of the sandbox. */
export async function scene(instead: (asked: Asked) => Instead = () => null): Promise<Scene> {
  const polytomicServer = await polytomic();
  const front = await inFrontOf(polytomicServer.sandbox, instead);
  const folder = await folderWith({ "npm.txt": "", "repository/users.yaml": "" });
  const workspace = join(folder, "repository");
  await link(folder, workspace);
  const github = new Github();
  const env = {
    ...environmentIn(folder),
    RUNNER_TEMP: join(folder, "temp"),
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "acme/access",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "4711",
    GITHUB_SHA: MERGE,
    GITHUB_REF_NAME: "main",
    GH_SERVER: await github.start(),
  };
  const shared = {
    secrets: { POLYTOMIC_API_KEY: KEY },
    vars: { POLYTOMIC_DEPLOYMENT_URL: front.url },
  };
  const run = (
    workflow: Workflow,
    event: Context = {},
    inputs: Context = {},
    before?: (job: string) => void | Promise<void>,
    needs: Context = {},
    attempt = "1",
  ): Promise<Runs> => {
    const context = { ...shared, inputs, needs, github: { ...GITHUB, ...event } };
    return runWorkflow(
      workflow,
      { workspace, folder, env: { ...env, GITHUB_RUN_ATTEMPT: attempt }, context },
      before,
    );
  };
  const pullRequest = (workflow: Workflow, repository = "acme/access"): Promise<Runs> =>
    run(workflow, {
      event: {
        pull_request: { number: "7", head: { sha: HEAD, repo: { full_name: repository } } },
      },
    });
  return {
    polytomic: polytomicServer,
    workspace,
    artifacts: join(folder, "artifacts"),
    write: (people, more) => writeFile(join(workspace, "users.yaml"), acmeFile(people, more)),
    pullRequest: async (repository) => pullRequest(await workflowOf("plan"), repository),
    plan: async () => {
      const { jobs, ...workflow } = await workflowOf("plan");
      const { needs: _, ...job } = jobs["plan"] ?? { steps: [] };
      return only("plan", await pullRequest({ ...workflow, jobs: { plan: job } }));
    },
    apply: async (before) => {
      github.pulls = [MERGED];
      github.head = MERGE;
      return run(await workflowOf("apply"), {}, {}, before);
    },
    applyByHand: async (digest) => run(await workflowOf("apply"), {}, { digest }),
    drift: async () => only("drift", await run(await workflowOf("drift"))),
    applyAgain: async (planned) => {
      const { jobs, ...workflow } = await workflowOf("apply");
      const { needs: _, ...job } = jobs["apply"] ?? { steps: [] };
      const needs = { plan: { outputs: planned?.outputs ?? {} } };
      return only(
        "apply",
        await run({ ...workflow, jobs: { apply: job } }, {}, {}, undefined, needs, "2"),
      );
    },
    github,
    traces: async () => `${JSON.stringify(github)}${await textsBelow(folder)}`,
    close: async () => {
      github.close();
      await front.close();
      await polytomicServer.close();
    },
  };
}

const GITHUB: Context = {
  token: "token-of-the-job",
  repository: "acme/access",
  sha: MERGE,
  ref: "refs/heads/main",
};

const MERGED = {
  number: 7,
  head: { sha: HEAD },
  merged_at: "2026-11-23T10:00:00Z",
  merge_commit_sha: MERGE,
};

/** What every step has, wherever it runs. */
export function environmentIn(folder: string) {
  return {
    PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    NPM_CALLS: join(folder, "npm.txt"),
  };
}

/** The package as npm would install it, and the programs that the steps call. */
export async function link(folder: string, workspace: string): Promise<void> {
  await mkdir(join(workspace, "node_modules/.bin"), { recursive: true });
  await symlink(root, join(workspace, "node_modules/polytomic-users"));
  await symlink(join(root, "dist/cli.js"), join(workspace, "node_modules/.bin/polytomic-users"));
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "temp"));
  await symlink(join(root, "test/ci/gh.mjs"), join(folder, "bin/gh"));
  await symlink(join(root, "dist/cli.js"), join(folder, "bin/polytomic-users"));
  await writeFile(
    join(folder, "bin/npm"),
    `#!/bin/sh\n[ "$*" = "ci --ignore-scripts" ] || exit 1\nenv >>"$NPM_CALLS"\n`,
    { mode: 0o755 },
  );
}

export async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const texts = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

/** What somebody does in Polytomic by hand. */
export function byHand({ polytomic: { sandbox } }: { readonly polytomic: Polytomic }) {
  const { state } = sandbox;
  const roleIds = (names: readonly string[]): readonly string[] =>
    state
      .roles(ACME)
      .filter(({ name }) => names.includes(name))
      .map(({ id }) => id);
  return {
    roles(email: string, ...names: string[]): void {
      const user = state.userByEmail(ACME, email);
      state.changeUser(ACME, user?.id ?? "", roleIds(names));
    },
    has(email: string): readonly string[] | null {
      const user = state.userByEmail(ACME, email);
      const names = (ids: readonly string[]): readonly string[] =>
        ids.map((id) => state.role(ACME, id)?.name ?? id).sort();
      return user === null ? null : names(user.role_ids);
    },
  };
}
