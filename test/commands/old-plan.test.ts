/** A saved plan that is older than the files, while Polytomic is again as the plan saw it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

test("apply --plan warns if the files no longer grant what the plan grants", async () => {
  const server = await polytomic();
  try {
    const cwd = await folderWith({});
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await run(args, { cwd, env: server.env });
      assert.equal(code, 0, stderr);
      return stderr;
    };
    await ok("init");
    await ok("grant", "sam@example.com", "--role", "Admin");
    await ok("grant", "new@example.com", "--role", "Viewer");
    await ok("plan", "--output", "json=plan.json");
    assert.doesNotMatch(await ok("apply", "--plan", "plan.json", "--yes"), /warning/);

    await ok("revoke", "sam@example.com", "--role", "Admin");
    await ok("apply", "--yes");
    assert.equal(
      (await ok("apply", "--plan", "plan.json", "--yes"))
        .split("\n")
        .filter((line) => /^(warning|hint)/.test(line))
        .join("\n"),
      "warning: users.yaml does not grant sam@example.com Admin, which this saved plan would grant\n" +
        "hint: the files have changed since the plan was saved; unless this is intended, make a new plan",
    );
    assert.doesNotMatch(
      (
        await run(["apply", "--plan", "plan.json", "--yes"], {
          cwd: await folderWith({}),
          env: server.env,
        })
      ).stderr,
      /warning/,
    );
  } finally {
    await server.close();
  }
});
