/** The scripts for any other CI, against the sandbox. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "node:test";
import { acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith, skipWithout } from "../support.ts";
import { root } from "./runner.ts";
import { byHand, environmentIn, link, USERS, type User } from "./scene.ts";

const ELIF = "elif.kaya@example.com";

const git = promisify(execFile);

describe("the scripts for any other CI", { skip: skipWithout("git") }, () => {
  let server: Polytomic;
  let folder: string;
  before(async () => {
    server = await polytomic();
    const parent = await folderWith({ "files/users.yaml": acmeFile(USERS), "npm.txt": "" });
    folder = join(parent, "files");
    await link(parent, folder);
    environment = environmentIn(parent);
    await inGit("init", "--quiet", "--initial-branch=main");
    await commit("users.yaml");
    await inGit("clone", "--quiet", "--bare", folder, join(parent, "origin"));
    await inGit("remote", "add", "origin", join(parent, "origin"));
  });
  let environment: Readonly<Record<string, string>>;
  const inGit = (...args: readonly string[]) => {
    const as = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    return git("git", [...as, ...args], { cwd: folder });
  };
  const commit = async (path: string): Promise<void> => {
    await inGit("add", path);
    await inGit("commit", "--quiet", "--message", `change ${path}`);
  };
  /** A commit by another user on the branch, which this checkout does not have. */
  const pushElsewhere = async (path: string, text: string): Promise<void> => {
    await inGit("stash", "--include-untracked", "--quiet").catch(() => {});
    await writeFile(join(folder, path), text);
    await commit(path);
    await inGit("push", "--quiet", "origin", "HEAD:main");
    await inGit("reset", "--quiet", "--hard", "HEAD~1");
    await inGit("stash", "pop", "--quiet");
  };
  after(() => server.close());

  const write = (role: string): Promise<void> => {
    const entries = USERS.map(([email, ...roles]): User =>
      email === ELIF ? [email, role] : [email, ...roles],
    );
    return writeFile(join(folder, "users.yaml"), acmeFile(entries));
  };
  const run = (script: string, args: readonly string[] = [], env = {}): Promise<Ran> =>
    new Promise((resolve) => {
      const path = join(root, "examples/ci/shell", script);
      const options = { cwd: folder, env: { ...environment, ...server.env, ...env } };
      execFile("bash", [path, ...args], options, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const digest = async (): Promise<string> =>
    (await readFile(join(folder, "polytomic-digest.txt"), "utf8")).trim();

  it("drift says nothing where there is none", async () => {
    assert.deepEqual(await run("drift.sh"), { code: 0, stdout: "", stderr: "" });
  });

  it("plan leaves the plan, what to read and the digest", async () => {
    await write("Admin");
    assert.equal((await run("plan.sh")).code, 0);
    const plan = JSON.parse(await readFile(join(folder, "polytomic-plan.json"), "utf8"));
    assert.equal(await digest(), plan.digest);
    assert.match(await readFile(join(folder, "polytomic-plan.md"), "utf8"), /1 user gains Admin/);
  });

  it("apply does nothing without a digest, and refuses another", async () => {
    assert.equal((await run("apply.sh")).code, 1);
    assert.equal((await run("apply.sh", [`sha256:${"0".repeat(64)}`])).code, 3);
    assert.deepEqual(server.writes(), []);
  });

  it("apply refuses if a newer commit changes the files or an included file", async () => {
    await pushElsewhere("users.yaml", acmeFile(USERS, "# taken back\n"));
    const { code, stderr } = await run("apply.sh", [await digest()]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /^error: newer commits of origin\/main change the files; nothing was written:\n\w+ change users\.yaml$/m,
    );
    assert.deepEqual(server.writes(), []);
    await inGit("push", "--quiet", "--force", "origin", "HEAD:main");
    await pushElsewhere("README.md", "elsewhere");
  });

  it("apply refuses if a newer merge takes the files back to an older branch", async () => {
    await inGit("add", "users.yaml");
    await inGit("commit", "--quiet", "--message", "the approved change");
    const onTop = async (...parents: readonly string[]): Promise<string> => {
      const of = parents.flatMap((parent) => ["-p", parent]);
      return (await inGit("commit-tree", "HEAD~1^{tree}", ...of, "-m", "merge")).stdout.trim();
    };
    const merge = await onTop("HEAD", await onTop("HEAD~1"));
    await inGit("push", "--quiet", "--force", "origin", `${merge}:main`);
    const { code, stderr } = await run("apply.sh", [await digest()]);
    assert.equal(code, 3);
    assert.match(stderr, /newer commits of origin\/main change the files; .*:\n\w+ merge$/m);
    assert.deepEqual(server.writes(), []);
    await inGit("reset", "--quiet", "--soft", "HEAD~1");
    await inGit("push", "--quiet", "--force", "origin", "HEAD:main");
    await pushElsewhere("README.md", "elsewhere again");
  });

  it("apply applies the approved plan, whatever was committed elsewhere", async () => {
    assert.equal((await run("apply.sh", [await digest()])).code, 0);
    assert.deepEqual(byHand({ polytomic: server }).has(ELIF), ["Admin"]);
  });

  it("drift tells changes in Polytomic from changes in the file", async () => {
    byHand({ polytomic: server }).roles(ELIF, "Billing");
    const env = { LAST_PLAN: "polytomic-plan.json", AUDIT_LOG: "polytomic-audit.jsonl" };
    const { code, stdout } = await run("drift.sh", ["users.yaml"], env);
    assert.equal(code, 2);
    assert.match(stdout, /drift: changed in Polytomic, not in the files/);
  });

  it("plan exits with the guard's code, and leaves no old plan after a failure", async () => {
    await writeFile(join(folder, "users.yaml"), acmeFile([["cto@example.com", "Admin"]]));
    assert.equal((await run("plan.sh")).code, 3);
    await writeFile(join(folder, "users.yaml"), "version: 2\n");
    assert.equal((await run("plan.sh")).code, 1);
    await assert.rejects(readFile(join(folder, "polytomic-plan.json")), { code: "ENOENT" });
  });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
