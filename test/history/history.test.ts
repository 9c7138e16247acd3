/** Since when a role is granted, and what changed, in various repositories. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { historyIn, sinceText } from "./ask.ts";
import { edit, git, type MadeCommit, remove, repositoryOf } from "./repository.ts";
import { folderWith, skipWithout } from "../support.ts";

const ID = "d9f8e7c6-b5a4-4210-9fed-cba987654321";
const users = (...lines: readonly string[]): string => `version: 1\nusers:\n${lines.join("\n")}\n`;
const SAM = "  - email: sam@example.com\n    roles: [Viewer]";

/** A repository that grants Sam Viewer on 5 January by pull request 1, followed by these commits. */
const after1 = (...commits: readonly MadeCommit[]): readonly MadeCommit[] => [
  { at: "2026-01-05", files: { "users.yaml": users(SAM) }, message: "Viewer for Sam (#1)" },
  ...commits,
];

const made: string[] = [];
after(() => made.forEach(remove));

function repository(commits: readonly MadeCommit[]): string {
  const folder = repositoryOf(commits);
  made.push(folder);
  return folder;
}

const since: readonly (readonly [
  what: string,
  commits: readonly MadeCommit[],
  since: string,
  path?: string,
])[] = [
  ["nothing else", after1(), "2026-01-05 #1"],
  [
    "a moved line, a comment and another spelling",
    after1({
      at: "2026-02-01",
      files: {
        "users.yaml": `# Access\n${users('  - email: "A@example.com"\n    roles: [Admin]', '  - {email: SAM@example.com, roles: ["viewer"]}')}`,
      },
    }),
    "2026-01-05 #1",
  ],
  [
    "a renamed file",
    after1({ at: "2026-02-01", files: { "users.yaml": null, "a/acme.yaml": users(SAM) } }),
    "2026-01-05 #1",
    "a/acme.yaml",
  ],
  [
    "a file that was renamed and changed",
    after1({
      at: "2026-02-01",
      files: {
        "users.yaml": null,
        "acme.yaml": users(SAM, "  - email: x@example.com\n    roles: [Admin]"),
        "other.yaml": users("  - email: y@example.com\n    roles: [Admin]"),
      },
    }),
    "2026-01-05 #1",
    "acme.yaml",
  ],
  [
    "a file that became an include of the organization's",
    after1({
      at: "2026-02-01",
      files: {
        "users.yaml": null,
        "people.txt": users(SAM),
        "acme.yaml": "version: 1\ninclude: [people.txt]\n",
      },
    }),
    "2026-01-05 #1",
    "acme.yaml",
  ],
  [
    "a grant that became a group's, in a file of its own",
    after1(
      {
        at: "2026-02-01",
        files: {
          "users.yaml":
            "version: 1\ngroups: { team: { roles: [Viewer, Billing] } }\nusers:\n  - email: sam@example.com\n    groups: [team]\n",
        },
      },
      {
        at: "2026-03-01",
        files: {
          "users.yaml":
            "version: 1\ninclude: [groups.yaml]\nusers:\n  - email: sam@example.com\n    groups: [lookers]\n",
          "groups.yaml":
            "version: 1\ngroups: { lookers: { roles: [Viewer] }, payers: { roles: [Billing] } }\n",
        },
      },
    ),
    "2026-01-05 #1",
  ],
  [
    "a name that the file gives to the role's id later",
    after1({
      at: "2026-02-01",
      files: { "users.yaml": `roles: { viewer: ${ID} }\n${users(SAM)}` },
    }),
    "2026-01-05 #1",
  ],
  [
    "a gap",
    after1(
      { at: "2026-02-01", files: { "users.yaml": users(SAM.replace("Viewer", "Admin")) } },
      { at: "2026-02-02", files: { "users.yaml": users(SAM) }, message: "Again (#3)" },
    ),
    "2026-02-02 #3",
  ],
  [
    "a file that was away",
    after1(
      { at: "2026-02-01", files: { "users.yaml": null } },
      { at: "2026-02-02", files: { "users.yaml": users(SAM) }, message: "Again (#3)" },
    ),
    "2026-02-02 #3",
  ],
  [
    "an expiry that was put off on its last day",
    [
      ...after1({
        at: "2026-01-20",
        files: { "users.yaml": users(`${SAM}\n    expires: 2026-02-01`) },
      }),
      {
        at: "2026-02-01T23:59:59Z",
        files: { "users.yaml": users(`${SAM}\n    expires: 2027-01-01`) },
      },
    ],
    "2026-01-05 #1",
  ],
  [
    "an expiry that was put off a second too late",
    [
      ...after1({
        at: "2026-01-20",
        files: { "users.yaml": users(`${SAM}\n    expires: 2026-02-01`) },
      }),
      { at: "2026-02-02T00:00:00Z", files: { "users.yaml": users(SAM) }, message: "Late (#4)" },
    ],
    "2026-02-02 #4",
  ],
  [
    "a merge: since it was merged",
    [
      { at: "2026-01-01", files: { "users.yaml": "version: 1\nusers: []\n" } },
      {
        at: "2026-01-02",
        files: { "users.yaml": users(SAM) },
        message: "On a branch (#5)",
        merged: { at: "2026-01-09", message: "Merge pull request #6 from acme/sam" },
      },
    ],
    "2026-01-09 #6",
  ],
  [
    "a rename of the user",
    after1({
      at: "2026-02-01",
      files: {
        "users.yaml": users(
          "  - email: samuel@example.com\n    previously: sam@example.com\n    roles: [Viewer]",
        ).replace("samuel", "sam.s"),
      },
    }),
    "2026-01-05 #1 renamed",
  ],
  [
    "a link to the file",
    [
      { at: "2026-01-05", files: { "access/acme.yaml": users(SAM) }, message: "Viewer (#1)" },
      { at: "2026-02-05", files: { "users.yaml": "link:access/acme.yaml" } },
    ],
    "2026-01-05 #1",
  ],
  [
    "two organizations' files that changed places",
    [
      {
        at: "2026-01-05",
        files: {
          "users.yaml": `organization: Other\n${users("  - email: sam@example.com\n    roles: [Admin]")}`,
          "b.yaml": `organization: Acme\n${users(SAM)}`,
        },
        message: "Start (#1)",
      },
      {
        at: "2026-02-05",
        files: {
          "users.yaml": `organization: Acme\n${users(SAM)}`,
          "b.yaml": `organization: Other\n${users("  - email: sam@example.com\n    roles: [Admin]")}`,
        },
      },
    ],
    "2026-01-05 #1",
  ],
];

describe("since when a role is granted", { skip: skipWithout("git") }, () => {
  for (const [what, commits, expected, path] of since) {
    it(`${what}: ${expected}`, async () => {
      const history = await historyIn(repository(commits), path);
      const email = expected.endsWith("renamed") ? "sam.s@example.com" : "sam@example.com";
      assert.equal(sinceText(history.since(email, "Viewer")), expected.replace(" renamed", ""));
      assert.deepEqual(history.notes, []);
    });
  }

  it("is another organization's past where the file had another id", async () => {
    const folder = repository([
      { at: "2026-01-05", files: { "users.yaml": `organization: ${ID}\n${users(SAM)}` } },
      {
        at: "2026-02-05",
        files: { "users.yaml": `organization: a${ID.slice(1)}\n${users(SAM)}` },
        message: "Another (#2)",
      },
    ]);
    const history = await historyIn(folder);
    assert.equal(sinceText(history.since("sam@example.com", "Viewer")), "2026-02-05 #2");
    assert.equal(history.changes.length, 1);
  });
});

describe("every change of access", { skip: skipWithout("git") }, () => {
  it("has its commit; what ended by itself has the one that set the last day", async () => {
    const folder = repository([
      ...after1({
        at: "2026-01-20",
        files: { "users.yaml": users(`${SAM}\n    expires: 2026-02-01`) },
        message: "Until February (#2)",
      }),
      { at: "2026-01-21", files: { "users.yaml": users(`${SAM}\n    expires: 2026-02-01 # yes`) } },
      { at: "2026-03-01", files: { "users.yaml": users(SAM) }, message: "Again (#3)" },
    ]);
    const { changes } = await historyIn(folder);
    assert.deepEqual(
      changes.map(({ time, commit, gained, lost, ended }) => [
        new Date(time).toISOString(),
        commit.subject,
        gained.map(({ name }) => name),
        lost.map(({ name }) => name),
        ended,
      ]),
      [
        ["2026-03-01T10:00:00.000Z", "Again (#3)", ["Viewer"], [], null],
        ["2026-02-02T00:00:00.000Z", "Until February (#2)", [], ["Viewer"], "2026-02-01"],
        ["2026-01-05T10:00:00.000Z", "Viewer for Sam (#1)", ["Viewer"], [], null],
      ],
    );
  });
});

describe("the limits of a history are reported", { skip: skipWithout("git") }, () => {
  const codes = async (folder: string, ...more: readonly unknown[]): Promise<readonly string[]> => {
    const [path, asked] = more as [string?, Parameters<typeof historyIn>[2]?];
    const { notes, since } = await historyIn(folder, path, asked);
    return [...notes.map(({ code }) => code), since("sam@example.com", "Viewer").kind];
  };

  it("a folder that is in no repository", async () => {
    assert.deepEqual(await codes(await folderWith({ "users.yaml": users(SAM) })), [
      "no-repository",
      "unknown",
    ]);
  });

  it("a machine without git", async () => {
    const empty = await folderWith({});
    assert.deepEqual(await codes(repository(after1()), "users.yaml", { env: { PATH: empty } }), [
      "git-not-installed",
      "unknown",
    ]);
  });

  it("a repository without a commit", async () => {
    const folder = await folderWith({ "users.yaml": users(SAM) });
    git(folder, "init", "-q");
    assert.deepEqual(await codes(folder), ["no-commits", "unknown"]);
  });

  it("a file that was never committed", async () => {
    const folder = repository(after1());
    edit(folder, "new.yaml", users(SAM));
    assert.deepEqual(await codes(folder, "new.yaml"), ["untracked", "unknown"]);
  });

  it("standard input", async () => {
    assert.deepEqual(await codes(repository(after1()), "-"), ["standard-input", "unknown"]);
  });

  it("changes that are not committed, and what they alone grant", async () => {
    const folder = repository(after1());
    edit(folder, "users.yaml", users("  - email: sam@example.com\n    roles: [Admin, Viewer]"));
    const history = await historyIn(folder);
    assert.deepEqual(history.notes, [
      { code: "uncommitted", source: "users.yaml", paths: ["users.yaml"] },
    ]);
    assert.equal(sinceText(history.since("sam@example.com", "Admin")), "uncommitted");
    assert.equal(sinceText(history.since("sam@example.com", "Viewer")), "2026-01-05 #1");
  });

  it("except for line ends that the checkout changed", async () => {
    const folder = repository(after1());
    edit(folder, "users.yaml", users(SAM).replaceAll("\n", "\r\n"));
    assert.deepEqual((await historyIn(folder)).notes, []);
  });

  it("a file outside of the repository", async () => {
    const outside = await folderWith({ "shared.yaml": "version: 1\n" });
    const folder = join(outside, "repository");
    const text = `include: [../shared.yaml]\n${users(SAM)}`;
    renameSync(repository([{ at: "2026-01-05", files: { "users.yaml": text } }]), folder);
    assert.deepEqual(await codes(folder, "users.yaml", { root: outside }), [
      "outside-repository",
      "unknown",
    ]);
  });

  it("a shallow clone: what its oldest commit has may be older", async () => {
    const full = repository(
      after1(
        { at: "2026-02-01", files: { x: "1\n" } },
        {
          at: "2026-03-01",
          files: { "users.yaml": users("  - email: sam@example.com\n    roles: [Admin, Viewer]") },
          message: "Admin (#3)",
        },
      ),
    );
    const folder = join(await folderWith({}), "clone");
    execFileSync("git", ["clone", "-q", "--depth", "2", `file://${full}`, folder]);
    const history = await historyIn(folder);
    assert.deepEqual(
      history.notes.map(({ code }) => code),
      ["shallow"],
    );
    assert.equal(history.since("sam@example.com", "Viewer").kind, "shallow");
    assert.equal(sinceText(history.since("sam@example.com", "Admin")), "2026-03-01 #3");
    assert.equal(history.changes.length, 1);
  });

  it("a commit whose files are invalid: neither a grant nor a gap", async () => {
    const folder = repository(
      after1(
        { at: "2026-02-01", files: { "users.yaml": "users: [\n" }, message: "Oops (#2)" },
        { at: "2026-03-01", files: { "users.yaml": users(SAM) } },
      ),
    );
    const history = await historyIn(folder);
    assert.equal(sinceText(history.since("sam@example.com", "Viewer")), "2026-01-05 #1");
    const [note] = history.notes;
    assert.equal(note?.code, "unreadable-commits");
    assert.ok(note?.code === "unreadable-commits");
    assert.deepEqual(
      note.commits.map(({ subject }) => subject),
      ["Oops (#2)"],
    );
    assert.match(note.trouble.code === "invalid" ? note.trouble.problem : "", /^users\.yaml:1: /);
  });
});

describe("a repository is not trusted", { skip: skipWithout("git") }, () => {
  it("and starts no program named in the git configuration", async () => {
    const folder = repository(
      after1({ at: "2026-02-01", files: { ".gitattributes": "*.yaml diff=evil filter=evil\n" } }),
    );
    const marker = join(folder, "..", `${Date.now()}-started`);
    const evil = `touch ${marker}; true`;
    mkdirSync(join(folder, "hooks"));
    for (const [key, value] of [
      ["core.fsmonitor", evil],
      ["core.pager", evil],
      ["pager.log", evil],
      ["core.sshCommand", evil],
      ["diff.external", evil],
      ["diff.evil.textconv", evil],
      ["diff.evil.command", evil],
      ["filter.evil.smudge", evil],
      ["filter.evil.clean", evil],
      ["log.showSignature", "true"],
      ["gpg.program", evil],
      ["gpg.ssh.program", evil],
      ["gpg.format", "ssh"],
      ["credential.helper", `!${evil}`],
      ["alias.log", `!${evil}`],
      ["log.follow", "true"],
      ["log.diffMerges", "off"],
      ["diff.relative", "true"],
      ["diff.renames", "copies"],
      ["log.mailmap", "true"],
    ] as const) {
      git(folder, "config", key, value);
    }
    const history = await historyIn(folder);
    assert.equal(sinceText(history.since("sam@example.com", "Viewer")), "2026-01-05 #1");
    assert.throws(() => rmSync(marker), /ENOENT/);
  });

  it("does not fetch what a partial clone lacks, and says that it lacks it", async () => {
    const full = repository(
      after1({ at: "2026-02-01", files: { "users.yaml": users(`# now\n${SAM}`) } }),
    );
    git(full, "config", "uploadpack.allowFilter", "true");
    const folder = join(await folderWith({}), "clone");
    execFileSync("git", ["clone", "-q", "--filter=blob:none", `file://${full}`, folder]);
    const history = await historyIn(folder);
    const [note] = history.notes;
    assert.ok(note?.code === "unreadable-commits");
    assert.equal(note.trouble.code, "missing-object");
    // The grant is older than the first commit that can be read, so that commit is not its start.
    assert.deepEqual(history.since("sam@example.com", "Viewer"), { kind: "unknown" });
  });

  it("and ignores another repository named in the environment", async () => {
    const folder = repository(after1());
    const other = repository([{ at: "2020-01-01", files: { "users.yaml": users(SAM) } }]);
    const env = { ...process.env, GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other };
    const { since } = await historyIn(folder, "users.yaml", { env });
    assert.equal(sinceText(since("sam@example.com", "Viewer")), "2026-01-05 #1");
  });

  it("and ignores replaced commits, which a clone does not have", async () => {
    const folder = repository(after1());
    const other = repository([
      { at: "2020-01-01", files: { "users.yaml": users(SAM) }, message: "Approved (#99)" },
    ]);
    git(folder, "fetch", "-q", other, "main");
    git(folder, "replace", "HEAD", "FETCH_HEAD");
    const { since } = await historyIn(folder);
    assert.equal(sinceText(since("sam@example.com", "Viewer")), "2026-01-05 #1");
  });

  it("whatever the names of its files", async () => {
    for (const name of ["--output=x.yaml", "-p.yaml", ":(exclude)a.yaml", "a b\n.yaml"]) {
      const folder = repository([
        {
          at: "2026-01-05",
          files: { [name.includes("\n") ? JSON.stringify(name) : name]: users(SAM) },
        },
      ]);
      const { since } = await historyIn(folder, `./${name}`);
      assert.equal(sinceText(since("sam@example.com", "Viewer")), "2026-01-05", name);
    }
  });
});
