/** The nightly workflow: its actual steps, on several nights. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Artifact, textOf } from "./github.ts";
import { byHand, USERS, type User, scene, type Scene } from "./scene.ts";

const ELIF = "elif.kaya@example.com";
const FARID = "farid.haddad@example.com";

function wanted(email: string, role: string): readonly User[] {
  return USERS.map(([address, ...roles]): User =>
    address === email ? [address, role] : [address, ...roles],
  );
}

describe("the issue about drift", () => {
  let repository: Scene;
  before(async () => (repository = await scene()));
  after(() => repository.close());
  const issues = (): readonly unknown[] =>
    repository.github.issues.map(({ number, state, body }) => [number, state, body.split("\n")[1]]);

  it("is not opened while Polytomic matches the files", async () => {
    await repository.write(USERS);
    const run = await repository.drift();
    assert.equal(run.exitCode, 0);
    assert.deepEqual(issues(), []);
  });

  it("is opened if Polytomic was changed outside the files, and the run exits with 2", async () => {
    byHand(repository).roles(ELIF, "Admin");
    const run = await repository.drift();
    assert.equal(run.exitCode, 2);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
    assert.equal(
      repository.github.issues[0]?.title,
      "Polytomic differs from the files: users.yaml",
    );
  });

  it("is kept up to date", async () => {
    byHand(repository).roles(FARID, "Member");
    assert.equal((await repository.drift()).exitCode, 2);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
  });

  it("stays unchanged if the plan could not be made", async () => {
    await repository.write([["nobody", "Member"]]);
    assert.equal((await repository.drift()).exitCode, 1);
    assert.deepEqual(issues(), [[100, "open", "### Polytomic access, Acme: ready to apply"]]);
  });

  it("says what the guards refuse", async () => {
    await repository.write([["cto@example.com", "Admin"]]);
    assert.equal((await repository.drift()).exitCode, 3);
    assert.match(repository.github.issues[0]?.body ?? "", /^> \*\*Violations: /m);
  });

  it("is closed with a comment when Polytomic matches the files again", async () => {
    byHand(repository).roles(ELIF, "Viewer");
    byHand(repository).roles(FARID, "Viewer");
    await repository.write(USERS);
    assert.equal((await repository.drift()).exitCode, 0);
    assert.equal(repository.github.issues[0]?.state, "closed");
    assert.match(
      repository.github.comments[0]?.body ?? "",
      /^Polytomic matches the files again \(\[run\]\(https:\/\/github\.com\/acme\/access\/actions\/runs\/4711\)\)\.$/,
    );
  });

  it("is opened again the next time", async () => {
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
  it("are distinguished by the artifacts of the last apply on main", async () => {
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

describe("the pull request that accepts drift", () => {
  let repository: Scene;
  before(async () => {
    repository = await scene();
    await repository.write(USERS, "# a comment that stays\n");
  });
  after(() => repository.close());
  const open = (): readonly unknown[] =>
    repository.github.pulls.filter(({ state }) => state === "open").map(({ number }) => number);
  const branch = (): string | undefined => repository.github.git.branches.get("polytomic/drift");

  it("is off unless the workflow turns it on", async () => {
    byHand(repository).roles(ELIF, "Admin");
    assert.equal((await repository.drift()).exitCode, 2);
    assert.deepEqual([open(), branch()], [[], undefined]);
    byHand(repository).roles(ELIF, "Viewer");
  });

  it("is not opened without drift", async () => {
    const { drift, "pull-request": job } = await repository.driftWithPullRequest();
    assert.deepEqual([drift?.exitCode, job?.exitCode], [0, 0], job?.log);
    assert.deepEqual([open(), branch()], [[], undefined]);
  });

  it("changes only the users file, on its own branch", async () => {
    byHand(repository).roles(ELIF, "Admin");
    const { drift, "pull-request": job } = await repository.driftWithPullRequest();
    assert.deepEqual([drift?.exitCode, job?.exitCode], [2, 0], job?.log);
    assert.deepEqual(open(), [200]);
    const { git, pulls } = repository.github;
    const commit = git.commits.get(branch() ?? "");
    assert.deepEqual(commit?.parents, [git.main]);
    const { "users.yaml": text, ...others } = commit?.files ?? {};
    const { "users.yaml": _, ...before } = git.filesOf(git.main);
    assert.deepEqual(others, before);
    assert.match(textOf(text ?? ""), /^# a comment that stays$/m);
    assert.match(textOf(text ?? ""), /elif\.kaya@example\.com\n? *,? *roles: \[Admin\]/);
    const body = pulls[0]?.body ?? "";
    assert.equal(pulls[0]?.title, "Accept drift: users.yaml");
    assert.match(body, /^- \*\*Accept the drift\*\*: review the changed files and merge\./m);
    assert.match(
      body,
      /^- \*\*Undo the drift\*\*: run \[.*\]\(https:\/\/github\.com\/acme\/access\/actions\/workflows\/polytomic-apply\.yml\) with the digest `sha256:[0-9a-f]{64}`/m,
    );
    assert.match(body, /^### Polytomic access, Acme: ready to apply$/m);
  });

  it("is left alone the next night while nothing more has changed", async () => {
    const before = branch();
    await repository.driftWithPullRequest();
    assert.deepEqual([open(), branch()], [[200], before]);
  });

  it("is updated, and no second one is opened", async () => {
    const before = branch();
    byHand(repository).roles(FARID, "Member");
    await repository.driftWithPullRequest();
    assert.deepEqual(open(), [200]);
    assert.notEqual(branch(), before);
    const text = textOf(repository.github.git.filesOf(branch() ?? "")["users.yaml"] ?? "");
    assert.match(text, /farid\.haddad@example\.com\n? *,? *roles: \[Member\]/);
  });

  it("stays unchanged if the plan could not be made", async () => {
    const before = branch();
    await repository.write([["nobody", "Member"]]);
    await repository.driftWithPullRequest();
    assert.deepEqual([open(), branch()], [[200], before]);
    await repository.write(USERS, "# a comment that stays\n");
  });

  it("accepts the drift when it is merged: the plan after it is empty", async () => {
    const { git } = repository.github;
    repository.propose(git.filesOf(branch() ?? ""));
    const { plan, apply } = await repository.apply();
    assert.deepEqual([plan?.exitCode, plan?.outputs["changes"]], [0, "0"], plan?.log);
    assert.equal(apply?.result, "skipped");
    assert.deepEqual(repository.polytomic.writes(), []);
  });

  it("is undone by the apply workflow with the digest that it names, and then closed", async () => {
    await repository.write(USERS, "# a comment that stays\n");
    repository.github.pulls = [];
    await repository.driftWithPullRequest();
    assert.deepEqual(open(), [200]);
    const digest = /sha256:[0-9a-f]{64}/.exec(repository.github.pulls[0]?.body ?? "")?.[0] ?? "";
    const { apply } = await repository.applyByHand(digest);
    assert.equal(apply?.exitCode, 0, apply?.log);
    assert.deepEqual(byHand(repository).has(ELIF), ["Viewer"]);
    await repository.driftWithPullRequest();
    assert.deepEqual(open(), []);
    assert.match(repository.github.comments.at(-1)?.body ?? "", /^There is no drift any more/);
  });

  it("says which setting is missing where GitHub does not let a workflow open it", async () => {
    byHand(repository).roles(ELIF, "Admin");
    repository.github.mayOpenPulls = false;
    const { "pull-request": job } = await repository.driftWithPullRequest();
    assert.equal(job?.exitCode, 1);
    assert.match(job?.log ?? "", /Allow GitHub Actions to create and approve pull requests/);
  });

  it("leaves no trace of a key, and the job that pushes is not given one", async () => {
    assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
  });
});

describe("the input of the job that pushes", () => {
  it("is refused if it names a file that no plan reads", async () => {
    const repository = await scene();
    try {
      await repository.write(USERS);
      byHand(repository).roles(ELIF, "Admin");
      const runs = await repository.driftWithPullRequest(async (job) => {
        if (job !== "pull-request") return;
        const files = { ".github/workflows/polytomic-apply.yml": "on: push\n" };
        const path = join(repository.artifacts, "polytomic-drift/polytomic-export.json");
        await writeFile(path, JSON.stringify({ digest: "", files, pending: 0, unknown: false }));
      });
      assert.equal(runs["pull-request"]?.exitCode, 1);
      assert.match(runs["pull-request"]?.log ?? "", /is not a file that a plan reads/);
      assert.equal(repository.github.git.branches.size, 0);
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
