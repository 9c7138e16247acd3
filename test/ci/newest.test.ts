/** The check before an apply, in a folder of the repository (the action's `working-directory`). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { folderWith } from "../support.ts";
import { Github } from "./github.ts";
import { root } from "./runner.ts";
import { environmentIn, link } from "./scene.ts";

const RUN = "2".repeat(40);
const LATER = "9".repeat(40);

it("the check for newer commits finds the files of the action's working-directory, and what they include", async () => {
  const files = {
    "access/users.yaml": "version: 1\ninclude: [../common/staff.yaml]\nusers: []\n",
    "common/staff.yaml": "version: 1\ninclude: [groups.yaml]\nusers: []\n",
    "common/groups.yaml": "version: 1\nusers: []\n",
  };
  const workspace = await folderWith(files);
  await link(workspace, workspace);
  const github = new Github();
  github.git.commits.set(RUN, { parents: [], files });
  const env = {
    ...environmentIn(workspace),
    GITHUB_ACTION_PATH: root,
    GITHUB_REPOSITORY: "acme/access",
    GITHUB_REF_NAME: "main",
    GITHUB_SHA: RUN,
    GITHUB_WORKSPACE: workspace,
    GH_TOKEN: "token-of-the-job",
    GH_SERVER: await github.start(),
  };
  const check = (): Promise<unknown> =>
    promisify(execFile)("bash", [join(root, "action/newest.sh"), "users.yaml"], {
      cwd: join(workspace, "access"),
      env,
    });
  const later = (changed: Readonly<Record<string, string>>): void => {
    github.git.commits.set(LATER, { parents: [RUN], files: { ...files, ...changed } });
    github.git.main = LATER;
  };
  try {
    later({ "users.yaml": "another file with the same name" });
    await check();
    for (const path of Object.keys(files)) {
      later({ [path]: "version: 1\n" });
      await assert.rejects(check(), {
        code: 3,
        stderr: new RegExp(`^error: ${path} was changed on main by the newer commit 9{40};`),
      });
    }
  } finally {
    github.close();
  }
});
