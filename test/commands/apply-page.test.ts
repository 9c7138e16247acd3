/** The page that `apply --output html=FILE` writes. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { ACME_USERS, acmeFile, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

it("the page of an apply says what was done, and shows who has access after it", async () => {
  const { env, close } = await polytomic();
  try {
    const wanted = acmeFile([...ACME_USERS, ["newcomer@example.com", "Viewer"]]);
    const cwd = await folderWith({ "users.yaml": wanted });
    const args = ["apply", "--yes", "--output", "html=apply.html"];
    const { code, stderr } = await run(args, { cwd, env });
    assert.equal(code, 0, stderr);
    const page = await readFile(join(cwd, "apply.html"), "utf8");
    assert.match(page, /<title>Apply result for Acme: applied</);
    assert.match(page, /Verified: Polytomic matches the plan\./);
    assert.match(page, /"email":"newcomer@example\.com","state":"managed","change":"added"/);
  } finally {
    await close();
  }
});
