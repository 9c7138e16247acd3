/** Attacks on the GitHub workflows, run with their actual steps: the key does not leak, and nothing is written. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { acmeFile } from "../program.ts";
import { BASE, byHand, MERGE, USERS, type User, scene, type Scene } from "./scene.ts";
import { listen } from "../support.ts";

const ELIF = "elif.kaya@example.com";
const KEY = /sandbox-api-key|c2FuZGJveC1hcGkta2V5/;
const LATER = "9".repeat(40);

function accounts(role: string): readonly User[] {
  return USERS.map(([email, ...roles]): User =>
    email === ELIF ? [email, role] : [email, ...roles],
  );
}

async function within(
  test: (repository: Scene) => Promise<void>,
  ...with_: Parameters<typeof scene>
): Promise<void> {
  const repository = await scene(...with_);
  try {
    await test(repository);
  } finally {
    await repository.close();
  }
}

describe("the address that the key is sent to", () => {
  it("is not taken from the repository's variables", async () => {
    const asked: string[] = [];
    const logger = createServer(({ headers }, response) => {
      asked.push(JSON.stringify(headers));
      response.end("{}");
    });
    const port = await listen(logger);
    const vars = { POLYTOMIC_DEPLOYMENT_URL: `http://127.0.0.1:${port}` };
    try {
      await within(
        async (repository) => {
          await repository.write(accounts("Admin"));
          await repository.plan();
          await repository.apply();
          await repository.drift();
          assert.deepEqual(byHand(repository).has(ELIF), ["Admin"]);
        },
        undefined,
        vars,
      );
    } finally {
      logger.close();
      logger.closeAllConnections();
    }
    assert.deepEqual(asked, []);
  });
});

describe("a pull request", () => {
  const evil = {
    "package-lock.json": "evil lock",
    "package.json": '{ "scripts": { "preinstall": "evil" } }',
    ".npmrc": "registry=https://evil.example",
    ".github/workflows/polytomic-plan.yml": "evil workflow",
    "node_modules/polytomic-users/dist/cli.js": "evil program",
    "node_modules/polytomic-users/action.yml": "evil action",
    "node_modules/polytomic-users/action/run.sh": "evil script",
    "polytomic-plan.json": "evil plan",
    ".git/config": "[core] fsmonitor = evil",
    "../outside.yaml": "evil path",
  };

  it("has none of its files run: only the YAML files that a plan reads are used", () =>
    within(async (repository) => {
      const { git } = repository.github;
      const main = { ...git.filesOf(BASE), "package-lock.json": "reviewed lock" };
      git.commits.set(BASE, { parents: [], files: main });
      const include =
        "include: [common/policy.yaml, .git/config, polytomic-plan.json, ../outside.yaml]\n";
      repository.propose({
        ...evil,
        "users.yaml": acmeFile(accounts("Admin"), include),
        "common/policy.yaml": "version: 1\npolicy: { unmanaged: keep }\n",
        "common/other.yaml": "not read",
      });
      const { validate } = await repository.pullRequest();
      assert.equal(validate?.result, "failure", "what is included and not taken is missing");
      assert.match(await repository.installs(), /reviewed lock/);
      const taken = await readdir(join(repository.workspace, "pull-request"), { recursive: true });
      assert.deepEqual(taken.filter((path) => path.includes(".")).sort(), [
        "common/policy.yaml",
        "polytomic-validate.md",
        "users.yaml",
      ]);
      assert.doesNotMatch(await repository.traces(), KEY);
      assert.deepEqual(repository.polytomic.sandbox.log, []);

      repository.propose({ ...evil, "users.yaml": acmeFile(accounts("Admin")) });
      const { plan, polytomic } = await repository.pullRequest();
      assert.deepEqual([plan?.result, polytomic?.result], ["success", "success"]);
      assert.doesNotMatch(await repository.installs(), /evil/);
      assert.doesNotMatch(
        `${await repository.installs()}${JSON.stringify(repository.github.comments)}`,
        KEY,
      );
      assert.deepEqual(repository.polytomic.writes(), []);
    }));

  for (const [name, files] of Object.entries({
    "the users file": { "users.yaml": { link: "../../npm.txt" } },
    "an included file": {
      "users.yaml": acmeFile(USERS, "include: [secrets.yaml]\n"),
      "secrets.yaml": { link: "/etc/hosts" },
    },
  })) {
    it(`is refused if a file is a link, and nothing is read through it: ${name}`, () =>
      within(async (repository) => {
        repository.propose(files);
        const { validate, plan, polytomic } = await repository.pullRequest();
        assert.match(
          validate?.log ?? "",
          /^::error .*::\w+\.yaml is a symbolic link or a submodule: only regular files/m,
        );
        assert.deepEqual([plan?.result, polytomic?.result], ["skipped", "failure"]);
        assert.doesNotMatch(validate?.log ?? "", /localhost|NPM_CALLS/);
        assert.deepEqual(repository.polytomic.sandbox.log, []);
      }));
  }

  it("from a fork is validated without a key and is not planned; the check fails with a message", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      const { validate, plan, polytomic } = await repository.pullRequest("mallory/access");
      assert.deepEqual(
        [validate?.result, plan?.result, polytomic?.result],
        ["success", "skipped", "failure"],
      );
      assert.match(polytomic?.summary ?? "", /^Changes from a fork are validated but not planned/);
      assert.doesNotMatch(await repository.traces(), KEY);
      assert.deepEqual(repository.polytomic.sandbox.log, []);
    }));

  it("is not planned for a commit that is no longer its last", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      const { git } = repository.github;
      git.commits.set(git.merge ?? "", { parents: [BASE, LATER], files: git.filesOf(BASE) });
      const { validate, polytomic } = await repository.pullRequest();
      assert.match(validate?.log ?? "", /has a newer commit/);
      assert.equal(polytomic?.result, "failure");
    }));
});

describe("a run with NODE_DEBUG", () => {
  it("does not put the key into its log or the comment", () =>
    within(
      async (repository) => {
        await repository.write(accounts("Admin"));
        const run = await repository.plan();
        assert.notEqual(run.exitCode, 0);
        assert.doesNotMatch(`${run.log}${JSON.stringify(repository.github.comments)}`, KEY);
      },
      () => ({ status: 401, body: "" }),
      {},
      { NODE_DEBUG: "http" },
    ));
});

describe("a plan that a later commit reverted", () => {
  const takeBack = (repository: Scene): void =>
    repository.push(LATER, { "users.yaml": acmeFile(USERS) });

  async function refused(test: (repository: Scene) => ReturnType<Scene["apply"]>): Promise<void> {
    await within(async (repository) => {
      await repository.write(accounts("Admin"));
      await repository.plan();
      const { apply } = await test(repository);
      assert.equal(apply?.exitCode, 3);
      assert.match(apply?.log ?? "", /users\.yaml was changed on main by the newer commit 9{40}/);
      assert.deepEqual(repository.polytomic.writes(), []);
      const body = repository.github.comments.at(-1)?.body ?? "";
      assert.match(body, /^### Polytomic access: refused, nothing was written$/m);
    });
  }

  it("is not applied if it is approved after the revert, at the first attempt", () =>
    refused((repository) =>
      repository.apply((job) => {
        if (job === "apply") takeBack(repository);
      }),
    ));

  it("is not applied by re-running the old run", () =>
    refused(async (repository) => {
      const { plan } = await repository
        .apply((job) => {
          if (job === "apply") throw new Error("the runner is lost");
        })
        .catch(async () =>
          repository.apply((job) => {
            if (job === "apply") takeBack(repository);
          }),
        );
      return { apply: await repository.applyAgain(plan) };
    }));

  it("is not applied if the reverted change is in an included file", () =>
    within(async (repository) => {
      const policy = "common/people.yaml";
      const users = (role: string) =>
        `version: 1\nusers:\n  - email: ${ELIF}\n    roles: [${role}]\n`;
      const rest = acmeFile(
        USERS.filter(([email]) => email !== ELIF),
        `include: [${policy}]\n`,
      );
      repository.propose({ "users.yaml": rest, [policy]: users("Admin") });
      await repository.plan();
      const { apply } = await repository.apply((job) => {
        if (job === "apply") repository.push(LATER, { [policy]: users("Viewer") });
      });
      assert.equal(apply?.exitCode, 3);
      assert.match(apply?.log ?? "", /common\/people\.yaml was changed on main/);
      assert.deepEqual(repository.polytomic.writes(), []);
    }));

  it("is applied where the later commit is about something else", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      await repository.plan();
      const { plan, apply } = await repository.apply((job) => {
        if (job === "apply") repository.push(LATER, { "README.md": "new" });
      });
      assert.equal(apply?.result, "success");
      assert.deepEqual(byHand(repository).has(ELIF), ["Admin"]);
      assert.equal((await repository.applyAgain(plan)).result, "success", "and again");
    }));
});

describe("a forged comment", () => {
  it("allows only the plan whose digest it contains", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      await repository.plan();
      const { github } = repository;
      github.comments = github.comments.map((one) => ({
        ...one,
        body: one.body.replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`),
      }));
      const { plan, apply } = await repository.apply();
      assert.equal(plan?.exitCode, 3);
      assert.equal(apply?.result, "skipped");
      assert.deepEqual(repository.polytomic.writes(), []);
    }));

  it("does not change the page on which the apply is approved", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      await repository.plan();
      const { github } = repository;
      github.comments = github.comments.map((one) => ({
        ...one,
        body: `${one.body.split("\n")[0]}\n### Polytomic access: No changes\n`,
      }));
      const { plan } = await repository.apply();
      assert.match(
        plan?.summary ?? "",
        /^\*\*Plan: 0 to add, 1 to change, 0 to remove, \d+ unchanged\. 1 user gains Admin\.\*\*$/m,
      );
      assert.match(
        plan?.summary ?? "",
        /^Before you approve the environment polytomic-apply, read/m,
      );
    }));
});

describe("what a plan reads", () => {
  it("contains included files: a change to an included policy alone is planned and applied", () =>
    within(async (repository) => {
      const files = {
        "users.yaml": acmeFile(accounts("Admin").slice(0, -1), "include: [common/policy.yaml]\n"),
        "common/policy.yaml": "version: 1\npolicy: { unmanaged: keep }\n",
      };
      repository.github.git.commits.set(BASE, { parents: [], files });
      repository.propose({
        ...files,
        "common/policy.yaml": "version: 1\npolicy: { unmanaged: remove }\n",
      });
      const { plan, polytomic } = await repository.pullRequest();
      assert.deepEqual([plan?.result, polytomic?.result], ["success", "success"]);
      const { apply } = await repository.apply();
      assert.equal(apply?.result, "success");
      assert.equal(byHand(repository).has("support@polytomic.com"), null);
    }));

  it("decides whether there is a plan: for any other change, the check passes without one", () =>
    within(async (repository) => {
      repository.propose({ ...repository.github.git.filesOf(BASE), "README.md": "new" });
      const { plan, polytomic } = await repository.pullRequest();
      assert.deepEqual([plan?.result, polytomic?.result], ["skipped", "success"]);
      assert.match(polytomic?.summary ?? "", /^Nothing to plan/);
      byHand(repository).roles(ELIF, "Billing");
      const merged = await repository.apply();
      assert.deepEqual([merged["plan"]?.result, merged["apply"]?.result], ["success", "skipped"]);
      assert.deepEqual(repository.polytomic.sandbox.log, []);
    }));

  it("is validated in a merge group, without a key, and the check reports", () =>
    within(async (repository) => {
      await repository.write(accounts("Admin"));
      const { validate, plan, polytomic } = await repository.mergeGroup();
      assert.deepEqual(
        [validate?.result, plan?.result, polytomic?.result],
        ["success", "skipped", "success"],
      );
      await repository.write([["nobody", "Member"]]);
      assert.equal((await repository.mergeGroup())["polytomic"]?.result, "failure");
      assert.doesNotMatch(await repository.traces(), KEY);
    }));

  it("decides whether the job may be merged: a refused plan fails the check", () =>
    within(async (repository) => {
      await repository.write([["cto@example.com", "Admin"]]);
      const { plan, polytomic } = await repository.pullRequest();
      assert.deepEqual([plan?.exitCode, polytomic?.result], [3, "failure"]);
      assert.equal(repository.github.git.main, BASE);
      assert.notEqual(BASE, MERGE);
    }));
});
