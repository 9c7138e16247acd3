/** The nightly workflow: its very steps, night after night. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Artifact } from "./github.ts";
import { byHand, PEOPLE, type Person, scene, type Scene } from "./scene.ts";

const ELIF = "elif.kaya@example.com";
const FARID = "farid.haddad@example.com";

function wanted(email: string, role: string): readonly Person[] {
  return PEOPLE.map(([address, ...roles]): Person =>
    address === email ? [address, role] : [address, ...roles],
  );
}

describe("the issue about drift", () => {
  let repository: Scene;
  before(async () => (repository = await scene()));
  after(() => repository.close());
  const issues = (): readonly unknown[] =>
    repository.github.issues.map(({ number, state, body }) => [number, state, body.split("\n")[1]]);

  it("is not opened while Polytomic is as the files say", async () => {
    await repository.write(PEOPLE);
    const run = await repository.drift();
    assert.equal(run.exitCode, 0);
    assert.deepEqual(issues(), []);
  });

  it("is opened when somebody changed Polytomic, and the run ends with 2", async () => {
    byHand(repository).roles(ELIF, "Admin");
    const run = await repository.drift();
    assert.equal(run.exitCode, 2);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
    assert.equal(
      repository.github.issues[0]?.title,
      "Polytomic is not as the files say: users.yaml",
    );
  });

  it("is kept up to date", async () => {
    byHand(repository).roles(FARID, "Member");
    assert.equal((await repository.drift()).exitCode, 2);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
  });

  it("stays as it is where the plan could not be made", async () => {
    await repository.write([["nobody", "Member"]]);
    assert.equal((await repository.drift()).exitCode, 1);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
  });

  it("says what the guards refuse", async () => {
    await repository.write([["cto@example.com", "Admin"]]);
    assert.equal((await repository.drift()).exitCode, 3);
    assert.match(repository.github.issues[0]?.body ?? "", /^> \*\*Refused by guards: /m);
  });

  it("is closed with a word when all is as the files say again", async () => {
    byHand(repository).roles(ELIF, "Viewer");
    byHand(repository).roles(FARID, "Viewer");
    await repository.write(PEOPLE);
    assert.equal((await repository.drift()).exitCode, 0);
    assert.equal(repository.github.issues[0]?.state, "closed");
    assert.match(
      repository.github.comments[0]?.body ?? "",
      /^Polytomic is as the files say again \(\[run\]\(https:\/\/github\.com\/acme\/access\/actions\/runs\/4711\)\)\.$/,
    );
  });

  it("is opened anew the next time", async () => {
    byHand(repository).roles(ELIF, "Admin");
    await repository.drift();
    assert.deepEqual(
      repository.github.issues.map(({ number, state }) => [number, state]),
      [
        [100, "closed"],
        [101, "open"],
      ],
    );
  });

  it("leaves no trace of a key and no write to Polytomic", async () => {
    assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
    assert.deepEqual(repository.polytomic.writes(), []);
  });
});

describe("drift and pending changes", () => {
  it("are told apart by what the last apply on main left behind", async () => {
    const repository = await scene();
    try {
      await repository.write(wanted(ELIF, "Admin"));
      await repository.plan();
      await repository.apply();
      const folder = join(repository.artifacts, "polytomic-apply");
      repository.github.artifacts = [
        artifact(1, folder, { created_at: "2026-11-20T10:00:00Z" }),
        // None of these is the last apply on main.
        artifact(2, "/nowhere", { created_at: "2026-11-19T10:00:00Z" }),
        artifact(3, "/nowhere", { expired: true }),
        artifact(4, "/nowhere", { head_branch: "mallory" }),
        artifact(5, "/nowhere", { head_repository_id: 666 }),
      ];
      byHand(repository).roles(ELIF, "Billing");
      await repository.write([
        ...wanted(ELIF, "Admin").slice(0, -1),
        ["new@example.com", "Member"],
      ]);
      assert.equal((await repository.drift()).exitCode, 2);
      const body = repository.github.issues[0]?.body ?? "";
      assert.match(
        body,
        /`elif\.kaya@example\.com` .* drift: changed in Polytomic, not in the files/,
      );
      assert.match(body, /`support@polytomic\.com` .* changed in the files/);
      assert.match(body, /`new@example\.com` .* changed in the files/);
    } finally {
      await repository.close();
    }
  });
});

function artifact(
  id: number,
  folder: string,
  other: { created_at?: string; expired?: boolean } & Partial<Artifact["workflow_run"]>,
): Artifact {
  const { created_at = "2026-11-21T10:00:00Z", expired = false, ...run } = other;
  const onMain = { id, head_branch: "main", repository_id: 1, head_repository_id: 1 };
  return {
    name: "polytomic-apply",
    expired,
    created_at,
    workflow_run: { ...onMain, ...run },
    folder,
  };
}
