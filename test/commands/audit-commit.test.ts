/** The commit in the audit log: the pipeline's, else HEAD if git has the files as they were read. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { edit, git, remove, repositoryOf } from "../history/repository.ts";
import { acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith, skipWithout } from "../support.ts";

const USERS = acmeFile(
  ACME_USERS.filter(([email]) => !email.startsWith("support")),
  'include: [common/rules.yaml]\npolicy: { ignore: ["*@polytomic.com"] }\n',
);
const RULES =
  "version: 1\ninclude: [limits.yaml]\npolicy:\n  rules:\n    - { name: domains, domains: [example.com, agency.example], level: warning }\n";
const LIMITS = "version: 1\ninclude: [ignored.yaml]\npolicy: { max_removals: 30% }\n";
const IGNORED = 'version: 1\npolicy: { ignore: ["*@vendor.example"] }\n';
const PIPELINE = "0123456789abcdef0123456789abcdef01234567";

describe("the commit in the audit log", { skip: skipWithout("git") }, () => {
  let server: Polytomic;
  let cwd: string;
  before(async () => {
    server = await polytomic();
    const files = {
      "users.yaml": USERS,
      "common/rules.yaml": RULES,
      "common/limits.yaml": LIMITS,
      "common/ignored.yaml": IGNORED,
      "README.md": "",
    };
    cwd = repositoryOf([{ at: "2026-01-05", files }]);
  });
  after(async () => {
    remove(cwd);
    await server.close();
  });
  const commits = async (
    args: readonly string[] = [],
    {
      env = {},
      folder = cwd,
    }: { readonly env?: Readonly<Record<string, string>>; readonly folder?: string } = {},
  ): Promise<readonly (string | null)[]> => {
    const log = join(await folderWith({}), "audit.jsonl");
    const ran = await run(["apply", ...args, "--yes", "--audit-log", log], {
      cwd: folder,
      env: { ...server.env, PATH: process.env["PATH"] ?? "", ...env },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const lines = readFileSync(log, "utf8").trim().split("\n");
    return [...new Set(lines.map((line) => JSON.parse(line).commit as string | null))];
  };
  /** Runs with this text in the file, and restores the file afterwards. */
  const edited = async (path: string, text: string): Promise<readonly (string | null)[]> => {
    edit(cwd, path, text);
    try {
      return await commits();
    } finally {
      git(cwd, "checkout", "-q", "--", ".");
    }
  };
  const head = (): string => git(cwd, "rev-parse", "HEAD").trim();

  it("is HEAD where the files are as they are committed, in every line", async () => {
    assert.deepEqual(await commits(), [head()]);
    assert.deepEqual(await edited("README.md", "another file\n"), [head()]);
  });

  it("is left out where a file, or one that it includes, has uncommitted changes", async () => {
    assert.deepEqual(await edited("users.yaml", `${USERS}# later\n`), [null]);
    assert.deepEqual(await edited("common/rules.yaml", `${RULES}# later\n`), [null]);
    assert.deepEqual(await edited("common/limits.yaml", LIMITS.replace("30", "40")), [null]);
    assert.deepEqual(await edited("common/ignored.yaml", `${IGNORED}# later\n`), [null]);
  });

  it("is noted in the result as not all of it where an included file has uncommitted changes", async () => {
    edit(cwd, "common/rules.yaml", `${RULES}# later\n`);
    try {
      const ran = await run(["apply", "--yes", "--output", "json"], { cwd, env: server.env });
      assert.equal(ran.code, 0, ran.stderr);
      const { commit, notes } = JSON.parse(ran.stdout);
      assert.equal(commit, head());
      assert.deepEqual(notes, [
        {
          code: "uncommitted",
          message:
            "common/rules.yaml has uncommitted changes: grants in these changes have no commit yet",
        },
      ]);
    } finally {
      git(cwd, "checkout", "-q", "--", ".");
    }
  });

  it("is left out where a file is not committed, or in no repository", async () => {
    writeFileSync(join(cwd, "new.yaml"), USERS);
    assert.deepEqual(await commits(["new.yaml"]), [null]);
    rmSync(join(cwd, "new.yaml"));
    const folder = await folderWith({
      "users.yaml": USERS,
      "common/rules.yaml": RULES,
      "common/limits.yaml": LIMITS,
      "common/ignored.yaml": IGNORED,
    });
    assert.deepEqual(await commits([], { folder }), [null]);
  });

  it("is the pipeline's in a pipeline", async () => {
    assert.deepEqual(await commits([], { env: { GITHUB_SHA: PIPELINE } }), [PIPELINE]);
    assert.deepEqual(await commits([], { env: { CI_COMMIT_SHA: PIPELINE } }), [PIPELINE]);
  });

  it("is left out for a saved plan, which may be of other files", async () => {
    const plan = join(await folderWith({}), "plan.json");
    const env = { ...server.env, PATH: process.env["PATH"] ?? "" };
    await run(["plan", "--output", `json=${plan}`], { cwd, env });
    assert.deepEqual(await commits(["--plan", plan]), [null]);
  });
});
