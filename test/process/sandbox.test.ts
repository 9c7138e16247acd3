/** The instructions that `sandbox` prints: each command works as written. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { start } from "./program.ts";

/** Starts the sandbox, runs the commands that it prints, in order, and stops it. */
async function followed(t: TestContext, args: readonly string[], files = {}) {
  const cwd = await folderWith(files);
  const sandbox = start(t, ["sandbox", "--port", "0", ...args], { cwd });
  while (!sandbox.output.stdout.includes("/_sandbox/log")) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const text = sandbox.output.stdout;
  const env: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/ (POLYTOMIC_\w+)=(\S+)/g)) {
    env[name] = value;
  }
  const ran: Ran[] = [];
  for (const [, command = "", file] of text.matchAll(
    /^ {2}polytomic-users (.*?)(?: > (\S+))?$/gm,
  )) {
    const result = await run(command.split(" "), { cwd, env });
    if (file !== undefined) await writeFile(join(cwd, file), result.stdout);
    ran.push(result);
  }
  sandbox.child.kill("SIGINT");
  assert.equal(await sandbox.ended, 0);
  assert.deepEqual(
    ran.map(({ code }) => code),
    [0, 0],
    JSON.stringify(ran),
  );
  return { text, plan: ran[1]?.stdout ?? "", cwd };
}

test("with an API key: the files come before the plan, which is empty", async (t) => {
  const { text, plan, cwd } = await followed(t, []);
  assert.match(await readFile(join(cwd, "users.yaml"), "utf8"), /cto@example\.com/);
  assert.match(plan, /^No changes, 12 unchanged/m);
  assert.match(text, /^plan shows no changes until you edit the files/m);
});

test("with a partner key: every organization into a folder, and the plan of the folder is empty", async (t) => {
  const organization = (name: string): string =>
    `  - name: ${name}\n    users:\n      - email: boss@${name}.example\n        roles: [Admin]\n`;
  const state = `partner_keys:\n  - key: sandbox-partner-key\norganizations:\n${organization("apex")}${organization("bolt")}`;
  const { plan } = await followed(t, ["state.yaml"], { "state.yaml": state });
  assert.match(plan, /^No changes, 2 unchanged in 2 organizations/m);
});
