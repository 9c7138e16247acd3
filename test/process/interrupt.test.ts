/** Ctrl-C, SIGTERM and SIGHUP while the program waits: it ends soon, and what it did is recorded. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { exampleState } from "../../src/sandbox/state.ts";
import { systemClock } from "../../src/clock.ts";
import { before, flyingClock } from "../commands/elsewhere.ts";
import { acmeFile, run } from "../program.ts";
import { folderWith, skipWithout } from "../support.ts";
import { CLI, start } from "./program.ts";

const WANTED = acmeFile(
  [
    ["cto@example.com", "Admin"],
    ["one@example.com", "Member"],
    ["two@example.com", "Member"],
  ],
  "policy: { unmanaged: keep }\n",
);

const env = (url: string) => ({
  POLYTOMIC_DEPLOYMENT_URL: url,
  POLYTOMIC_API_KEY: "sandbox-api-key",
});

/** A Polytomic that answers reads and never answers a write. */
async function deafToWrites() {
  const sandbox = createSandbox({ state: exampleState(), clock: systemClock });
  return before(sandbox, ({ method }) => (method === "GET" ? null : "silence"));
}

async function untilAsked(
  server: { readonly asked: readonly { method: string }[] },
  method: string,
) {
  while (!server.asked.some((one) => one.method === method)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("an interrupted read ends at once", { timeout: 60_000 }, () => {
  const limited = { status: 429, body: "{}", headers: { "retry-after": "300" } };
  for (const [what, instead] of [
    ["while a 429's time passes", limited],
    ["while the server does not answer", "silence"],
  ] as const) {
    for (const command of ["plan", "report", "export", "apply"] as const) {
      it(`${command}, ${what}`, async (t) => {
        const server = await before(null, () => instead);
        t.after(() => server.close());
        const cwd = await folderWith({ "users.yaml": WANTED });
        const args = command === "apply" ? ["apply", "--yes"] : [command];
        const program = start(t, args, { cwd, env: env(server.url) });
        await untilAsked(server, "GET");
        program.child.kill("SIGINT");
        assert.equal(await program.ended, 130);
        assert.match(program.output.stderr, /^Interrupted: nothing was written\.$/m);
        assert.doesNotMatch(program.output.stderr, /^error|bug/m);
      });
    }
  }

  it("validate, while nothing is written to its standard input", async (t) => {
    const cwd = await folderWith({});
    const program = start(t, ["validate", "-"], { cwd, stdio: ["pipe", "pipe", "pipe"] });
    await setTimeout(300); // nothing shows that it is reading
    program.child.kill("SIGINT");
    assert.equal(await program.ended, 130);
  });
});

describe("an interrupted apply whose requests are not answered", { timeout: 60_000 }, () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`${signal} twice: in doubt at once, audit log and report are written`, async (t) => {
      const server = await deafToWrites();
      t.after(() => server.close());
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--yes", "--audit-log", "audit.jsonl", "--output", "json=result.json"];
      const program = start(t, args, { cwd, env: env(server.url) });
      await untilAsked(server, "POST");
      program.child.kill(signal);
      await program.says(/Stopping: waiting up to 7 s for requests that were already sent/);
      program.child.kill(signal);
      assert.equal(await program.ended, 130, program.output.stderr);
      const audit = (await readFile(join(cwd, "audit.jsonl"), "utf8")).trimEnd().split("\n");
      assert.match(audit.at(-1) ?? "", /"kind":"run".*"outcome":"interrupted"/);
      const result = JSON.parse(await readFile(join(cwd, "result.json"), "utf8"));
      const { applied, failed, not_attempted: not } = result.summary;
      assert.deepEqual([applied, failed + not], [0, 2]);
      assert.match(JSON.stringify(result), /Polytomic may still make this change/);
    });
  }

  it("once: what was sent gets its time, then it counts as in doubt", async (t) => {
    const server = await deafToWrites();
    t.after(() => server.close());
    const cwd = await folderWith({ "users.yaml": WANTED });
    const stop = new AbortController();
    const running = run(["apply", "--yes", "--timeout", "3600", "--output", "json"], {
      cwd,
      env: env(server.url),
      clock: flyingClock(),
      interrupt: stop.signal,
    });
    await untilAsked(server, "POST");
    stop.abort();
    const { code, stdout } = await running;
    assert.equal(code, 130);
    assert.match(stdout, /Polytomic may still make this change/);
  });
});

const pty = { skip: process.platform === "linux" ? skipWithout("script") : "script differs" };

describe("a terminal that is closed", { ...pty, timeout: 60_000 }, () => {
  it("during an apply: it ends with 130, not with an abort of Node, and the run is recorded", async (t) => {
    const server = await deafToWrites();
    t.after(() => server.close());
    const cwd = await folderWith({ "users.yaml": WANTED });
    const apply = `"${process.execPath}" "${CLI}" apply --yes --audit-log audit.jsonl`;
    // The shell forwards the signal, and outlives its terminal to report the exit code.
    const shell = `${apply} & p=$!; trap "kill -HUP $p" HUP; wait $p; wait $p; echo $? > code; mv code ended`;
    const terminal = spawn("script", ["-qec", shell, "/dev/null"], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env(server.url) },
      stdio: ["pipe", "ignore", "ignore"],
    });
    t.after(() => terminal.kill("SIGKILL"));
    await untilAsked(server, "POST");
    terminal.kill("SIGKILL");
    while (!existsSync(join(cwd, "ended"))) await setTimeout(50, null, { signal: t.signal });
    assert.equal(await readFile(join(cwd, "ended"), "utf8"), "130\n");
    const audit = (await readFile(join(cwd, "audit.jsonl"), "utf8")).trimEnd().split("\n");
    assert.match(audit.at(-1) ?? "", /"kind":"run".*"outcome":"interrupted"/);
  });
});
