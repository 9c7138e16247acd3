/** Output that cannot be written never ends an apply in the middle, and the exit code reports it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { acmeFile, polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { CLI, start } from "./program.ts";

const newcomers = Array.from(
  { length: 30 },
  (_, index) => [`person${index}@example.com`, "Member"] as const,
);
const WANTED = acmeFile(
  [["cto@example.com", "Admin"], ["jane.doe@example.com", "Admin"], ...newcomers],
  "policy: { unmanaged: keep }\n",
);
const full = { skip: process.platform === "linux" ? false : "there is no /dev/full" };

describe("a full disk behind a redirect", { ...full, timeout: 60_000 }, () => {
  it("stdout: an apply that cannot be shown is not started", async (t) => {
    const server = await polytomic();
    t.after(() => server.close());
    const cwd = await folderWith({ "users.yaml": WANTED });
    const out = openSync("/dev/full", "w");
    t.after(() => closeSync(out));
    const stdio = ["ignore", out, "pipe"] as const;
    const program = start(t, ["apply", "--yes"], { cwd, env: server.env, stdio: [...stdio] });
    assert.equal(await program.ended, 1);
    assert.match(
      program.output.stderr,
      /^error: could not write to standard output: no space is left on the disk$/m,
    );
    assert.equal(server.writes().length, 0);
  });

  it("stderr, with --quiet and a report to a file: everything is written, the exit code is 0", async (t) => {
    const server = await polytomic();
    t.after(() => server.close());
    const cwd = await folderWith({ "users.yaml": WANTED });
    const err = openSync("/dev/full", "w");
    t.after(() => closeSync(err));
    const args = ["apply", "--yes", "--quiet", "--output", "json=r.json", "--audit-log", "a.jsonl"];
    const stdio = ["ignore", "pipe", err] as const;
    const program = start(t, args, { cwd, env: server.env, stdio: [...stdio] });
    assert.equal(await program.ended, 0);
    assert.equal(JSON.parse(await readFile(join(cwd, "r.json"), "utf8")).summary.applied, 30);
  });

  it("stderr, where each request is traced: all is applied and recorded, and the exit code is not 0", async (t) => {
    const server = await polytomic();
    t.after(() => server.close());
    const cwd = await folderWith({ "users.yaml": WANTED });
    const err = openSync("/dev/full", "w");
    t.after(() => closeSync(err));
    const args = ["plan", "--verbose", "--output", "json=plan.json"];
    const stdio = ["ignore", "pipe", err] as const;
    const program = start(t, args, { cwd, env: server.env, stdio: [...stdio] });
    assert.equal(await program.ended, 1);
    assert.equal(JSON.parse(await readFile(join(cwd, "plan.json"), "utf8")).summary.create, 30);
  });

  for (const args of [
    ["plan"],
    ["report"],
    ["export"],
    ["--help"],
    ["--version"],
    ["completion", "bash"],
  ]) {
    it(`${args.join(" ")}: exits with 1`, async (t) => {
      const server = await polytomic();
      t.after(() => server.close());
      const cwd = await folderWith({ "users.yaml": WANTED });
      const out = openSync("/dev/full", "w");
      t.after(() => closeSync(out));
      const program = start(t, args, { cwd, env: server.env, stdio: ["ignore", out, "pipe"] });
      assert.equal(await program.ended, 1);
      assert.match(program.output.stderr, /could not write to standard output/);
    });
  }
});

describe("a stream that fails in the middle of an apply", { timeout: 60_000 }, () => {
  for (const which of ["stdout", "stderr"] as const) {
    it(`${which} is closed by its reader: every change is made, recorded and reported`, async (t) => {
      const server = await polytomic({ latencyMs: 20 });
      t.after(() => server.close());
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--yes", "--verbose", "--concurrency", "2"];
      const files = ["--audit-log", "a.jsonl", "--output", "json=r.json"];
      const program = start(t, [...args, ...files], { cwd, env: server.env });
      while (server.writes().length < 5) await new Promise((resolve) => setImmediate(resolve));
      program.child[which]?.destroy();
      assert.equal(await program.ended, 0);
      assert.equal(JSON.parse(await readFile(join(cwd, "r.json"), "utf8")).summary.applied, 30);
      const audit = (await readFile(join(cwd, "a.jsonl"), "utf8")).trimEnd().split("\n");
      assert.match(audit.at(-1) ?? "", /"kind":"run".*"outcome":"complete"|"kind":"run"/);
      assert.equal(audit.filter((line) => line.includes('"outcome":"applied"')).length, 30);
    });
  }
});

describe("create-api-key --stdout", { timeout: 60_000 }, () => {
  it("into a pipe without a reader: the key is lost, and the message says so", async (t) => {
    const server = await polytomic({ latencyMs: 50 });
    t.after(() => server.close());
    const cwd = await folderWith({});
    const args = ["create-api-key", "jane.doe@example.com", "--stdout", "--force"];
    const program = start(t, args, { cwd, env: server.env });
    program.child.stdout?.destroy();
    assert.equal(await program.ended, 1);
    assert.match(program.output.stderr, /the key was created but could not be saved/);
    assert.match(program.output.stderr, /^hint: run the command again with --force/m);
    assert.doesNotMatch(program.output.stderr, /Created an API key/);
  });
});

describe("a working directory that was deleted", () => {
  const inDeletedFolder = (args: readonly string[]) => {
    const folder = join(process.env["TMPDIR"] ?? "/tmp", `polytomic-users-gone-${process.pid}`);
    mkdirSync(folder);
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
    const ran = spawnSync("sh", ["-c", script, "sh", folder, process.execPath, CLI, ...args], {
      encoding: "utf8",
    });
    if (ran.error !== undefined) rmdirSync(folder);
    return ran;
  };
  it("--version works", () => {
    const { status, stdout } = inDeletedFolder(["--version"]);
    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
  it("validate says what is wrong", () => {
    const { status, stderr } = inDeletedFolder(["validate"]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: the working directory no longer exists$/m);
    assert.doesNotMatch(stderr, /bug/);
  });
});
