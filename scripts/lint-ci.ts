/**
 * `npm run lint:ci`: actionlint and shellcheck over everything that runs in a user's CI: workflows, the steps of the
 * action and of GitLab, scripts. Needs both programs in PATH; .ci/run installs them.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const scripts = mkdtempSync(join(tmpdir(), "polytomic-users-"));

/** The files of a folder with this ending, from the root. */
function filesIn(folder: string, ending: string): readonly string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(ending));
  return names.map((name) => `${folder}/${name}`);
}

/** A file with the steps of a job, as the runner's bash runs them. */
function script(name: string, lines: readonly string[]): string {
  const path = join(scripts, `${name}.sh`);
  writeFileSync(path, `#!/usr/bin/env bash\nset -eo pipefail\n${lines.join("\n")}\n`);
  return path;
}

function yaml(path: string): unknown {
  return parse(readFileSync(join(root, path), "utf8"));
}

const action = yaml("action.yml") as {
  readonly runs: { readonly steps: readonly { readonly name: string; readonly run?: string }[] };
};
const jobs = yaml("examples/ci/gitlab/.gitlab-ci.yml") as Readonly<
  Record<
    string,
    { readonly before_script?: readonly string[]; readonly script?: readonly string[] }
  >
>;
const steps = [
  ...action.runs.steps.flatMap(({ name, run }) => (run === undefined ? [] : [script(name, [run])])),
  ...Object.entries(jobs).flatMap(([name, job]) => {
    const lines = [...(job.before_script ?? []), ...(job.script ?? [])];
    return lines.length === 0 ? [] : [script(name, lines)];
  }),
];

const commands = [
  [
    "actionlint",
    // GitHub supports concurrency.queue; actionlint 1.7.12 does not yet.
    "-ignore",
    'unexpected key "queue" for "concurrency" section',
    ...filesIn("examples/ci/github", ".yml"),
    ...filesIn(".github/workflows", ".yml"),
  ],
  [
    "shellcheck",
    // The environment's variables are in capitals, the script's own are not: SC2153 takes one for the other. $TARGET of
    // GitLab's jobs is a list of paths: SC2086.
    "--exclude=SC2153,SC2086",
    ".ci/run",
    ...filesIn("action", ".sh"),
    ...filesIn("examples/ci/shell", ".sh"),
    ...steps,
  ],
];
for (const [program = "", ...args] of commands) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw new Error(`${program} does not run: install it`, { cause: error });
  if (status !== 0) process.exitCode = 1;
  else
    console.log(`${program}: ${args.filter((arg) => /\.(sh|yml)$|run$/.test(arg)).length} files`);
}
