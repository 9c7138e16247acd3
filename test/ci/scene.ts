/** A repository on GitHub, a Polytomic behind HTTP, and the workflows run between the two. */
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ACME, ACME_USERS, acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { type Asked, before as inFrontOf, type Instead } from "../commands/elsewhere.ts";
import type { Context } from "./expression.ts";
import { type Files, Github } from "./github.ts";
import { type JobRun, root, runWorkflow, type Workflow, yamlOf } from "./runner.ts";

/** The commit of main when the pull request was opened. */
export const BASE = "b".repeat(40);
/** The pull request's last commit. */
export const HEAD = "1".repeat(40);
/** The merge commit that GitHub would make. */
const TRIAL = "e".repeat(40);
/** The commit of main after the merge. */
export const MERGE = "2".repeat(40);
const KEY = "sandbox-api-key";

export interface Scene {
  readonly polytomic: Polytomic;
  readonly workspace: string;
  readonly artifacts: string;
  /** The environment and the lock file of each `npm ci`. */
  installs(): Promise<string>;
  /** The pull request's users.yaml and other files. */
  write(users: readonly User[], more?: string): Promise<void>;
  propose(files: Files): void;
  /** A commit on main that does not come from the pull request of these tests. */
  push(sha: string, files: Files): void;
  /** Runs the whole workflow for pull request 7, whose last commit is HEAD. */
  pullRequest(repository?: string): Promise<Runs>;
  /** Runs its job `plan` alone. */
  plan(): Promise<JobRun>;
  /** Runs the same workflow for a merge group with the pull request. */
  mergeGroup(): Promise<Runs>;
  /** Merges the pull request as MERGE; `before` is called before each job. */
  apply(before?: (job: string) => void | Promise<void>): Promise<Runs>;
  /** Runs the workflow of a push to main, after the merge. */
  pushed(sha: string, before: string): Promise<Runs>;
  /** Runs the apply workflow as started by hand. */
  applyByHand(digest: string): Promise<Runs>;
  /** Runs the nightly workflow; main has the files that were written last. */
  drift(): Promise<JobRun>;
  /** Runs the quarterly workflow; main has the files that were written last. */
  review(): Promise<JobRun>;
  /** The same, with its pull request switched on. */
  driftWithPullRequest(before?: (job: string) => void | Promise<void>): Promise<Runs>;
  /** Runs the apply job again with the same plan. */
  applyAgain(planned: JobRun | undefined): Promise<JobRun>;
  readonly github: Github;
  /** Every call of gh and npm, and every file that was left: none of them may contain a key. */
  traces(): Promise<string>;
  close(): Promise<void>;
}

/** The workflow files as they are shipped. */
export async function workflowOf(name: string): Promise<Workflow> {
  return (await yamlOf(`examples/ci/github/polytomic-${name}.yml`)) as Workflow;
}

function only(job: string, runs: Runs): JobRun {
  const run = runs[job];
  if (run === undefined) throw new Error(`no job ${job}`);
  return run;
}

type Runs = Readonly<Record<string, JobRun>>;
export type User = readonly [email: string, ...roles: string[]];

/** All users as they are in Polytomic. */
export const USERS: readonly User[] = ACME_USERS;

/**
 * `instead` may answer a request in place of the sandbox. `vars` are the repository's variables, `runner` those of
 * the machine.
 */
export async function scene(
  instead: (asked: Asked) => Instead = () => null,
  vars: Context = {},
  runner: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const polytomicServer = await polytomic();
  const front = await inFrontOf(polytomicServer.sandbox, instead);
  const folder = await folderWith({ "npm.txt": "", "repository/README.md": "" });
  const workspace = join(folder, "repository");
  await link(folder, workspace);
  const github = new Github();
  const { git } = github;
  git.commits.set(BASE, { parents: [], files: { "users.yaml": acmeFile(USERS, "# before\n") } });
  git.main = BASE;
  const env = {
    ...environmentIn(folder),
    ...runner,
    RUNNER_TEMP: join(folder, "temp"),
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "acme/access",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "4711",
    GITHUB_REF_NAME: "main",
    GH_SERVER: await github.start(),
  };
  const shared = { secrets: { POLYTOMIC_API_KEY: KEY }, vars };
  const checkout = (ref: string): Promise<void> =>
    checkOut(workspace, git.filesOf(ref === "main" ? git.main : ref));
  /** The address in the workflow is that of the test's server, as an on-premises user would write theirs there. */
  const run = (
    { env: own = {}, ...workflow }: Workflow,
    event: Context,
    more: { readonly inputs?: Context; readonly sha?: string; readonly attempt?: string } = {},
    before?: (job: string) => void | Promise<void>,
  ): Promise<Runs> => {
    const { inputs = {}, sha = git.main, attempt = "1" } = more;
    const context = { ...shared, inputs, github: { ...GITHUB, sha, ...event } };
    const address = { POLYTOMIC_DEPLOYMENT_URL: front.url };
    const variables = { ...env, GITHUB_RUN_ATTEMPT: attempt, GITHUB_SHA: sha };
    return runWorkflow(
      { ...workflow, env: { ...own, ...address } },
      { workspace, folder, env: variables, context, checkout },
      before,
    );
  };
  const push = async (
    sha: string,
    before: string,
    eachJob?: (job: string) => void | Promise<void>,
  ): Promise<Runs> =>
    run(await workflowOf("apply"), { event_name: "push", event: { before } }, { sha }, eachJob);
  let proposed: Files = {};
  const propose = (files: Files): void => {
    proposed = files;
    git.commits.set(HEAD, { parents: [BASE], files });
    git.commits.set(TRIAL, { parents: [git.main, HEAD], files });
    git.merge = TRIAL;
  };
  const pullRequest = async (repository = "acme/access"): Promise<Runs> => {
    const pull_request = { number: "7", head: { sha: HEAD, repo: { full_name: repository } } };
    return run(await workflowOf("plan"), {
      event_name: "pull_request_target",
      event: { pull_request },
    });
  };
  return {
    polytomic: polytomicServer,
    workspace,
    artifacts: join(folder, "artifacts"),
    installs: () => readFile(join(folder, "npm.txt"), "utf8"),
    write: async (users, more) => propose({ "users.yaml": acmeFile(users, more) }),
    propose,
    push: (sha, files) => {
      git.commits.set(sha, { parents: [git.main], files: { ...git.filesOf(git.main), ...files } });
      git.main = sha;
    },
    pullRequest,
    plan: async () => only("plan", await pullRequest()),
    mergeGroup: async () =>
      run(await workflowOf("plan"), {
        event_name: "merge_group",
        ref: "refs/heads/gh-readonly-queue/main/pr-7",
        event: { merge_group: { head_sha: TRIAL } },
      }),
    apply: async (before) => {
      github.pulls = [MERGED];
      git.commits.set(MERGE, { parents: [BASE, HEAD], files: proposed });
      git.main = MERGE;
      return push(MERGE, BASE, before);
    },
    pushed: push,
    applyByHand: async (digest) =>
      run(await workflowOf("apply"), { event_name: "workflow_dispatch" }, { inputs: { digest } }),
    drift: async () => {
      git.commits.set(MERGE, { parents: [BASE], files: proposed });
      git.main = MERGE;
      return only("drift", await run(await workflowOf("drift"), { event_name: "schedule" }));
    },
    review: async () => {
      git.commits.set(MERGE, { parents: [BASE], files: proposed });
      git.main = MERGE;
      return only("review", await run(await workflowOf("review"), { event_name: "schedule" }));
    },
    driftWithPullRequest: async (before) => {
      git.commits.set(MERGE, { parents: [BASE], files: proposed });
      git.main = MERGE;
      const workflow = await workflowOf("drift");
      const on = { ...workflow, env: { ...workflow.env, PULL_REQUEST: "true" } };
      return run(on, { event_name: "schedule" }, {}, before);
    },
    applyAgain: async (planned) => {
      const { jobs, ...workflow } = await workflowOf("apply");
      const { needs: _, if: __, ...job } = jobs["apply"] ?? { steps: [] };
      const outputs = planned?.outputs ?? {};
      const again = {
        ...workflow,
        jobs: { plan: { steps: [], outputs }, apply: { ...job, needs: "plan" } },
      };
      const event = { event_name: "push", event: { before: BASE } };
      return only("apply", await run(again, event, { sha: MERGE, attempt: "2" }));
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
  ref: "refs/heads/main",
};

const MERGED = {
  number: 7,
  head: { sha: HEAD },
  merged_at: "2026-11-23T10:00:00Z",
  merge_commit_sha: MERGE,
};

/** The environment of every step. */
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
    `#!/bin/sh\n[ "$*" = "ci --ignore-scripts" ] || exit 1\nenv >>"$NPM_CALLS"\ncat package-lock.json >>"$NPM_CALLS" 2>/dev/null\nexit 0\n`,
    { mode: 0o755 },
  );
}

/** Replaces all files but node_modules with these. */
export async function checkOut(workspace: string, files: Files): Promise<void> {
  for (const name of await readdir(workspace)) {
    if (name !== "node_modules") await rm(join(workspace, name), { recursive: true });
  }
  for (const [path, entry] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    if (typeof entry === "string") await writeFile(join(workspace, path), entry);
    else await symlink(entry.link, join(workspace, path));
  }
}

export async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const texts = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

/** An edit made in Polytomic by hand. */
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
