/** One change through all workflows: reviewed, merged, applied, recorded, and checked for drift. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { byHand, MERGE, USERS, type User, scene } from "./scene.ts";

const ELIF = "elif.kaya@example.com";

it("a pull request is planned, commented, merged, applied, commented, recorded, and drift from it is found", async () => {
  const repository = await scene();
  try {
    const { github, polytomic } = repository;
    await repository.write(
      USERS.map(([email, ...roles]): User =>
        email === ELIF ? [email, "Admin"] : [email, ...roles],
      ),
    );
    const reviewed = await repository.pullRequest();
    assert.deepEqual(
      ["validate", "plan", "polytomic"].map((job) => reviewed[job]?.result),
      ["success", "success", "success"],
    );
    const digest = /sha256:[0-9a-f]{64}/.exec(github.comments[0]?.body ?? "")?.[0];
    assert.ok(github.comments[0]?.body.includes(new URL(polytomic.url).hostname), "the address");
    assert.deepEqual(polytomic.writes(), [], "and nothing is written yet");

    const { plan, apply } = await repository.apply();
    assert.deepEqual([plan?.result, apply?.result], ["success", "success"]);
    assert.equal(plan?.outputs["digest"], digest, "exactly the reviewed plan");
    assert.deepEqual(byHand(repository).has(ELIF), ["Admin"]);
    assert.match(github.comments[1]?.body ?? "", /: 1 applied, 0 failed/m);
    const audit = await readFile(
      join(repository.artifacts, "polytomic-apply/polytomic-audit.jsonl"),
      "utf8",
    );
    const change = audit.split("\n").find((line) => line.includes(ELIF)) ?? "";
    const line: Readonly<Record<string, unknown>> = JSON.parse(change);
    assert.deepEqual([line["outcome"], line["commit"]], ["applied", MERGE]);

    assert.equal((await repository.drift()).exitCode, 0);
    byHand(repository).roles(ELIF, "Viewer");
    assert.equal((await repository.drift()).exitCode, 2);
    assert.deepEqual(
      github.issues.map(({ state }) => state),
      ["open"],
    );
    assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
  } finally {
    await repository.close();
  }
});
