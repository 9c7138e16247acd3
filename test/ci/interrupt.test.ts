/** A cancelled job: the shell is interrupted; the program finishes and records what it was doing. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { acmeFile, polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { Github } from "./github.ts";
import { type Action, outputsIn, root, yamlOf } from "./runner.ts";
import { environmentIn, link } from "./scene.ts";

const newcomers = Array.from(
  { length: 30 },
  (_, index) => [`new${index}@example.com`, "Member"] as const,
);
const admins = ["cto@example.com", "jane.doe@example.com"].map(
  (email) => [email, "Admin"] as const,
);

it("a cancelled apply finishes what is in flight, and its audit log and report are kept", async () => {
  const server = await polytomic({ latencyMs: 30 });
  const github = new Github();
  const commit = "2".repeat(40);
  github.git.commits.set(commit, { parents: [], files: {} });
  github.git.main = commit;
  try {
    const cwd = await folderWith({
      "users.yaml": acmeFile([...admins, ...newcomers], "policy: { unmanaged: keep }\n"),
      outputs: "",
      summary: "",
    });
    await link(cwd, cwd);
    const { runs } = (await yamlOf("action.yml")) as Action;
    const step = runs.steps.find(({ id }) => id === "run");
    const child = spawn(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""],
      {
        cwd,
        env: {
          ...environmentIn(cwd),
          ...server.env,
          GITHUB_ACTION_PATH: root,
          GITHUB_OUTPUT: join(cwd, "outputs"),
          GITHUB_STEP_SUMMARY: join(cwd, "summary"),
          GITHUB_REPOSITORY: "acme/access",
          GITHUB_REF_NAME: "main",
          GITHUB_SHA: commit,
          GH_SERVER: await github.start(),
          GH_TOKEN: "token-of-the-job",
          COMMAND: "apply",
          PATHS: "users.yaml",
          FLAGS: "--concurrency=3",
          PLAN_FILE: "",
          EXPECT_DIGEST: "",
          AUDIT_LOG: "audit.jsonl",
          MARKDOWN_LIMIT: "60000",
          WORKING_DIRECTORY: ".",
        },
        stdio: "ignore",
      },
    );
    const written = (): number => server.writes().filter(({ committed }) => committed).length;
    while (written() === 0) {
      assert.equal(child.exitCode, null, "it ended before it wrote");
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "close"), [0, null]);
    const outputs = outputsIn(await readFile(join(cwd, "outputs"), "utf8"));
    assert.equal(outputs["exitcode"], "130");
    assert.match(
      await readFile(outputs["markdown"] ?? "", "utf8"),
      /Interrupted: no new requests were started/,
    );
    const audit = (await readFile(join(cwd, "audit.jsonl"), "utf8")).trimEnd().split("\n");
    const last: { readonly outcome: string; readonly summary: { readonly applied: number } } =
      JSON.parse(audit.at(-1) ?? "");
    assert.equal(last.outcome, "interrupted");
    assert.equal(last.summary.applied, written());
    assert.ok(written() < 30, "and nothing new was begun");
  } finally {
    github.close();
    await server.close();
  }
});
