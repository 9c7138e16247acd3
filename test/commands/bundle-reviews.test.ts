/** Access reviews in the evidence bundle: each decision with the commit and the pull request that made it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "csv-parse/sync";
import { edit, git, remove, repositoryOf } from "../history/repository.ts";
import { ACME, acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith, skipWithout } from "../support.ts";

const policy = 'policy: { ignore: ["*@polytomic.com"], max_removals: 100% }\n';
const listed = ACME_USERS.filter(([email]) => !email.startsWith("support"));
const start = acmeFile(listed, policy);

function replaced(text: string, ...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((before, [from, to]) => {
    assert.ok(before.includes(from), from);
    return before.replace(from, to);
  }, text);
}

const reviewed = replaced(
  start,
  [
    "sam@example.com\n    roles: [Member]\n",
    "sam@example.com\n    roles: [Member]\n    reviewed: 2026-02-01\n",
  ],
  ["[Billing, Member]\n", "[Member]\n    reviewed: 2026-02-01\n"],
  ["  - email: elif.kaya@example.com\n    roles: [Viewer]\n", ""],
);
const again = replaced(reviewed, ["reviewed: 2026-02-01", "reviewed: 2026-03-01"]);
const renamed = replaced(again, [
  "sam@example.com\n",
  "samuel@example.com\n    previously: sam@example.com\n",
]);
const fewer = replaced(renamed, ["  - email: farid.haddad@example.com\n    roles: [Viewer]\n", ""]);
const withdrawn = replaced(fewer, ["    reviewed: 2026-02-01\n", ""]);

describe("access reviews in the bundle", { skip: skipWithout("git") }, () => {
  let server: Polytomic;
  let cwd: string;
  let bundles: string;
  before(async () => {
    server = await polytomic();
    bundles = await folderWith({});
    cwd = repositoryOf([
      { at: "2026-01-05", files: { "access/acme.yaml": start }, message: "Start (#1)" },
      {
        at: "2026-02-04",
        files: { "access/acme.yaml": reviewed },
        message: "Decisions",
        merged: { at: "2026-02-05", message: "Merge pull request #12 from acme/review" },
      },
      {
        at: "2026-03-05",
        files: { "access/acme.yaml": null, "access/company.yaml": again },
        message: "Sam again (#13)",
        author: "Bob Roe <bob@example.com>",
      },
      { at: "2026-03-06", files: { "access/company.yaml": renamed }, message: "Rename" },
      { at: "2026-03-07", files: { "access/company.yaml": fewer }, message: "A leaver (#14)" },
      { at: "2026-03-08", files: { "access/company.yaml": withdrawn }, message: "Too early" },
    ]);
  });
  after(async () => {
    remove(cwd);
    await server.close();
  });
  const program = async (...args: readonly string[]) => {
    const env = {
      ...server.env,
      PATH: process.env["PATH"] ?? "",
      SOURCE_DATE_EPOCH: "1790000000",
    };
    const ran = await run([...args, "--as-of", "2026-03-09"], { cwd, env });
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  };
  const bundle = (name: string, since: string, ...more: readonly string[]) =>
    program("report", "access", "--bundle", join(bundles, name), "--since", since, ...more);
  const read = (name: string, file: string): string =>
    readFileSync(join(bundles, name, file), "utf8");
  const reviews = (name: string, ...columns: readonly string[]) =>
    parse<Record<string, string>>(read(name, "reviews.csv"), { columns: true }).map((row) =>
      columns.map((column) => row[column]),
    );
  const commit = (name: string): string => git(cwd, "rev-parse", name).trim();

  it("lists who was confirmed, whose role was revoked and whose review was withdrawn, of first parents alone", async () => {
    const stdout = await bundle("all", "2026-01-01");
    assert.match(
      stdout,
      /^Access reviews: 3 users confirmed, 2 users with a role revoked, 1 review withdrawn\.$/m,
    );
    const columns = ["email", "role", "decision", "reviewed", "reviewed_before", "evidence"];
    assert.deepEqual(reviews("all", ...columns, "pull_request", "commit"), [
      ...[
        ["diego.ramos@example.com", "Member", "keep", "2026-02-01", "", "reviewed"],
        ["diego.ramos@example.com", "Billing", "revoke", "2026-02-01", "", "same entry"],
        ["elif.kaya@example.com", "Viewer", "revoke", "", "", "same commit"],
        ["sam@example.com", "Member", "keep", "2026-02-01", "", "reviewed"],
      ].map((row) => [...row, "#12", commit("HEAD~4")]),
      ...[["sam@example.com", "Member", "keep", "2026-03-01", "2026-02-01", "reviewed"]].map(
        (row) => [...row, "#13", commit("HEAD~3")],
      ),
      ...[["diego.ramos@example.com", "", "withdrawn", "", "2026-02-01", "reviewed"]].map((row) => [
        ...row,
        "",
        commit("HEAD"),
      ]),
    ]);
    const [first] = JSON.parse(read("all", "reviews.json"));
    assert.deepEqual(
      {
        id: first.organization_id,
        file: first.file,
        committed: first.committed,
        author: first.author,
        subject: first.subject,
      },
      {
        id: ACME,
        file: "access/company.yaml",
        committed: "2026-02-05T10:00:00Z",
        author: "Jane Doe <jane@example.com>",
        subject: "Merge pull request #12 from acme/review",
      },
    );
    assert.match(read("all", "README.txt"), /^reviews\.csv, reviews\.json$/m);
    const manifest = JSON.parse(read("all", "manifest.json"));
    assert.equal(manifest.users_confirmed_by_reviews, 3);
    assert.equal(manifest.users_with_roles_revoked_by_reviews, 2);
  });

  it("says of each revocation when it was carried out, where the audit log covers it", async () => {
    const log = join(bundles, "audit.jsonl");
    await program("apply", "access", "--yes", "--audit-log", log);
    await bundle("log", "2026-01-01", "--audit-log", log);
    const shown = reviews("log", "email", "decision", "audit_log", "read_back");
    assert.deepEqual(
      shown.filter(([, decision]) => decision === "revoke"),
      [
        ["diego.ramos@example.com", "revoke", "covered", "as planned"],
        ["elif.kaya@example.com", "revoke", "covered", "as planned"],
      ],
    );
    assert.ok(shown.every(([, decision, covered]) => decision === "revoke" || covered === ""));
  });

  it("lists decisions since the start alone: a commit or a day", async () => {
    await bundle("commit", "HEAD~4");
    await bundle("day", "2026-03-06");
    const of = (name: string) => reviews(name, "email", "decision");
    assert.deepEqual(of("commit"), [
      ["sam@example.com", "keep"],
      ["diego.ramos@example.com", "withdrawn"],
    ]);
    assert.deepEqual(of("day"), [["diego.ramos@example.com", "withdrawn"]]);
  });

  it("is identical when built again, and --verify finds a changed decision", async () => {
    await bundle("one", "2026-01-01");
    await bundle("two", "2026-01-01");
    for (const file of ["reviews.csv", "reviews.json", "manifest.json"]) {
      assert.equal(read("two", file), read("one", file));
    }
    const text = read("two", "reviews.csv");
    writeFileSync(join(bundles, "two", "reviews.csv"), text.replace('"revoke"', '"keep"'));
    const { code, stdout } = await run(["report", "--verify", join(bundles, "two")]);
    assert.equal(code, 1);
    assert.match(stdout, /reviews\.csv was changed/);
  });

  it("has no decision that is not committed, and of a shallow clone's oldest commit none", async () => {
    edit(cwd, "access/company.yaml", withdrawn.replace("2026-03-01", "2026-03-09"));
    await bundle("edited", "2026-03-08");
    edit(cwd, "access/company.yaml", withdrawn);
    assert.deepEqual(reviews("edited", "email", "decision"), [
      ["diego.ramos@example.com", "withdrawn"],
    ]);
    const clone = join(await folderWith({}), "clone");
    git(cwd, "clone", "-q", "--depth=2", `file://${cwd}`, clone);
    const env = { ...server.env, PATH: process.env["PATH"] ?? "" };
    const folder = join(bundles, "shallow");
    const args = ["report", "access", "--bundle", folder, "--since", "2026-01-01"];
    const { code, stdout, stderr } = await run(args, { cwd: clone, env });
    assert.equal(code, 0, stderr);
    const missing = /changes up to 2026-03-\d\d are missing, because the clone is shallow/;
    assert.match(stdout, new RegExp(`\nIncomplete: ${missing.source}\\.\n`));
    assert.match(read("shallow", "README.txt"), new RegExp(`\nIncomplete: {2}${missing.source}\n`));
    assert.match(JSON.parse(read("shallow", "manifest.json")).incomplete, missing);
    assert.deepEqual(reviews("shallow", "email", "decision"), [
      ["diego.ramos@example.com", "withdrawn"],
    ]);
  });

  it("says that changes are missing where the files have no history, and needs a day then", async () => {
    const folder = await folderWith({ "users.yaml": start });
    const bundleOf = (name: string, since: string) =>
      run(["report", "users.yaml", "--bundle", join(bundles, name), "--since", since], {
        cwd: folder,
        env: server.env,
      });
    const { code, stdout } = await bundleOf("no-repository", "2026-01-01");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /\nIncomplete: changes are missing, because users\.yaml is not in a git repository/,
    );
    const commit = await bundleOf("no-commit", "HEAD");
    assert.equal(commit.code, 1);
    assert.match(
      commit.stderr,
      /^error: there is no commit HEAD: the history of the files could not be read\n/,
    );
  });
});
