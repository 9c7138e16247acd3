/** Standard output, standard error and the files that a command writes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ACME, type RunOptions } from "../program.ts";
import { folderWith } from "../support.ts";
import { run, WANTED, withSandbox } from "./acme.ts";

describe("streams", () => {
  it("results alone go to stdout: JSON on stdout is all of it, also when it asks, applies and refuses", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const json = ["--output", "json"];
      const planned = await run(["plan", "--verbose", ...json], { cwd, env });
      assert.equal(JSON.parse(planned.stdout).summary.create, 1);
      assert.match(planned.stderr, /^GET \/api\/me → 200 in \d+ ms$/m);
      const refused = await run(["apply", "--yes", "--max-removals", "0", ...json], { cwd, env });
      assert.equal(refused.code, 3);
      assert.equal(JSON.parse(refused.stdout).organizations[0].violations.length, 1);
      const applied = await run(["apply", ...json], { cwd, env, typed: "yes" });
      assert.equal(applied.code, 0);
      assert.equal(JSON.parse(applied.stdout).summary.applied, 3);
      assert.match(
        applied.stderr,
        /Plan: 1 to add, 1 to change, 1 to remove, /,
        "the plan that was asked about",
      );
    }));

  it("--quiet leaves results and errors", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const applied = await run(["apply", "--yes", "--quiet"], { cwd, env });
      assert.equal(applied.stderr, "");
      assert.match(applied.stdout, /3 applied/);
      const valid = await run(["validate", "--quiet"], { cwd });
      assert.deepEqual(valid, { code: 0, stdout: "", stderr: "" });
      const bad = await run(["plan", "--quiet", "nope.yaml"], { cwd, env });
      assert.match(bad.stderr, /file-not-found/);
    }));

  it("colour is only for a terminal that supports it, never for a file", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const colours = async (args: readonly string[], more: Partial<RunOptions>) =>
        (await run(["plan", ...args], { cwd, env, ...more })).stdout.includes("\u001B[");
      assert.equal(await colours([], { terminal: true }), true);
      assert.equal(await colours([], { terminal: false }), false);
      assert.equal(await colours(["--no-color"], { terminal: true }), false);
      const noColor = { ...env, NO_COLOR: "1" };
      assert.equal(await colours([], { terminal: true, env: noColor }), false);
      const dumb = { ...env, TERM: "dumb" };
      assert.equal(await colours([], { terminal: true, env: dumb }), false);
      await run(["plan", "--output", "text=plan.txt"], { cwd, env, terminal: true });
      assert.ok(!(await readFile(join(cwd, "plan.txt"), "utf8")).includes("\u001B"));
    }));

  it("a terminal that does not know its width gets lines for 80 columns and no bar", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const narrow = await run(["apply"], { cwd, env, typed: "yes", columns: 0 });
      const wide = await run(["plan"], { cwd, env, terminal: true, columns: 80 });
      assert.equal(narrow.code, 0, narrow.stderr);
      assert.equal(writes().length, 3);
      assert.ok(!narrow.stderr.includes("[...."), narrow.stderr);
      assert.equal(wide.code, 0);
      const unknown = await run(["plan"], { cwd, env, terminal: true, columns: 0 });
      assert.equal(unknown.stdout, wide.stdout);
    }));

  it("a reader of stdout that has enough ends the output, not the run", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const child = spawn(
        process.execPath,
        [
          "--import",
          "tsx",
          fileURLToPath(new URL("../../src/cli.ts", import.meta.url)),
          "apply",
          "--yes",
          join(cwd, "users.yaml"),
        ],
        { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] },
      );
      child.stdout.destroy();
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = await once(child, "close");
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /EPIPE|bug/);
      assert.equal(writes().length, 3);
    }));
});

describe("files that cannot be written", () => {
  for (const target of ["json=nowhere/report.json", "html=folder"]) {
    it(`--output ${target}: apply says so before it writes to Polytomic`, () =>
      withSandbox(async ({ env, sandbox }) => {
        const cwd = await folderWith({ "users.yaml": WANTED });
        await mkdir(join(cwd, "folder"));
        const { code, stderr } = await run(["apply", "--yes", "--output", target], { cwd, env });
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^error: could not write (nowhere|folder).*\nhint: check that the folder/,
        );
        assert.equal(sandbox.log.length, 0);
        assert.deepEqual((await readdir(cwd)).sort(), ["folder", "users.yaml"]);
      }));
  }

  it("an audit log that opens and cannot be written to stops the run before the first write", (t) =>
    process.platform !== "linux"
      ? t.skip("no /dev/full")
      : withSandbox(async ({ env, writes }) => {
          const cwd = await folderWith({ "users.yaml": WANTED });
          const args = ["apply", "--yes", "--audit-log", "/dev/full"];
          const { code, stderr } = await run(args, { cwd, env });
          assert.equal(code, 1, stderr);
          assert.match(
            stderr,
            /cannot write to the audit log \/dev\/full: no space is left on the disk/,
          );
          assert.deepEqual(writes(), []);
        }));

  it("a saved plan that was made in part, and an audit log that cannot be written to: exit 1, nothing was written", (t) =>
    process.platform !== "linux"
      ? t.skip("no /dev/full")
      : withSandbox(async ({ env, sandbox, writes }) => {
          const cwd = await folderWith({ "users.yaml": WANTED });
          await run(["plan", "--output", "json=plan.json"], { cwd, env });
          const [change] = JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"))
            .organizations[0].changes;
          assert.equal(change.action, "create");
          const role_ids = change.after.roles.map(({ id }: { id: string }) => id);
          sandbox.state.addUser(ACME, { email: change.email, role_ids });
          const args = ["apply", "--plan", "plan.json", "--yes", "--audit-log", "/dev/full"];
          const { code, stderr } = await run(args, { cwd, env });
          assert.equal(code, 1, stderr);
          assert.doesNotMatch(stderr, /What was written/);
          assert.deepEqual(writes(), []);
        }));

  it("an audit log that cannot be opened stops the run before the first write", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--yes", "--audit-log", "nowhere/audit.jsonl"];
      const { code, stderr } = await run(args, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /cannot open .*audit\.jsonl.*\nhint: create the folder/);
      assert.equal(writes().length, 0);
    }));

  it("a job summary that is missing: what was applied is shown, and the code is 4, not 1", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const actions = {
        ...env,
        GITHUB_ACTIONS: "true",
        GITHUB_STEP_SUMMARY: join(cwd, "nowhere/summary"),
      };
      const { code, stdout, stderr } = await run(["apply", "--yes"], { cwd, env: actions });
      assert.equal(code, 4, stderr);
      assert.match(stdout, /3 applied/);
      assert.match(stderr, /error: could not append to .*summary/);
      assert.match(stderr, /Changes made before the error remain/);
      assert.equal(writes().length, 3);
    }));

  it("a report to a device goes into the device", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["plan", "--output", "json=/dev/null"], { cwd, env });
      assert.equal(code, 0, stderr);
    }));
});
