/** `plan --since`: drift and pending changes, through the program. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { byHand } from "../ci/scene.ts";
import { acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const SAM = "sam@example.com";
const ELIF = "elif.kaya@example.com";

interface PlanJson {
  readonly digest: string;
  readonly organizations: readonly {
    readonly changes: readonly { readonly email: string; readonly cause?: string }[];
  }[];
}

describe("plan --since", () => {
  let server: Polytomic;
  let cwd: string;
  before(async () => {
    server = await polytomic();
    cwd = await folderWith({ "users.yaml": file({ [SAM]: "Billing" }), "empty.jsonl": "" });
    const saved = await program("plan", "--output", "json=plan.json");
    assert.equal(saved.code, 0, saved.stderr);
    const applied = await program("apply", "--yes", "--audit-log", "audit.jsonl");
    assert.equal(applied.code, 0, applied.stderr);
    byHand({ polytomic: server }).roles(SAM, "Member");
    await writeFile(join(cwd, "users.yaml"), file({ [SAM]: "Billing", [ELIF]: "Member" }));
  });
  after(() => server.close());

  const program = (...args: readonly string[]) => run(args, { cwd, env: server.env });
  const causes = async (...since: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const { changes } = (await plan(...since)).organizations[0] ?? { changes: [] };
    return changes.map(({ email, cause }) => `${email} ${cause}`).sort();
  };
  async function plan(...since: readonly string[]): Promise<PlanJson> {
    const flags = since.flatMap((name) => ["--since", name]);
    const { stdout, stderr } = await program("plan", "--output", "json", ...flags);
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  }

  it("knows the cause of every change from the last apply's plan and audit log", async () => {
    const expected = [`${ELIF} files`, `${SAM} drift`];
    assert.deepEqual(await causes("plan.json", "audit.jsonl"), expected);
  });

  it("claims no more than each of them does", async () => {
    assert.deepEqual(await causes("plan.json"), [`${ELIF} files`, `${SAM} unknown`]);
    assert.deepEqual(await causes("audit.jsonl"), [`${ELIF} unknown`, `${SAM} drift`]);
    assert.deepEqual(await causes("empty.jsonl"), [`${ELIF} unknown`, `${SAM} unknown`]);
  });

  it("says no cause, and gives the same digest, without it", async () => {
    assert.deepEqual(await causes(), [`${ELIF} undefined`, `${SAM} undefined`]);
    assert.equal((await plan()).digest, (await plan("plan.json", "audit.jsonl")).digest);
  });

  it("says it in the text", async () => {
    const { stdout } = await program("plan", "--since", "plan.json", "--since", "audit.jsonl");
    assert.match(stdout, /drift: changed in Polytomic, not in the files, users\.yaml:\d+$/m);
    assert.match(stdout, /changed in the files, users\.yaml:\d+$/m);
  });

  it("makes a plan that can be saved and applied", async () => {
    const flags = ["--since", "plan.json", "--since", "audit.jsonl", "--output", "json=next.json"];
    assert.equal((await program("plan", ...flags)).code, 0);
    const { code, stderr } = await program("apply", "--plan", "next.json", "--dry-run");
    assert.equal(code, 0, stderr);
  });

  for (const [situation, name, text, says] of [
    ["a file that is missing", "none.json", null, /^error: could not read none\.json: /],
    [
      "a file that is neither",
      "other.json",
      "{}",
      /^error: other\.json is not a saved plan or an audit log: /,
    ],
    [
      "a line that is not an audit line",
      "bad.jsonl",
      '{"kind":"change"}\n',
      /^error: bad\.jsonl:1 is not a line of an audit log$/m,
    ],
  ] as const) {
    it(`fails before it asks Polytomic anything: ${situation}`, async () => {
      if (text !== null) await writeFile(join(cwd, name), text);
      const asked = server.sandbox.log.length;
      const { code, stderr } = await program("plan", "--since", name);
      assert.equal(code, 1);
      assert.match(stderr, says);
      assert.equal(server.sandbox.log.length, asked);
    });
  }

  it("does not take a plan that was made for another address", async () => {
    const other = await polytomic();
    try {
      const { code, stderr } = await run(["plan", "--since", "plan.json"], { cwd, env: other.env });
      assert.equal(code, 1);
      assert.match(stderr, /plan\.json was made for http:.*, but this run is for http:/);
    } finally {
      await other.close();
    }
  });
});

function file(changes: Readonly<Record<string, string>>): string {
  return acmeFile(
    ACME_USERS.map(([email, ...roles]) => {
      const role = changes[email];
      return role === undefined ? [email, ...roles] : [email, role];
    }),
  );
}
