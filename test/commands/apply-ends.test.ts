/** Interruptions and kills of the real program as a separate process (built by `npm run build`). */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { acmeFile, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const newcomers = Array.from(
  { length: 30 },
  (_, index) => [`person${index}@example.com`, "Member"] as const,
);
const wanted = acmeFile(
  [["cto@example.com", "Admin"], ["jane.doe@example.com", "Admin"], ...newcomers],
  "policy: { unmanaged: keep }\n",
);

async function started(cwd: string, env: Readonly<Record<string, string>>) {
  const args = [cli, "apply", "--yes", "--concurrency", "3", "--audit-log", "audit.jsonl"];
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", NODE_PATH: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output };
}

type Started = Awaited<ReturnType<typeof started>>;

/** Resolves once the sandbox has carried out this many writes; rejects if the program ends before. */
async function untilWritten(
  { writes }: Polytomic,
  count: number,
  { child, output }: Started,
): Promise<void> {
  while (writes().filter(({ committed }) => committed !== null).length < count) {
    assert.equal(child.exitCode, null, output.stderr);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function invitations({ writes }: Polytomic): readonly string[] {
  return writes().flatMap(({ committed }) =>
    committed?.kind === "created" ? [committed.email] : [],
  );
}

describe("Ctrl-C in the middle", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal}: finishes what is in flight, begins nothing new, reports, and exits with 130`, async () => {
      const server = await polytomic({ latencyMs: 30 });
      try {
        const cwd = await folderWith({ "users.yaml": wanted });
        const program = await started(cwd, server.env);
        const { child, output } = program;
        await untilWritten(server, 5, program);
        child.kill(signal);
        const [code] = await once(child, "exit");
        assert.equal(code, 130, output.stderr);
        const made = invitations(server).length;
        assert.ok(made >= 5 && made < 30, `${made} were made`);
        assert.match(
          output.stdout,
          new RegExp(`${made} applied, 0 failed, ${30 - made} not attempted`),
        );
        const audit = (await readFile(join(cwd, "audit.jsonl"), "utf8")).trimEnd().split("\n");
        assert.equal(audit.filter((line) => line.includes('"outcome":"applied"')).length, made);
        assert.match(audit.at(-1) ?? "", /"kind":"run".*"outcome":"interrupted"/);
        const again = await run(["apply", "--yes"], { cwd, env: server.env });
        assert.equal(again.code, 0, again.stderr);
        assert.equal(new Set(invitations(server)).size, invitations(server).length);
      } finally {
        await server.close();
      }
    });
  }
});

describe("kill -9", () => {
  for (const moment of [0, 1, 3, 5, 8, 12, 17, 22, 26, 29]) {
    it(`after ${moment} writes: running again finishes, and no user is invited twice`, async () => {
      const server = await polytomic({ latencyMs: 5 });
      try {
        const cwd = await folderWith({ "users.yaml": wanted });
        const program = await started(cwd, server.env);
        const { child } = program;
        await untilWritten(server, moment, program);
        child.kill("SIGKILL");
        await once(child, "exit");
        // The server completes what it has begun before the next run.
        while (server.sandbox.inFlight.now > 0)
          await new Promise((resolve) => setImmediate(resolve));
        const again = await run(["apply", "--yes", "--audit-log", "audit.jsonl"], {
          cwd,
          env: server.env,
        });
        assert.equal(again.code, 0, again.stdout + again.stderr);
        assert.deepEqual([...invitations(server)].sort(), newcomers.map(([email]) => email).sort());
        const plan = await run(["plan", "--detailed-exitcode"], { cwd, env: server.env });
        assert.equal(plan.code, 0);
      } finally {
        await server.close();
      }
    });
  }
});
