/** The setup in the README and in docs/pull-requests.md, followed step by step; npm and gh are fakes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith } from "../support.ts";
import { Github } from "./github.ts";
import { root } from "./runner.ts";
import { environmentIn, link } from "./scene.ts";

const NPM = `#!/bin/sh
case "$*" in
  "init --yes") echo '{}' >package.json ;;
  "install --save-dev --save-exact polytomic-users") echo '{}' >package-lock.json ;;
  *) exit 1 ;;
esac
`;

interface SetUp {
  readonly code: number;
  readonly output: string;
  readonly github: Github;
  readonly repository: string;
}

/** The commands of a section of this page, run in order in one shell. */
async function followed(page: string, heading: string, github = new Github()): Promise<SetUp> {
  const text = await readFile(join(root, page), "utf8");
  const section = text.slice(text.indexOf(`\n## ${heading}\n`));
  const [, commands = ""] = /^```sh\n(.*?)^```$/ms.exec(section) ?? [];
  const folder = await folderWith({ "npm.txt": "", "repository/users.yaml": "version: 1\n" });
  const repository = join(folder, "repository");
  await link(folder, repository);
  await writeFile(join(folder, "bin/npm"), NPM);
  try {
    const GH_SERVER = await github.start();
    const env = { ...environmentIn(folder), GH_SERVER, GH_TOKEN: "token-of-the-job" };
    const child = spawn("bash", ["-e", "-c", commands], { cwd: repository, env });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.on("error", () => {});
    child.stdin.end("key-for-plan\n");
    const [code] = await once(child, "close");
    return { code: Number(code), output, github, repository };
  } finally {
    github.close();
  }
}

for (const [page, heading] of [
  ["README.md", "In pull requests"],
  ["docs/pull-requests.md", "On GitHub"],
] as const) {
  it(`${page}: the commands set GitHub up, and the environments are limited to main before the key is stored`, async () => {
    const { code, github, repository } = await followed(page, heading);
    assert.equal(code, 0);
    const workflows = join(repository, ".github/workflows");
    assert.deepEqual((await readdir(workflows)).sort(), [
      "polytomic-apply.yml",
      "polytomic-drift.yml",
      "polytomic-plan.yml",
      "polytomic-review.yml",
    ]);
    for (const name of await readdir(workflows)) {
      const shipped = await readFile(join(root, "examples/ci/github", name), "utf8");
      assert.equal(await readFile(join(workflows, name), "utf8"), shipped, name);
    }
    const custom = {
      "deployment_branch_policy[protected_branches]": "false",
      "deployment_branch_policy[custom_branch_policies]": "true",
    };
    assert.deepEqual(Object.fromEntries(github.environments), {
      "polytomic-plan": custom,
      "polytomic-apply": custom,
    });
    assert.deepEqual(Object.fromEntries(github.policies), {
      "polytomic-plan": ["main"],
      "polytomic-apply": ["main"],
    });
    assert.deepEqual(Object.fromEntries(github.secrets), {
      "polytomic-plan POLYTOMIC_API_KEY": "key-for-plan",
      "polytomic-apply POLYTOMIC_API_KEY": "key-for-plan",
    });
    assert.doesNotMatch(JSON.stringify(github.calls.map(({ args }) => args)), /key-for-plan/);
  });
}

describe("the setup of GitHub", () => {
  it("warns that main is not protected, and exits with 3", async () => {
    const github = new Github();
    github.mainIsProtected = false;
    const { code, output } = await followed("README.md", "In pull requests", github);
    assert.equal(code, 3);
    assert.match(output, /^warning: main is not protected: /m);
  });

  it("gives no key to an environment that another branch may use", async () => {
    const github = new Github();
    github.policies.set("polytomic-apply", ["main", "*"]);
    const { code, output } = await followed("README.md", "In pull requests", github);
    assert.equal(code, 1);
    assert.match(
      output,
      /polytomic-apply can be used by other branches than main:\nbranch main\nbranch \*$/m,
    );
    assert.equal(github.secrets.size, 0);
  });

  it("refuses if the key is a secret of the whole repository", async () => {
    const github = new Github();
    github.repositorySecrets = ["POLYTOMIC_API_KEY"];
    const { code, output } = await followed("README.md", "In pull requests", github);
    assert.equal(code, 1);
    assert.match(output, /workflows of every branch can read/);
    assert.equal(github.secrets.size, 0);
  });
});
