/** The workflow for pull requests: its actual steps, against the sandbox, with a fake `gh`. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import MarkdownIt from "markdown-it";
import { byHand, HEAD, USERS, type User, scene, type Scene } from "./scene.ts";

const KEYS = ["sandbox-api-key", Buffer.from("sandbox-api-key").toString("base64")];

function entries(changes: Readonly<Record<string, readonly string[]>>): readonly User[] {
  return USERS.map(([email, ...roles]): User => [email, ...(changes[email] ?? roles)]);
}

describe("the comment on a pull request", () => {
  let repository: Scene;
  before(async () => (repository = await scene()));
  after(() => repository.close());

  it("is not made where there is nothing to change", async () => {
    await repository.write(USERS);
    assert.equal((await repository.plan()).result, "success");
    assert.deepEqual(repository.github.comments, []);
  });

  it("is made with the first change, and names the commit and the digest of the plan", async () => {
    await repository.write(entries({ "elif.kaya@example.com": ["Admin"] }));
    const run = await repository.plan();
    assert.equal(run.result, "success");
    const { comments } = repository.github;
    assert.equal(comments.length, 1);
    const lines = comments[0]?.body.split("\n") ?? [];
    const digest = digestIn(comments[0]?.body);
    assert.equal(lines[0], `<!-- polytomic-users users.yaml ${HEAD} ${digest} -->`);
    assert.equal(lines[1], "### Polytomic access, Acme: ready to apply");
    assert.match(
      run.log,
      /^::warning file=users\.yaml,line=20,.*elif\.kaya@example\.com gains Admin/m,
    );
    assert.match(
      run.summary,
      /^\*\*Plan: 0 to add, 1 to change, 0 to remove, \d+ unchanged\. 1 user gains Admin\.\*\*$/m,
    );
  });

  it("is edited by the next run, and describes the current state", async () => {
    await repository.write(entries({ "farid.haddad@example.com": ["Member"] }));
    await repository.plan();
    const { comments } = repository.github;
    assert.deepEqual(
      comments.map(({ id, body }) => [id, body.split("\n")[1]]),
      [[1000, "### Polytomic access, Acme: ready to apply"]],
    );
  });

  it("is updated when nothing is left to change", async () => {
    await repository.write(USERS);
    await repository.plan();
    const { comments } = repository.github;
    assert.deepEqual(
      comments.map(({ id, body }) => [id, body.split("\n")[1]]),
      [[1000, "### Polytomic access, Acme: no changes"]],
    );
  });

  it("is not confused with another comment that begins the same way", async () => {
    repository.github.comments = [
      { id: 1, issue: 7, body: "<!-- polytomic-users users.yaml x", user: { login: "mallory" } },
    ];
    await repository.write(entries({ "farid.haddad@example.com": ["Member"] }));
    await repository.plan();
    const { comments } = repository.github;
    assert.deepEqual(
      comments.map(({ id, user }) => [id, user.login]),
      [
        [1, "mallory"],
        [1001, "github-actions[bot]"],
      ],
    );
  });

  it("goes with the saved plan and the page as artifacts", async () => {
    const folder = join(repository.artifacts, "polytomic-plan");
    const plan = JSON.parse(await readFile(join(folder, "polytomic-plan.json"), "utf8"));
    assert.equal(plan.digest, digestIn(repository.github.comments[1]?.body));
    assert.ok(existsSync(join(folder, "polytomic-plan.html")));
  });

  it("contains no key, and neither do the calls of other programs and the files", async () => {
    const traces = await repository.traces();
    assert.ok(traces.includes('"GH_TOKEN":"token-of-the-job"'), "environments are among them");
    assert.deepEqual(
      KEYS.filter((key) => traces.includes(key)),
      [],
    );
  });

  it("came about without a write to Polytomic", () => {
    assert.deepEqual(repository.polytomic.writes(), []);
  });
});

describe("a plan that is not to be applied", () => {
  let repository: Scene;
  before(async () => (repository = await scene()));
  after(() => repository.close());

  it("ends the job with 3 if a guard refuses, and the comment names the guard", async () => {
    await repository.write([["cto@example.com", "Member"]]);
    const run = await repository.plan();
    assert.equal(run.exitCode, 3);
    assert.match(run.log, /^::error file=users\.yaml,line=1,col=1,title=max-removals \(Acme\)::/m);
    const [comment] = repository.github.comments;
    assert.match(comment?.body ?? "", /^> \*\*Violations: 2\*\*$/m);
    assert.match(
      comment?.body ?? "",
      /^> - `max-removals`: 11 of 12 users \(92%\) would be removed/m,
    );
  });

  it("ends the job with 1 where the file is wrong, and the comment says on which line", async () => {
    await repository.write([["cto@example.com", "Admn"]]);
    const run = await repository.plan();
    assert.equal(run.exitCode, 1);
    const { comments } = repository.github;
    assert.equal(comments.length, 1);
    assert.match(
      comments[0]?.body ?? "",
      /^### Polytomic access: failed before anything was written$/m,
    );
    assert.match(comments[0]?.body ?? "", /^ {4}users\.yaml:5:13: unknown-role: /m);
  });
});

describe("a pull request from a fork", () => {
  it("is validated without a key, and not planned", async () => {
    const repository = await scene();
    try {
      await repository.write([
        ["cto@example.com", "Admin"],
        ["cto@example.com", "Admin"],
      ]);
      const { validate, plan } = await repository.pullRequest("mallory/access");
      assert.equal(plan?.result, "skipped");
      assert.equal(validate?.exitCode, 1);
      assert.match(validate?.log ?? "", /^::error file=users\.yaml,line=6,/m);
      assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
      assert.deepEqual(repository.polytomic.sandbox.log, []);
    } finally {
      await repository.close();
    }
  });
});

describe("untrusted names", () => {
  it("are text in the comment, and neither Markdown nor a workflow command", async () => {
    const repository = await scene();
    try {
      const { state } = repository.polytomic.sandbox;
      const [{ id } = { id: "" }] = state.organizations();
      const role =
        "<!-- polytomic-users users.yaml --> @everyone [x](https://evil.example) `$(id)`";
      state.addRole(id, role);
      state.renameOrganization(
        id,
        "Acme\n::error::owned\n</details><img src=https://evil.example>",
      );
      byHand(repository).roles("sam@example.com", role);
      await repository.write(USERS);
      const run = await repository.plan();
      assert.equal(run.result, "success");
      assert.doesNotMatch(run.log, /^::error::owned/m);
      const { comments } = repository.github;
      assert.equal(comments.length, 1);
      const html = new MarkdownIt({ html: true, linkify: true }).render(comments[0]?.body ?? "");
      assert.equal(html.split("<!--").length - 1, 1, "the one comment is the marker");
      assert.deepEqual(
        [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address),
        ["https://github.com/acme/access/actions/runs/4711"],
      );
      assert.match(html, /<code>[^<]*@everyone[^<]*<\/code>/);
    } finally {
      await repository.close();
    }
  });
});

function digestIn(text: string | undefined): string {
  return /sha256:[0-9a-f]{64}/.exec(text ?? "")?.[0] ?? "none";
}
