/** What `apply` may write: what the user confirmed, `--only` and `--expect-digest`. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { derivedId } from "../../src/sandbox/ids.ts";
import { ACME } from "../program.ts";
import { folderWith } from "../support.ts";
import { run, SAME, WANTED, withSandbox } from "./acme.ts";
import { before } from "./elsewhere.ts";

describe("asking before writing", () => {
  it("without a terminal --yes is required, before anything is read", () =>
    withSandbox(async ({ env, sandbox }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["apply"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /without a terminal\nhint: review the plan, then pass --yes/);
      assert.equal(sandbox.log.length, 0);
    }));

  it('"yes" applies', () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stdout, stderr } = await run(["apply"], { cwd, env, typed: "yes" });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Make 3 changes at http:\/\/127\.0\.0\.1:\d+\? Type "yes" to apply: /);
      assert.match(stdout, /3 applied/);
      assert.equal(writes().length, 3);
    }));

  for (const typed of ["no", "y", "", "YES please", null]) {
    it(`${typed === null ? "the end of the input" : JSON.stringify(typed)} does nothing`, () =>
      withSandbox(async ({ env, writes }) => {
        const cwd = await folderWith({ "users.yaml": WANTED });
        const { code, stderr } = await run(["apply"], { cwd, env, typed });
        assert.equal(code, 1);
        const isEmpty = typed === null || typed === "";
        assert.match(
          stderr,
          isEmpty ? /Nothing was changed\.\n$/ : /Nothing was changed: only "yes" is accepted\.\n$/,
        );
        assert.equal(writes().length, 0);
      }));
  }

  it("Ctrl-C at the question exits with 130", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const interrupt = new AbortController();
      const { code, stderr } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        interrupt: interrupt.signal,
        whenAsked: () => interrupt.abort(),
      });
      assert.equal(code, 130);
      assert.match(stderr, /Nothing was changed/);
      assert.equal(writes().length, 0);
    }));

  it("the same on a terminal, whose line editor takes the key for itself", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code } = await run(["apply"], { cwd, env, typed: "\u0003" });
      assert.equal(code, 130);
      assert.equal(writes().length, 0);
    }));

  it("Ctrl-C while Polytomic is read again after the response exits with 130", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const interrupt = new AbortController();
      let answered = false;
      const server = await before(sandbox, ({ path }) => {
        if (answered && path.endsWith("/users")) interrupt.abort();
        return null;
      });
      try {
        const { code, stderr } = await run(["apply"], {
          cwd,
          env: { ...env, POLYTOMIC_DEPLOYMENT_URL: server.url },
          typed: "yes",
          interrupt: interrupt.signal,
          whenAsked: () => (answered = true),
        });
        assert.equal(code, 130, stderr);
        assert.doesNotMatch(stderr, /changed before you confirmed/);
        assert.equal(writes().length, 0);
      } finally {
        await server.close();
      }
    }));

  it("with nothing to do, asks nothing", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": SAME });
      const { code, stderr } = await run(["apply"], { cwd, env, typed: "no" });
      assert.deepEqual([code, stderr], [0, ""]);
    }));

  it("a plan that changed during the question is refused: the answer was about another plan", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const sam = derivedId("user", ACME, "sam@example.com");
      const viewer = derivedId("role", ACME, "Viewer");
      const { code, stderr } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.changeUser(ACME, sam, [viewer]),
      });
      assert.equal(code, 3);
      assert.match(
        stderr,
        /changed before you confirmed; nothing was written\nhint: run apply again/,
      );
      assert.equal(writes().length, 0);
    }));

  it("changes since then that do not concern the plan are ignored", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({
        "users.yaml": WANTED.replace("users:", "policy: { unmanaged: keep }\nusers:"),
      });
      const { code, stdout } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.addUser(ACME, { email: "x@example.com", role_ids: [] }),
      });
      assert.equal(code, 0, stdout);
      assert.equal(writes().length, 2);
    }));

  it("an approved plan that changes while apply waits for the answer is refused", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      await run(["plan", "--output", "json=plan.json"], { cwd, env });
      const sam = derivedId("user", ACME, "sam@example.com");
      const { code } = await run(["apply", "--plan", "plan.json"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.removeUser(ACME, sam),
      });
      assert.equal(code, 3);
      assert.equal(writes().length, 0);
    }));

  it("a file from standard input leaves nothing to answer with", () =>
    withSandbox(async ({ env, sandbox }) => {
      const { code, stderr } = await run(["apply", "-"], { env, typed: "yes" });
      assert.equal(code, 1);
      assert.match(stderr, /comes from standard input.*\nhint: name a file, or .*--yes/);
      assert.equal(sandbox.log.length, 0);
    }));

  it("a file from standard input with --yes is applied", () =>
    withSandbox(async ({ env, writes }) => {
      const { code, stderr } = await run(["apply", "-", "--yes"], { env, stdin: WANTED });
      assert.equal(code, 0, stderr);
      assert.equal(writes().length, 3);
    }));
});

describe("--only", () => {
  it("a user whom neither the files nor Polytomic have is an error, not an empty plan", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["apply", "--yes", "--only", "sma@example.com"], {
        cwd,
        env,
      });
      assert.equal(code, 1);
      assert.match(stderr, /^error: --only sma@example\.com: no user has this address/);
      assert.match(stderr, /^hint: did you mean sam@example\.com\?$/m);
      const far = await run(["plan", "--only", "nobody@example.com"], { cwd, env });
      assert.match(far.stderr, /^hint: check the spelling/m);
      assert.equal(writes().length, 0);
    }));

  it("only these users are changed, whatever the case of their address", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const only = ["--only", "SAM@Example.com", "--only", "contractor@agency.example"];
      const { code, stdout } = await run(["apply", "--yes", ...only], { cwd, env });
      assert.equal(code, 0, stdout);
      assert.deepEqual(
        writes().map(({ committed }) => committed?.email),
        ["sam@example.com", "contractor@agency.example"],
      );
    }));
});

describe("--expect-digest", () => {
  it("the right one applies; another is refused with both shown, by plan and by apply", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { digest } = JSON.parse((await run(["plan", "--output", "json"], { cwd, env })).stdout);
      const wrong = `sha256:${"0".repeat(64)}`;
      const output = join(cwd, "output.txt");
      for (const args of [["plan"], ["apply", "--yes"]]) {
        const { code, stderr } = await run([...args, "--expect-digest", wrong], {
          cwd,
          env: { ...env, GITHUB_ACTIONS: "true", GITHUB_OUTPUT: output },
        });
        assert.equal(code, 3);
        assert.ok(stderr.includes(digest) && stderr.includes(wrong), stderr);
        assert.match(stderr, /hint: have the new plan reviewed, then pass its digest/);
      }
      assert.match(await readFile(output, "utf8"), /exitcode<<\S+\n3\n/);
      assert.equal(writes().length, 0);
      const { code } = await run(["apply", "--yes", "--expect-digest", digest], { cwd, env });
      assert.equal(code, 0);
    }));
});
