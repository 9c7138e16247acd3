/** Each command ends with the next step, on stderr, and only where a user reads it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { chance } from "../../src/sandbox/faults.ts";
import { polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";
import { flyingClock } from "./elsewhere.ts";

const lastLine = (text: string): string | undefined => text.trimEnd().split("\n").at(-1);

async function onSandbox(work: (env: Readonly<Record<string, string>>) => Promise<void>) {
  const server = await polytomic();
  try {
    await work(server.env);
  } finally {
    await server.close();
  }
}

test("a first session: each command names the next one", () =>
  onSandbox(async (env) => {
    const cwd = await folderWith({});
    const ends = async (args: readonly string[]): Promise<string | undefined> => {
      const { code, stderr } = await run(args, { cwd, env });
      assert.equal(code, 0, stderr);
      return lastLine(stderr);
    };
    assert.equal(
      await ends(["doctor"]),
      "Next: polytomic-users init (writes users.yaml from the current users and roles)",
    );
    assert.equal(
      await ends(["report"]),
      "Next: polytomic-users init (writes users.yaml with these users)",
    );
    assert.equal(await ends(["roles"]), "Next: polytomic-users grant EMAIL --role NAME");
    assert.equal(
      await ends(["export"]),
      "Next: save this as users.yaml, then run polytomic-users plan",
    );
    assert.match(String(await ends(["init"])), /^ {2}3\. .*polytomic-users init --ci github/);
    assert.equal(await ends(["doctor"]), "Next: polytomic-users plan");
    assert.equal(await ends(["validate"]), "Next: polytomic-users plan");
    assert.equal(
      await ends(["grant", "new@example.com", "--role", "Viewer"]),
      "Wrote users.yaml. Next: polytomic-users plan",
    );
    assert.equal(
      await ends(["rename", "new@example.com", "newer@example.com", "--file", "users.yaml"]),
      "Wrote users.yaml. Next: polytomic-users plan users.yaml",
    );
    const planned = await run(["plan", "--output", "text", "--output", "json=plan.json"], {
      cwd,
      env,
    });
    assert.equal(lastLine(planned.stdout), "  polytomic-users apply --yes --plan plan.json");
    assert.equal(planned.stderr, "Wrote plan.json.\n");
    assert.equal(
      await ends(["report"]),
      "Next: polytomic-users explain EMAIL (why a user has each role, and when it was granted)",
    );
    assert.equal(
      await ends(["review", "--output", "csv=sheet.csv"]),
      "Next: decide in sheet.csv, then run polytomic-users review --decisions sheet.csv",
    );
    assert.equal(
      await ends(["review", "--output", "html=sheet.html"]),
      "Next: decide in sheet.html, save the CSV, then run polytomic-users review --decisions review.csv",
    );
    assert.equal(await ends(["export", "--into", "users.yaml"]), "Next: polytomic-users plan");
    assert.equal(
      (await run(["plan"], { cwd, env })).stderr,
      "",
      "nothing to do: nothing comes next",
    );
    assert.equal((await run(["completion", "bash"], { cwd })).stderr, "");
  }));

test("nothing is said with --quiet, nor where a program reads stdout", () =>
  onSandbox(async (env) => {
    const cwd = await folderWith({});
    await run(["init"], { cwd, env });
    for (const command of ["doctor", "report", "roles", "export", "validate"]) {
      assert.equal((await run([command, "--quiet"], { cwd, env })).stderr, "", command);
      if (command === "export") continue;
      assert.equal((await run([command, "--output", "json"], { cwd, env })).stderr, "", command);
    }
    assert.equal(
      (
        await run(["validate", "-"], {
          cwd,
          stdin: await readFile(join(cwd, "users.yaml"), "utf8"),
        })
      ).stderr,
      "",
    );
  }));

test("an apply that leaves changes says that it can be run again", async () => {
  const server = await polytomic({
    faults: [chance("error-500", 1, ["PUT", "PATCH"])],
  });
  try {
    const cwd = await folderWith({});
    await run(["init"], { cwd, env: server.env });
    await run(["grant", "sam@example.com", "--role", "Viewer"], { cwd });
    const { code, stdout } = await run(["apply", "--yes"], {
      cwd,
      env: server.env,
      clock: flyingClock(),
    });
    assert.equal(code, 4);
    assert.match(
      stdout,
      /^Next: fix the cause of the failures, then run the same command again to apply the rest\.$/m,
    );
  } finally {
    await server.close();
  }
});
