/** .pre-commit-hooks.yaml, as the pre-commit framework runs it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { folderWith } from "../support.ts";

const root = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");
const manifest: { readonly bin: Readonly<Record<string, string>> } = JSON.parse(
  text("package.json"),
);

interface Hook {
  readonly id: string;
  readonly language: string;
  readonly entry: string;
  readonly files: string;
  readonly pass_filenames: boolean;
}
const hooks: readonly Hook[] = parse(text(".pre-commit-hooks.yaml"));
const hook = hooks[0] ?? assert.fail("there is no hook");

/** Runs the hook's entry in this folder, with the args of .pre-commit-config.yaml. */
function runHook(cwd: string, args: readonly string[] = []) {
  const [program = "", ...words] = hook.entry.split(" ");
  const path = manifest.bin[program] ?? assert.fail(`package.json has no program ${program}`);
  const { status, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL(path, root)), ...words, ...args],
    { cwd, encoding: "utf8" },
  );
  return { status, stderr };
}

const users = "version: 1\ninclude: [../common/policy.yaml]\nusers: []\n";

describe("the pre-commit hook", () => {
  it("has the id, the language and the file names that docs/editing.md relies on", () => {
    assert.equal(hooks.length, 1);
    assert.equal(hook.language, "node");
    assert.equal(hook.pass_filenames, false);
    assert.match(text("docs/editing.md"), new RegExp(`- id: ${hook.id}$`, "m"));
  });

  it("runs where a YAML file changed: a users file or one that others include", () => {
    const files = new RegExp(hook.files);
    for (const path of ["users.yaml", "customers/acme.yml", "common/policy.yaml"]) {
      assert.match(path, files);
    }
    for (const path of ["README.md", "users.yaml.orig", "plan.json"]) {
      assert.doesNotMatch(path, files);
    }
  });

  it("passes valid files", async () => {
    const cwd = await folderWith({ "users.yaml": "version: 1\nusers: []\n" });
    assert.deepEqual(runHook(cwd), { status: 0, stderr: "Next: polytomic-users plan\n" });
  });

  it("fails with the line of a mistake in an included file", async () => {
    const cwd = await folderWith({
      ".git/HEAD": "",
      "customers/acme.yaml": users,
      "common/policy.yaml": "version: 1\npolicy:\n  unmanaged: drop\n",
    });
    const { status, stderr } = runHook(cwd, ["customers"]);
    assert.equal(status, 1);
    assert.match(stderr, /^common\/policy\.yaml:3:14: /m);
  });
});
