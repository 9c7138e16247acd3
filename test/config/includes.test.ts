/** Files that include others: merging, contradictions, and what may not be read. */
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { Failure } from "../../src/model/failure.ts";
import { folderWith } from "../support.ts";
import { codesOf, linesOf, load, loadIn, problemsFrom, problemsOf } from "./reading-files.ts";

const main = (include: string, ...lines: readonly string[]): string =>
  ["version: 1", `include: [${include}]`, ...lines, ""].join("\n");
const part = (...lines: readonly string[]): string => ["version: 1", ...lines, ""].join("\n");
const users = "users: [{ email: ada@example.com, roles: [Admin] }]";

test("roles, groups, users and lists of the policy add up", async () => {
  const [organization] = await load({
    "users.yaml": main(
      "common/a.yaml",
      "policy: { ignore: [b@x.y], min_admins: 2 }",
      "users: [{ email: ada@example.com, groups: [Data], roles: [boss] }]",
    ),
    "common/a.yaml": main(
      "more/b.yaml",
      "roles: { boss: d9f8e7c6-b5a4-4210-9fed-cba987654321 }",
      "policy: { ignore: [a@x.y, B@x.y], protected: [p@x.y] }",
    ),
    "common/more/b.yaml": part(
      "groups: { data: { roles: [Analyst] } }",
      "policy: { max_removals: 3 }",
      "users: [{ email: ben@example.com, groups: [data] }]",
    ),
  });
  assert.ok(organization);
  assert.equal(organization.source, "users.yaml");
  assert.deepEqual(organization.aliases, [
    {
      name: "boss",
      id: "d9f8e7c6-b5a4-4210-9fed-cba987654321",
      place: { path: "common/a.yaml", line: 3, column: 10 },
    },
  ]);
  assert.deepEqual(
    organization.users.map(({ email, grants }) => [email, grants.map(({ role }) => role)]),
    [
      ["ada@example.com", ["boss", "Analyst"]],
      ["ben@example.com", ["Analyst"]],
    ],
  );
  const analyst = { path: "common/more/b.yaml", line: 2, column: 27 };
  assert.deepEqual(organization.users[1]?.grants, [
    { role: "Analyst", group: "data", expires: null, place: analyst },
  ]);
  assert.deepEqual(organization.policy, {
    unmanaged: "remove",
    onRemoval: "remove",
    ignore: ["a@x.y", "B@x.y"],
    protected: ["p@x.y"],
    maxRemovals: { kind: "count", count: 3 },
    maxRoleChanges: { kind: "share", percent: 50 },
    minAdmins: 2,
    adminRole: "Admin",
    create: true,
    rules: [],
    adminRolePlace: { path: "users.yaml", line: 1, column: 1 },
    limitPlaces: {
      maxRemovals: { path: "common/more/b.yaml", line: 3, column: 25 },
      maxRoleChanges: null,
      minAdmins: { path: "users.yaml", line: 3, column: 40 },
    },
  });
});

test("a file that is included on two ways is merged once", async () => {
  const [organization] = await load({
    "users.yaml": main("a.yaml, b.yaml, a.yaml"),
    "a.yaml": main("c.yaml"),
    "b.yaml": main("./sub/../c.yaml"),
    "c.yaml": part(users),
    "sub/x": "",
  });
  assert.equal(organization?.users.length, 1);
});

test("what two files say differently is a conflict that names both places", async () => {
  const problems = await problemsOf({
    "users.yaml": main(
      "common.yaml",
      "roles: { a: d9f8e7c6-b5a4-4210-9fed-cba987654321 }",
      "groups: { g: { roles: [A] } }",
      "policy: { max_removals: 10, admin_role: Admin, on_removal: remove, unmanaged: keep }",
      users,
    ),
    "common.yaml": part(
      "roles: { A: 248df4b7-aa70-47b8-a036-33ac447e668d }",
      "groups: { G: { roles: [A] } }",
      "policy: { max_removals: 10%, admin_role: admin, on_removal: { demote_to: A }, unmanaged: keep }",
      users,
    ),
  });
  assert.deepEqual(linesOf(problems), [
    'users.yaml:3:10: conflict: the id of the role name "a" is "d9f8e7c6-b5a4-4210-9fed-cba987654321" here but "248df4b7-aa70-47b8-a036-33ac447e668d" at common.yaml:2:10: use the same value in both',
    'users.yaml:4:11: duplicate-group: duplicate group "g", also at common.yaml:3:11 (names are not case-sensitive): keep one',
    'users.yaml:5:25: conflict: max_removals is "10" here but "10%" at common.yaml:4:25: use the same value in both',
    'users.yaml:5:60: conflict: on_removal is "remove" here but "{ demote_to: A }" at common.yaml:4:61: use the same value in both',
    'users.yaml:6:18: duplicate-user: duplicate user "ada@example.com", also at common.yaml:5:18: merge the two entries',
  ]);
});

test("a role name that two files give the same id is no conflict", async () => {
  const roles = "roles: { a: d9f8e7c6-b5a4-4210-9fed-cba987654321 }";
  const [organization] = await load({
    "users.yaml": main("common.yaml", roles, users),
    "common.yaml": part(roles),
  });
  assert.equal(organization?.aliases.length, 1);
});

test("a shared file's mistake is reported once, however many files include it", async () => {
  const problems = await problemsOf(
    {
      "a.yaml": main("common.yaml", "organization: A", users),
      "b.yaml": main("common.yaml", "organization: B", users),
      "common.yaml": part("users: [{ email: x@y.z, groups: [g] }]"),
    },
    { paths: ["a.yaml", "b.yaml"] },
  );
  assert.deepEqual(codesOf(problems), ["common.yaml:2:34 unknown-group"]);
});

test("a missing include is reported with the files that exist", async () => {
  const problems = await problemsOf({
    "users.yaml": main("common/polcy.yaml, nowhere/at-all.yaml", users),
    "common/policy.yaml": part(),
  });
  assert.deepEqual(linesOf(problems), [
    'users.yaml:2:11: include-not-found: "common/polcy.yaml" does not exist (paths are relative to this file): did you mean "common/policy.yaml"?',
    'users.yaml:2:30: include-not-found: "nowhere/at-all.yaml" does not exist (paths are relative to this file): check the path',
  ]);
});

test("a folder cannot be included", async () => {
  const problems = await problemsOf({ "users.yaml": main("sub", users), "sub/a.yaml": part() });
  assert.deepEqual(codesOf(problems), ["users.yaml:2:11 include-of-folder"]);
});

test("an included file has no organization", async () => {
  const problems = await problemsOf({
    "users.yaml": main("a.yaml", users),
    "a.yaml": part("organization: Acme"),
  });
  assert.deepEqual(codesOf(problems), ["a.yaml:2:15 organization-in-include"]);
});

test("what an included file lacks makes no false alarm in the others", async () => {
  const problems = await problemsOf({
    "users.yaml": main("a.yaml, b.yaml", "users: [{ email: x@y.z, groups: [g, h] }]"),
    "a.yaml": "version: 1\ngroups: [\n",
    "b.yaml": part("groups: { h: 5 }"),
  });
  assert.deepEqual(codesOf(problems), ["a.yaml:2:9 yaml-syntax", "b.yaml:2:14 wrong-type"]);
});

test("an include cycle is reported once, with its files in order", async () => {
  const problems = await problemsOf({
    "users.yaml": main("a.yaml", users),
    "a.yaml": main("sub/b.yaml"),
    "sub/b.yaml": main("../a.yaml"),
  });
  assert.deepEqual(linesOf(problems), [
    "sub/b.yaml:2:11: include-cycle: the files include each other in a cycle, a.yaml → sub/b.yaml → a.yaml: remove one include",
  ]);
});

test("a file that includes itself is a cycle", async () => {
  const problems = await problemsOf({ "users.yaml": main("users.yaml", users) });
  assert.deepEqual(codesOf(problems), ["users.yaml:2:11 include-cycle"]);
});

test("1,000 includes, each in the one before, are all followed", async () => {
  const files: Record<string, string> = { "users.yaml": main("0.yaml") };
  for (let index = 0; index < 1_000; index += 1) files[`${index}.yaml`] = main(`${index + 1}.yaml`);
  files["1000.yaml"] = part(users);
  const [organization] = await load(files);
  assert.equal(organization?.users.length, 1);
});

test("a path that leaves the repository is refused, whether or not it is there", async () => {
  const folder = await folderWith({
    "secret.yaml": part(),
    "repository/.git/HEAD": "",
    "repository/sub/users.yaml": main("../a.yaml, ../../secret.yaml, ../../none.yaml", users),
    "repository/a.yaml": part(),
  });
  const problems = await problemsFrom(loadIn(join(folder, "repository/sub")));
  assert.deepEqual(codesOf(problems), [
    "users.yaml:2:22 include-outside-root",
    "users.yaml:2:41 include-outside-root",
  ]);
});

test("a link that leaves the repository is refused", async () => {
  const folder = await folderWith({
    "secret.yaml": part(),
    "repository/.git/HEAD": "",
    "repository/users.yaml": main("link.yaml, folder/secret.yaml", users),
  });
  await symlink("../secret.yaml", join(folder, "repository/link.yaml"));
  await symlink("..", join(folder, "repository/folder"));
  const problems = await problemsFrom(loadIn(join(folder, "repository")));
  assert.deepEqual(codesOf(problems), [
    "users.yaml:2:11 include-outside-root",
    "users.yaml:2:22 include-outside-root",
  ]);
});

test("a path inside .git is refused, directly and through a link", async () => {
  const folder = await folderWith({
    ".git/HEAD": "",
    ".git/config": "users: [{ email: token@example.com, roles: [Viewer] }]\n",
    "users.yaml": main(".git/config, link.yaml", users),
  });
  await symlink(".git/config", join(folder, "link.yaml"));
  assert.deepEqual(codesOf(await problemsFrom(loadIn(folder))), [
    "users.yaml:2:11 include-outside-root",
    "users.yaml:2:24 include-outside-root",
  ]);
});

test("--root narrows and widens what may be included", async () => {
  const folder = await folderWith({
    "common.yaml": part(),
    "repository/.git/HEAD": "",
    "repository/users.yaml": main("../common.yaml", users),
  });
  const cwd = join(folder, "repository");
  assert.equal((await loadIn(cwd, { root: ".." })).length, 1);
  assert.deepEqual(codesOf(await problemsFrom(loadIn(cwd, { root: "." }))), [
    "users.yaml:2:11 include-outside-root",
  ]);
  await assert.rejects(loadIn(cwd, { root: "nowhere" }), Failure);
});

test("without a repository the working directory is the root", async () => {
  const folder = await folderWith({
    "common.yaml": part(),
    "work/users.yaml": main("../common.yaml", users),
  });
  assert.deepEqual(codesOf(await problemsFrom(loadIn(join(folder, "work")))), [
    "users.yaml:2:11 include-outside-root",
  ]);
  assert.equal((await loadIn(folder, { paths: ["work/users.yaml"] })).length, 1);
});
