/** Diagnostics that the environment can make Node print: none contains the key. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ACME_USERS, acmeFile, polytomic, type Polytomic, type Ran } from "../program.ts";
import { folderWith } from "../support.ts";

const KEY = "sandbox-api-key";
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

describe("Node's own diagnostics", () => {
  let server: Polytomic;
  let cwd: string;
  before(async () => {
    server = await polytomic();
    cwd = await folderWith({ "users.yaml": acmeFile(ACME_USERS) });
  });
  after(() => server.close());

  const run = (args: readonly string[], more: Readonly<Record<string, string>>): Promise<Ran> =>
    new Promise((resolve) => {
      const env = { ...server.env, ...more };
      execFile(process.execPath, [cli, ...args], { cwd, env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });

  for (const sections of ["http", "HTTPS", "net", "tls", "stream", "fs,http", "h*", "*", " http"]) {
    it(`NODE_DEBUG=${sections} does not print the key`, async () => {
      for (const args of [
        ["plan"],
        ["apply", "--yes"],
        ["create-api-key", "a@b.example", "--stdout"],
      ]) {
        const { code, stdout, stderr } = await run(args, { NODE_DEBUG: sections });
        assert.equal(code, 1);
        assert.match(stderr, /error: NODE_DEBUG=.* would print the key\n/);
        assert.doesNotMatch(`${stdout}${stderr}`, new RegExp(KEY));
      }
      assert.deepEqual(server.sandbox.log, []);
    });
  }

  it("NODE_DEBUG for what has no secrets is Node's own business, and so is a command without a key", async () => {
    assert.equal((await run(["plan"], { NODE_DEBUG: "module_timer" })).code, 0);
    assert.equal((await run(["validate"], { NODE_DEBUG: "http" })).code, 0);
  });

  it("a diagnostic report has no key", async () => {
    const report = join(cwd, "report.json");
    const write = `process.on("exit", () => process.report.writeReport(${JSON.stringify(report)}))`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(write)}`;
    assert.equal((await run(["plan"], { NODE_OPTIONS, POLYTOMIC_TEST: "seen" })).code, 0);
    const text = await readFile(report, "utf8");
    assert.match(text, /"POLYTOMIC_TEST": "seen"/, "the environment is in it");
    assert.doesNotMatch(text, new RegExp(KEY));
  });
});
