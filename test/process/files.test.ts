/** Writing files: links, devices, pipes, and two names of one file. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, lstat, mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { acmeFile, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { CLI } from "./program.ts";

const WANTED = acmeFile([["cto@example.com", "Admin"]], "policy: { unmanaged: keep }\n");
const COMMON = "version: 1\ngroups: { staff: { roles: [Viewer] } }\n";
const posix = { skip: process.platform === "win32" ? "no symbolic links" : false };

async function scene(t: TestContext) {
  const server = await polytomic();
  t.after(() => server.close());
  const cwd = await folderWith({ "users.yaml": WANTED });
  return { server, cwd, env: server.env };
}

describe("an output behind a symbolic link", posix, () => {
  it("replaces the target of the link, not the link", async (t) => {
    const { cwd, env } = await scene(t);
    await mkdir(join(cwd, "store"));
    await writeFile(join(cwd, "store/plan.json"), "old");
    await symlink("store/plan.json", join(cwd, "plan.json"));
    assert.equal((await run(["plan", "--output", "json=plan.json"], { cwd, env })).code, 0);
    assert.equal(await readlink(join(cwd, "plan.json")), "store/plan.json");
    assert.equal(
      JSON.parse(await readFile(join(cwd, "store/plan.json"), "utf8")).format_version,
      1,
    );
  });

  it("creates the target of a link if it does not exist", async (t) => {
    const { cwd, env } = await scene(t);
    await mkdir(join(cwd, "store"));
    await symlink("store/plan.json", join(cwd, "plan.json"));
    assert.equal((await run(["plan", "--output", "json=plan.json"], { cwd, env })).code, 0);
    assert.equal((await lstat(join(cwd, "plan.json"))).isSymbolicLink(), true);
    assert.equal(
      JSON.parse(await readFile(join(cwd, "store/plan.json"), "utf8")).format_version,
      1,
    );
  });
});

describe("standard output by name", posix, () => {
  for (const name of ["/dev/stdout", "/dev/fd/1", "-"]) {
    it(`${name} is standard output, and nothing is put in its place`, async (t) => {
      const { cwd, env } = await scene(t);
      const { code, stdout } = await run(["plan", "--output", `json=${name}`], { cwd, env });
      assert.equal(code, 0);
      assert.equal(JSON.parse(stdout).format_version, 1);
    });
  }

  it("/dev/stdout as a link of a user's own is written through", async (t) => {
    const { cwd, env } = await scene(t);
    await symlink("/dev/stdout", join(cwd, "out"));
    const line = '"$0" "$1" plan --output json=out --output text=/dev/null --quiet | cat';
    const child = spawn("sh", ["-c", line, process.execPath, CLI], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.match(await text(child.stdout), /"format_version": ?1/);
    assert.equal((await lstat(join(cwd, "out"))).isSymbolicLink(), true);
  });

  it("/dev/stderr does not truncate the file that stderr goes to", async (t) => {
    const { cwd, env } = await scene(t);
    const line = 'echo before > log; "$0" "$1" plan --output json=/dev/stderr 2>> log';
    const child = spawn("sh", ["-c", line, process.execPath, CLI], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: "ignore",
    });
    const [code] = await once(child, "close");
    assert.equal(code, 0);
    assert.match(await readFile(join(cwd, "log"), "utf8"), /^before\n[^]*"format_version": ?1/);
  });
});

describe("one file for two outputs is an error before anything happens", posix, () => {
  const rows: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
    [
      "two outputs, one of them through a link",
      ["plan", "--output", "json=plan.json", "--output", "html=link.json"],
      /^error: --output json=plan\.json and --output html=link\.json are the same file$/m,
    ],
    [
      "two spellings of a file that is missing yet",
      ["plan", "--output", "json=new.json", "--output", "html=./sub/../new.json"],
      /are the same file$/m,
    ],
    [
      "two hard links",
      ["plan", "--output", "json=plan.json", "--output", "html=hard.json"],
      /are the same file$/m,
    ],
    [
      "an output that is the audit log",
      ["apply", "--yes", "--audit-log", "plan.json", "--output", "json=link.json"],
      /^error: --audit-log plan\.json and --output json=link\.json are the same file$/m,
    ],
    [
      "an output that is the saved plan",
      ["apply", "--yes", "--plan", "plan.json", "--output", "json=plan.json"],
      /^error: --plan plan\.json and --output json=plan\.json are the same file$/m,
    ],
    [
      "an output that is the input",
      ["plan", "--output", "json=./users.yaml"],
      /^error: users\.yaml and --output json=\.\/users\.yaml are the same file$/m,
    ],
    [
      "an audit log that is the input",
      ["apply", "--yes", "users.yaml", "--audit-log", "users.yaml"],
      /^error: users\.yaml and --audit-log users\.yaml are the same file$/m,
    ],
    [
      "an output that is a file of the input folder",
      ["plan", "folder", "--output", "html=folder/users.yaml"],
      /^error: folder\/users\.yaml and --output html=folder\/users\.yaml are the same file$/m,
    ],
    [
      "an output that is an included file, through a link",
      ["plan", "folder", "--output", "json=link-to-common"],
      /^error: common\.yaml and --output json=link-to-common are the same file$/m,
    ],
    [
      "an output that is an included file of files with problems",
      ["validate", "invalid.yaml", "--output", "json=common.yaml"],
      /^error: common\.yaml and --output json=common\.yaml are the same file$/m,
    ],
    [
      "an audit log that is an included file",
      ["apply", "--yes", "folder", "--audit-log", "common.yaml"],
      /^error: common\.yaml and --audit-log common\.yaml are the same file$/m,
    ],
    [
      "a worksheet that is a file of the input folder",
      ["review", "folder", "--output", "csv=folder/users.yaml"],
      /^error: folder\/users\.yaml and --output csv=folder\/users\.yaml are the same file$/m,
    ],
    [
      "a report of an earlier day that is a file of the input folder",
      ["report", "folder", "--at", "2026-01-05", "--output", "csv=folder/users.yaml"],
      /^error: folder\/users\.yaml and --output csv=folder\/users\.yaml are the same file$/m,
    ],
    [
      "an output that is a file to compare with",
      ["plan", "--since", "plan.json", "--output", "json=plan.json"],
      /^error: --since plan\.json and --output json=plan\.json are the same file$/m,
    ],
  ];
  for (const [name, args, says] of rows) {
    it(name, async (t) => {
      const { server, cwd, env } = await scene(t);
      await writeFile(join(cwd, "plan.json"), "as it was");
      await symlink("plan.json", join(cwd, "link.json"));
      await link(join(cwd, "plan.json"), join(cwd, "hard.json"));
      await mkdir(join(cwd, "sub"));
      await mkdir(join(cwd, "folder"));
      await writeFile(join(cwd, "folder/users.yaml"), `include: [../common.yaml]\n${WANTED}`);
      await writeFile(join(cwd, "common.yaml"), COMMON);
      await symlink("common.yaml", join(cwd, "link-to-common"));
      await writeFile(join(cwd, "invalid.yaml"), "version: 1\ninclude: [common.yaml]\nusers: 7\n");
      const { code, stderr } = await run(args, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, says);
      assert.equal(server.sandbox.log.length, 0);
      assert.equal(await readFile(join(cwd, "plan.json"), "utf8"), "as it was");
      assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), WANTED);
      assert.match(await readFile(join(cwd, "folder/users.yaml"), "utf8"), /^include:/);
      assert.equal(await readFile(join(cwd, "common.yaml"), "utf8"), COMMON);
    });
  }
});
