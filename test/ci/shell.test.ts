/** The scripts for any other CI, against the sandbox. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { root } from "./runner.ts";
import { byHand, environmentIn, link, PEOPLE, type Person } from "./scene.ts";

const ELIF = "elif.kaya@example.com";

describe("the scripts for any other CI", () => {
  let server: Polytomic;
  let folder: string;
  before(async () => {
    server = await polytomic();
    folder = await folderWith({ "users.yaml": acmeFile(PEOPLE) });
    await link(folder, folder);
  });
  after(() => server.close());

  const write = (role: string): Promise<void> => {
    const people = PEOPLE.map(([email, ...roles]): Person =>
      email === ELIF ? [email, role] : [email, ...roles],
    );
    return writeFile(join(folder, "users.yaml"), acmeFile(people));
  };
  const run = (script: string, args: readonly string[] = [], env = {}): Promise<Ran> =>
    new Promise((resolve) => {
      const path = join(root, "examples/ci/shell", script);
      const options = { cwd: folder, env: { ...environmentIn(folder), ...server.env, ...env } };
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
    assert.match(await readFile(join(folder, "polytomic-plan.md"), "utf8"), /1 person gains Admin/);
  });

  it("apply does nothing without a digest, and refuses another", async () => {
    assert.equal((await run("apply.sh")).code, 1);
    assert.equal((await run("apply.sh", [`sha256:${"0".repeat(64)}`])).code, 3);
    assert.deepEqual(server.writes(), []);
  });

  it("apply does the approved plan", async () => {
    assert.equal((await run("apply.sh", [await digest()])).code, 0);
    assert.deepEqual(byHand({ polytomic: server }).has(ELIF), ["Admin"]);
  });

  it("drift tells what somebody changed from what the file asks for", async () => {
    byHand({ polytomic: server }).roles(ELIF, "Billing");
    const env = { LAST_PLAN: "polytomic-plan.json", AUDIT_LOG: "polytomic-audit.jsonl" };
    const { code, stdout } = await run("drift.sh", ["users.yaml"], env);
    assert.equal(code, 2);
    assert.match(stdout, /drift: changed in Polytomic, not in the files/);
  });

  it("plan hands on a guard's no, and leaves no old plan behind a failure", async () => {
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
