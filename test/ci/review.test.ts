/** The quarterly workflow: its actual steps. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { USERS, scene, type Scene } from "./scene.ts";

describe("the issue of an access review", () => {
  let repository: Scene;
  before(async () => {
    repository = await scene();
    const rules =
      "policy:\n  rules:\n    - name: quarterly\n      reviewed_within: 90d\n      level: warning\n";
    await repository.write(USERS, rules);
  });
  after(() => repository.close());

  it("comes with the worksheet as a page and as CSV, and lists who is due by reviewed_within", async () => {
    const { exitCode, log } = await repository.review();
    assert.equal(exitCode, 0, log);
    const [issue, ...others] = repository.github.issues;
    assert.deepEqual(others, []);
    assert.equal(issue?.title, "Access review: users.yaml");
    assert.match(
      issue?.body ?? "",
      /the artifact \*\*polytomic-review\*\* of \[this run\]\(.*4711#artifacts\)/,
    );
    assert.match(
      issue?.body ?? "",
      /^ {4}users\.yaml:\d+:\d+: .*elif\.kaya@example\.com was never reviewed/m,
    );
    const folder = join(repository.artifacts, "polytomic-review");
    assert.deepEqual((await readdir(folder)).sort(), [
      "polytomic-review.csv",
      "polytomic-review.html",
    ]);
    assert.match(
      await readFile(join(folder, "polytomic-review.csv"), "utf8"),
      /"elif\.kaya@example\.com","Viewer"/,
    );
  });

  it("is updated while it is open", async () => {
    assert.equal((await repository.review()).exitCode, 0);
    assert.equal(repository.github.issues.length, 1);
  });

  it("leaves no trace of a key and no write to Polytomic", async () => {
    assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
    assert.deepEqual(repository.polytomic.writes(), []);
  });
});
