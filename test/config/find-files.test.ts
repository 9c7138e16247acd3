/** The files that the paths on the command line select. */
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { folderWith } from "../support.ts";
import { codesOf, linesOf, load, loadIn, problemsFrom, problemsOf } from "./reading-files.ts";

const organization = (name: string, include = ""): string =>
  `version: 1\norganization: ${name}\ninclude: [${include}]\nusers: []\n`;

async function sources(loading: ReturnType<typeof load>): Promise<readonly string[]> {
  return (await loading).map(({ source }) => source);
}

test("without a path it is users.yaml", async () => {
  assert.deepEqual(await sources(load({ "users.yaml": organization("A") })), ["users.yaml"]);
  assert.deepEqual(linesOf(await problemsOf({ "user.yaml": organization("A") })), [
    "users.yaml:1:1: file-not-found: there is no users.yaml in this folder: name the file, or create one with `polytomic-users init` or `polytomic-users export > users.yaml`",
  ]);
});

test("a folder is searched for YAML, sorted, without what is hidden", async () => {
  const files = {
    "orgs/b.yml": organization("B"),
    "orgs/a.yaml": organization("A"),
    "orgs/sub/deep/c.yaml": organization("C"),
    "orgs/.hidden/d.yaml": organization("D"),
    "orgs/.e.yaml": organization("E"),
    "orgs/node_modules/f.yaml": organization("F"),
    "orgs/readme.md": "# no",
    "other/g.yaml": organization("G"),
  };
  const expected = ["orgs/a.yaml", "orgs/b.yml", "orgs/sub/deep/c.yaml"];
  assert.deepEqual(await sources(load(files, { paths: ["orgs"] })), expected);
  assert.deepEqual(await sources(load(files, { paths: ["./orgs/"] })), expected);
  assert.deepEqual(
    await sources(load(files, { paths: ["orgs", "orgs/a.yaml", "orgs/sub"] })),
    expected,
  );
});

test("a file that others in the folder include is no organization of its own", async () => {
  const files = {
    "orgs/a.yaml": organization("A", "z.yaml"),
    "orgs/b.yaml": organization("B", "../orgs/z.yaml"),
    "orgs/z.yaml": "version: 1\n",
  };
  assert.deepEqual(await sources(load(files, { paths: ["orgs"] })), ["orgs/a.yaml", "orgs/b.yaml"]);
});

test("links to files and folders are followed inside the repository, each file once, loops included", async () => {
  const cwd = await folderWith({
    ".git/HEAD": "",
    "orgs/a.yaml": organization("A"),
    "more/b.yaml": organization("B"),
    "customers/globex/users.yaml": organization("G"),
    "readme.md": "",
  });
  await symlink("../orgs", join(cwd, "orgs/loop"));
  await symlink("../more/b.yaml", join(cwd, "orgs/link.yaml"));
  await symlink("../customers/globex", join(cwd, "orgs/globex"));
  await symlink("../readme.md", join(cwd, "orgs/readme"));
  assert.deepEqual(await sources(loadIn(cwd, { paths: ["orgs"] })), [
    "orgs/a.yaml",
    "orgs/globex/users.yaml",
    "orgs/link.yaml",
  ]);
});

test("a link to a folder outside the repository, and one to nothing, are problems", async () => {
  const folder = await folderWith({
    "customers/globex/users.yaml": organization("G"),
    "repository/.git/HEAD": "",
    "repository/orgs/a.yaml": organization("A"),
  });
  const cwd = join(folder, "repository");
  await symlink("../../customers/globex", join(cwd, "orgs/globex"));
  await symlink("../initech", join(cwd, "orgs/initech"));
  assert.deepEqual(codesOf(await problemsFrom(loadIn(cwd, { paths: ["orgs"] }))), [
    "orgs/globex:1:1 outside-root",
    "orgs/initech:1:1 link-to-nowhere",
  ]);
  // A wider root contains both.
  await rm(join(cwd, "orgs/initech"));
  assert.deepEqual(await sources(loadIn(cwd, { paths: ["orgs"], root: folder })), [
    "orgs/a.yaml",
    "orgs/globex/users.yaml",
  ]);
});

const SECRET = "//registry/:_authToken=npm_secret\n";

const leaks: Readonly<Record<string, (cwd: string) => Promise<readonly string[]>>> = {
  "a named file that is a link": async (cwd) => {
    await symlink("../.npmrc", join(cwd, "users.yaml"));
    return ["users.yaml"];
  },
  "the default file": async (cwd) => {
    await symlink("../.npmrc", join(cwd, "users.yaml"));
    return [];
  },
  "a named file below a folder that is a link": async (cwd) => {
    await symlink("..", join(cwd, "customers"));
    return ["customers/.npmrc"];
  },
  "a folder that is a link": async (cwd) => {
    await symlink("..", join(cwd, "customers"));
    return ["customers"];
  },
  "a link into another repository": async (cwd) => {
    await mkdir(join(cwd, "../other/.git"), { recursive: true });
    await writeFile(join(cwd, "../other/users.yaml"), SECRET);
    await symlink("../other", join(cwd, "other"));
    return ["other/users.yaml"];
  },
  "by its absolute path": async (cwd) => {
    await symlink("../.npmrc", join(cwd, "users.yaml"));
    return [join(cwd, "users.yaml")];
  },
  "an include that is a link": async (cwd) => {
    await symlink("../.npmrc", join(cwd, "common.yaml"));
    await writeFile(join(cwd, "a.yaml"), organization("A", "common.yaml"));
    return ["a.yaml"];
  },
  "an include below a folder that is a link": async (cwd) => {
    await symlink("..", join(cwd, "common"));
    await writeFile(join(cwd, "a.yaml"), organization("A", "common/npmrc"));
    return ["a.yaml"];
  },
};
for (const [what, prepare] of Object.entries(leaks)) {
  test(`nothing outside the repository is shown: ${what}`, async () => {
    const folder = await folderWith({ ".npmrc": SECRET, "repository/.git/HEAD": "" });
    const cwd = join(folder, "repository");
    const paths = await prepare(cwd);
    const problems = await problemsFrom(loadIn(cwd, { paths }));
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.code ?? "", /^(?:include-)?(?:outside-root|not-found)$/);
    assert.doesNotMatch(linesOf(problems).join(), /authToken|npm_secret|npmrc"\?/);
    // Also from another working folder.
    const elsewhere = await problemsFrom(
      loadIn(tmpdir(), { paths: paths.map((path) => resolve(cwd, path)) }),
    );
    assert.doesNotMatch(linesOf(elsewhere).join(), /authToken|npm_secret/);
  });
}

test("outside any repository a link may lead anywhere: a mounted secret, a shell's <(...)", async () => {
  const folder = await folderWith({ "data/users.yaml": organization("A"), "work/x": "" });
  await symlink("../data/users.yaml", join(folder, "work/users.yaml"));
  const cwd = await folderWith({});
  const named = join(folder, "work/users.yaml");
  assert.deepEqual(await sources(loadIn(cwd, { paths: [named] })), [named]);
});

test("an empty path is an error, not the whole folder", async () => {
  for (const paths of [[""], ["users.yaml", ""]]) {
    await assert.rejects(load({ "users.yaml": organization("A") }, { paths }), {
      message: "a path on the command line is empty",
    });
  }
});

test("standard input must be UTF-8, and its problems have a place", async () => {
  const stdin = Buffer.concat([Buffer.from("version: 1\nusers: # jos"), Buffer.from([0xe9, 0x0a])]);
  assert.deepEqual(codesOf(await problemsOf({}, { paths: ["-"], stdin })), ["-:2:13 not-utf8"]);
});

test("an include that is called - is a file", async () => {
  const files = {
    "users.yaml": organization("A", "'./-'"),
    "-": "version: 1\nuser: []\n",
  };
  const stdin = "version: 1\nusers: [{ email: evil@x.io, roles: [Admin] }]\n";
  assert.deepEqual(codesOf(await problemsOf(files, { stdin })), ["./-:2:1 unknown-key"]);
});

test("a link in a folder that leads out of the repository is not read", async () => {
  const folder = await folderWith({
    "secret.yaml": organization("S"),
    "repository/.git/HEAD": "",
    "repository/orgs/a.yaml": organization("A"),
  });
  await symlink("../../secret.yaml", join(folder, "repository/orgs/b.yaml"));
  await symlink("nowhere.yaml", join(folder, "repository/orgs/c.yaml"));
  const problems = await problemsFrom(loadIn(join(folder, "repository"), { paths: ["orgs"] }));
  assert.deepEqual(codesOf(problems), [
    "orgs/b.yaml:1:1 outside-root",
    "orgs/c.yaml:1:1 link-to-nowhere",
  ]);
});

test("a folder without YAML is a problem", async () => {
  assert.deepEqual(codesOf(await problemsOf({ "orgs/readme.md": "" }, { paths: ["orgs"] })), [
    "orgs:1:1 no-files",
  ]);
});

test("a missing path is reported with similar names", async () => {
  const files = { "customers/acme.yaml": organization("A") };
  const paths = ["customers/acme.yml", "customer", "elsewhere/x.yaml"];
  assert.deepEqual(linesOf(await problemsOf(files, { paths })), [
    'customer:1:1: file-not-found: no such file or folder: did you mean "customers"?',
    'customers/acme.yml:1:1: file-not-found: no such file or folder: did you mean "customers/acme.yaml"?',
    "elsewhere/x.yaml:1:1: file-not-found: no such file or folder: check the path",
  ]);
});

test("a file that may not be read is a problem", { skip: process.getuid?.() === 0 }, async () => {
  const cwd = await folderWith({ "users.yaml": organization("A") });
  await chmod(join(cwd, "users.yaml"), 0o000);
  assert.deepEqual(codesOf(await problemsFrom(loadIn(cwd))), ["users.yaml:1:1 unreadable-file"]);
});

test("a minus is standard input, with includes from the working directory", async () => {
  const files = { "common.yaml": "version: 1\nusers: [{ email: a@b.c, roles: [A] }]\n" };
  const stdin = "version: 1\norganization: A\ninclude: [common.yaml]\n";
  const [one] = await load(files, { paths: ["-"], stdin });
  assert.equal(one?.source, "-");
  assert.deepEqual(one.users[0]?.place, { path: "common.yaml", line: 2, column: 18 });
  assert.deepEqual(
    codesOf(await problemsOf({}, { paths: ["-"], stdin: "version: 1\nuser: 1\n" })),
    ["-:2:1 unknown-key"],
  );
});

test("one organization in two files is a problem, by its name or because neither names one", async () => {
  const files = {
    "a.yaml": organization("Acme"),
    "b.yaml": organization("Acme"),
    "c.yaml": "version: 1\nusers: []\n",
    "d.yaml": "version: 1\nusers: []\n",
    "e.yaml": organization("acme"),
  };
  assert.deepEqual(linesOf(await problemsOf(files, { paths: ["."] })), [
    'b.yaml:2:15: same-organization: "Acme" is also described at a.yaml:2:15: keep one file, and use include for shared parts',
    "d.yaml:1:1: same-organization: neither this file nor c.yaml names an organization, so both describe the organization of the API key: add organization:, or include one file in the other",
  ]);
});

test("the problems of all files come in one run, sorted by file", async () => {
  const files = { "b.yaml": "users: [\n", "a.yaml": "version: 1\nuser: 1\nusers: []\n" };
  assert.deepEqual(codesOf(await problemsOf(files, { paths: ["none.yaml", "b.yaml", "a.yaml"] })), [
    "a.yaml:2:1 unknown-key",
    "b.yaml:1:8 yaml-syntax",
    "none.yaml:1:1 file-not-found",
  ]);
});
