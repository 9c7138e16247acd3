/** Conditions that every workflow and the action must meet. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { type Action, root, type Step, type Workflow } from "./runner.ts";

const folder = "examples/ci/github";
const workflows = readdirSync(join(root, folder)).map((name) => {
  const text = readFileSync(join(root, folder, name), "utf8");
  const workflow: Workflow = parse(text);
  return { name, text, workflow };
});
const actionText = readFileSync(join(root, "action.yml"), "utf8");
const action: Action = parse(actionText);

const readOrWrite = new Set([
  "actions: read",
  "contents: read",
  "contents: write",
  "issues: write",
  "pull-requests: write",
]);

/** The permissions of each job, and why it needs no more. */
const permissions: Readonly<Record<string, readonly string[]>> = {
  "polytomic-plan.yml validate": ["contents: read"],
  "polytomic-plan.yml plan": ["contents: read", "pull-requests: write"],
  "polytomic-plan.yml polytomic": [],
  "polytomic-apply.yml plan": ["contents: read", "pull-requests: write"],
  "polytomic-apply.yml apply": ["contents: read", "pull-requests: write"],
  "polytomic-drift.yml drift": ["actions: read", "contents: read", "issues: write"],
  "polytomic-review.yml review": ["contents: read", "issues: write"],
  "polytomic-drift.yml pull-request": ["contents: write", "pull-requests: write"],
};

describe("every workflow", () => {
  it("is among these", () => {
    assert.deepEqual(
      workflows.map(({ name }) => name),
      ["polytomic-apply.yml", "polytomic-drift.yml", "polytomic-plan.yml", "polytomic-review.yml"],
    );
  });

  for (const { name, text, workflow } of workflows) {
    it(`${name}: nothing is allowed but what a job says it needs`, () => {
      assert.deepEqual(workflow.permissions, {});
      for (const [job, { permissions: own = {} }] of Object.entries(workflow.jobs)) {
        const granted = Object.entries(own).map(([what, how]) => `${what}: ${how}`);
        assert.deepEqual(granted.sort(), permissions[`${name} ${job}`], job);
        assert.ok(granted.every((one) => readOrWrite.has(one)));
      }
    });

    it(`${name}: runs nothing from a pull request`, () => {
      const text = JSON.stringify(workflow.jobs);
      // A checkout of a pull request names its commit, branch or ref there.
      const checkouts = stepsOf(workflow).filter(({ uses }) =>
        uses?.startsWith("actions/checkout"),
      );
      const onPullRequest = "pull_request_target" in workflow.on;
      for (const step of checkouts) {
        assert.equal(step.with?.["ref"], onPullRequest ? "main" : undefined);
        assert.equal(step.with?.["repository"], undefined);
        assert.equal(step.with?.["allow-unsafe-pr-checkout"], undefined);
      }
      assert.doesNotMatch(text, /git (fetch|checkout|pull|clone|switch)|gh pr checkout/);
      const fixed =
        /^(npm ci --ignore-scripts|(node|bash) node_modules\/polytomic-users\/action\/[\w.-]+)$/;
      for (const { run, uses, "working-directory": folder } of stepsOf(workflow)) {
        if (uses !== undefined)
          assert.match(uses, /^(actions\/|\.\/node_modules\/polytomic-users$)/);
        if (run !== undefined && !fixed.test(run)) {
          assert.match(run, /GITHUB_STEP_SUMMARY/, "it says something, and nothing else");
          assert.doesNotMatch(run, /\b(npm|npx|node|bash|sh|eval|source)\s/);
        }
        assert.equal(folder, undefined);
      }
      assert.ok(!("workflow_run" in workflow.on) && !("pull_request" in workflow.on));
    });

    it(`${name}: sends the key to an address that stands in the workflow`, () => {
      assert.equal(workflow.env?.["POLYTOMIC_DEPLOYMENT_URL"], "https://app.polytomic.com");
      assert.equal(text.split("POLYTOMIC_DEPLOYMENT_URL").length, 2, "it is set once");
      assert.doesNotMatch(text, /\bvars\./);
    });

    it(`${name}: a key is only in jobs with an environment, and only where the program runs`, () => {
      for (const [job, { steps, environment }] of Object.entries(workflow.jobs)) {
        const withKey = steps.filter((step) => JSON.stringify(step).includes("secrets."));
        assert.ok(withKey.length === 0 || environment !== undefined, job);
        assert.ok(
          withKey.every(({ uses }) => uses === "./node_modules/polytomic-users"),
          job,
        );
      }
      assert.doesNotMatch(text, /secrets: inherit/);
    });

    it(`${name}: a job that may push has no key and no environment`, () => {
      for (const [job, { permissions: own, environment, steps }] of Object.entries(workflow.jobs)) {
        if (own?.["contents"] !== "write") continue;
        assert.equal(environment, undefined, job);
        assert.doesNotMatch(JSON.stringify(steps), /secrets\.|POLYTOMIC_/, job);
      }
    });

    it(`${name}: the token of the job does not stay in the checkout`, () => {
      const checkouts = stepsOf(workflow).filter(({ uses }) =>
        uses?.startsWith("actions/checkout"),
      );
      assert.ok(checkouts.length > 0);
      assert.ok(checkouts.every((step) => step.with?.["persist-credentials"] === false));
    });

    it(`${name}: every job ends by itself`, () => {
      const jobs = Object.values(workflow.jobs);
      assert.ok(jobs.every((job) => "timeout-minutes" in job));
    });
  }

  it("pins the actions that it uses by commit, with the version in a comment", () => {
    const uses = [...workflows.map(({ text }) => text), actionText].flatMap((text) =>
      [...text.matchAll(/^.*\buses: (.*)$/gm)].map(([, what]) => what ?? ""),
    );
    assert.ok(uses.length > 8);
    for (const what of uses) {
      assert.match(
        what,
        /^(\.\/node_modules\/polytomic-users|actions\/[\w-]+@[0-9a-f]{40} # v[\d.]+)$/,
      );
    }
  });

  it("puts no expression into a shell", () => {
    const steps = [...workflows.flatMap(({ workflow }) => stepsOf(workflow)), ...action.runs.steps];
    const runs = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    assert.ok(runs.length > 8);
    assert.deepEqual(
      runs.filter((run) => run.includes("${{")),
      [],
    );
  });

  it("installs packages without running their scripts", () => {
    const installs = workflows
      .flatMap(({ workflow }) => stepsOf(workflow))
      .flatMap(({ run }) => (run?.includes("npm") === true ? [run] : []));
    assert.ok(installs.length >= 5);
    assert.ok(installs.every((run) => run === "npm ci --ignore-scripts"));
  });
});

describe("the workflow that applies", () => {
  const apply = workflows.find(({ name }) => name === "polytomic-apply.yml")?.workflow;

  it("runs one at a time and is never broken off", () => {
    assert.deepEqual(apply?.concurrency, {
      group: "polytomic-apply",
      "cancel-in-progress": false,
      queue: "max",
    });
  });

  it("runs on main alone, in an environment of its own", () => {
    assert.equal(apply?.jobs["plan"]?.if, "github.ref == 'refs/heads/main'");
    assert.equal(apply?.jobs["apply"]?.needs, "plan");
    assert.equal(apply?.jobs["apply"]?.environment, "polytomic-apply");
  });

  it("is the only one that applies", () => {
    const commands = workflows.flatMap(({ name, workflow }) =>
      stepsOf(workflow).flatMap((step) => {
        const command = step.with?.["command"];
        return command === undefined ? [] : [`${name} ${command}`];
      }),
    );
    assert.deepEqual(
      commands.filter((one) => one.endsWith(" apply")),
      ["polytomic-apply.yml apply"],
    );
  });
});

describe("the action", () => {
  it("passes the key only to the step that runs the program", () => {
    const keys = ["POLYTOMIC_API_KEY", "POLYTOMIC_PARTNER_KEY", "POLYTOMIC_DEPLOYMENT_KEY"];
    for (const step of action.runs.steps) {
      if (step.id === "run" || step.name === "Exit with the program's exit code") continue;
      for (const key of keys) assert.equal(step.env?.[key], "", `${step.name}: ${key}`);
    }
  });

  it("has a script for each step, and no other", () => {
    const calls = /(?:action\/|\.\/)([\w-]+\.(?:sh|mjs))/g;
    const own = readdirSync(join(root, "action"))
      .filter((name) => name !== "gitlab.mjs" && name !== "setup.sh")
      .map((name) => [name, readFileSync(join(root, "action", name), "utf8")] as const);
    const callers = [
      actionText,
      ...workflows.map(({ text }) => text),
      ...own.map(([, text]) => text),
    ];
    const used = callers.flatMap((text) => [...text.matchAll(calls)].map(([, name]) => name ?? ""));
    assert.deepEqual([...new Set(used)].sort(), own.map(([name]) => name).sort());
  });
});

function stepsOf({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps);
}
