/** The set-up in docs/pull-requests.md, followed word by word; npm and gh are programs of the test's own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
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

it("GitHub is set up by the commands of the page, in an environment each for plan and apply", async () => {
  const page = await readFile(join(root, "docs/pull-requests.md"), "utf8");
  const [, commands = ""] = /^## On GitHub$.*?^```sh\n(.*?)^```$/ms.exec(page) ?? [];
  const folder = await folderWith({ "npm.txt": "", "repository/users.yaml": "version: 1\n" });
  const repository = join(folder, "repository");
  await link(folder, repository);
  await writeFile(join(folder, "bin/npm"), NPM);
  const github = new Github();
  try {
    const GH_SERVER = await github.start();
    const env = { ...environmentIn(folder), GH_SERVER, GH_TOKEN: "token-of-the-job" };
    const child = spawn("bash", ["-e", "-c", commands], {
      cwd: repository,
      env,
      stdio: ["pipe", "inherit", "inherit"],
    });
    // gh asks for the secret on a terminal, and reads it where there is none.
    child.stdin.end("key-for-plan");
    assert.deepEqual(await once(child, "close"), [0, null]);
  } finally {
    github.close();
  }
  const workflows = join(repository, ".github/workflows");
  assert.deepEqual((await readdir(workflows)).sort(), [
    "polytomic-apply.yml",
    "polytomic-drift.yml",
    "polytomic-plan.yml",
  ]);
  for (const name of await readdir(workflows)) {
    const shipped = await readFile(join(root, "examples/ci/github", name), "utf8");
    assert.equal(await readFile(join(workflows, name), "utf8"), shipped, name);
  }
  assert.deepEqual(Object.fromEntries(github.environments), {
    "polytomic-plan": {},
    "polytomic-apply": {
      "deployment_branch_policy[protected_branches]": "true",
      "deployment_branch_policy[custom_branch_policies]": "false",
    },
  });
  assert.deepEqual(
    [...github.secrets.keys()],
    ["polytomic-plan POLYTOMIC_API_KEY", "polytomic-apply POLYTOMIC_API_KEY"],
  );
  assert.doesNotMatch(JSON.stringify(github.calls.map(({ args }) => args)), /key-for-plan/);
});
