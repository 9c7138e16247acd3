/** Several commands edit one file at the same time: what is reported as written is in the file. */
import assert from "node:assert/strict";
import { readdir, readFile, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../program.ts";
import { folderWith } from "../support.ts";

const FILE = "version: 1\nusers:\n  - email: a@example.com\n    roles: [Admin]\n";

test("no edit is lost where several are made at once", async () => {
  const cwd = await folderWith({ "users.yaml": FILE });
  const emails = Array.from({ length: 8 }, (_, n) => `new${n}@example.com`);
  const runs = await Promise.all(
    emails.map((email) => run(["grant", email, "--role", "Viewer"], { cwd })),
  );
  const text = await readFile(join(cwd, "users.yaml"), "utf8");
  assert.deepEqual(
    emails.filter((email) => text.includes(email)),
    emails.filter((_, n) => runs[n]?.code === 0),
  );
  assert.ok(runs.some(({ code }) => code === 0));
  for (const { code, stderr } of runs) {
    if (code !== 0) assert.match(stderr, /(changed in the meantime|another command is writing)/);
  }
  assert.deepEqual(await readdir(cwd), ["users.yaml"]);
});

test("a lock that was left behind is named, with what to do", async () => {
  const cwd = await folderWith({ "users.yaml": FILE, "users.yaml.lock": "" });
  const { code, stderr } = await run(["grant", "b@example.com", "--role", "Viewer"], { cwd });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: another command is writing users\.yaml: nothing was written\nhint: run the command again; if no other command is running, delete users\.yaml\.lock first$/m,
  );
  assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), FILE);
});

test("the lock of a file behind a symbolic link is named where it is", async () => {
  const cwd = await folderWith({ "shared/users.yaml": FILE, "shared/users.yaml.lock": "" });
  await symlink("shared/users.yaml", join(cwd, "users.yaml"));
  const { code, stderr } = await run(["grant", "b@example.com", "--role", "Viewer"], { cwd });
  assert.equal(code, 1);
  const lock = join(await realpath(cwd), "shared/users.yaml.lock");
  assert.ok(stderr.includes(`delete ${lock} first`), stderr);
});
