/** What must hold of every workflow and of the action, whatever they do. */
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
  "issues: write",
  "pull-requests: write",
]);

/** What each job may do with the repository, and why it needs no more. */
const permissions: Readonly<Record<string, readonly string[]>> = {
  "polytomic-plan.yml validate": ["contents: read"],
  "polytomic-plan.yml plan": ["contents: read", "pull-requests: write"],
  "polytomic-apply.yml plan": ["contents: read", "pull-requests: write"],
  "polytomic-apply.yml apply": ["contents: read", "pull-requests: write"],
  "polytomic-drift.yml drift": ["actions: read", "contents: read", "issues: write"],
};

describe("every workflow", () => {
  it("is among these", () => {
    assert.deepEqual(
      workflows.map(({ name }) => name),
      ["polytomic-apply.yml", "polytomic-drift.yml", "polytomic-plan.yml"],
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

    it(`${name}: never runs with a fork's code and the repository's secrets`, () => {
      assert.ok(!("pull_request_target" in workflow.on));
      assert.ok(!("workflow_run" in workflow.on));
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

  it("pins what it uses by commit, with the version beside it", () => {
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

  it("installs without running scripts of packages", () => {
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
  it("hands a key to the step that runs the program, and to no other", () => {
    const keys = ["POLYTOMIC_API_KEY", "POLYTOMIC_PARTNER_KEY", "POLYTOMIC_DEPLOYMENT_KEY"];
    for (const step of action.runs.steps) {
      if (step.id === "run" || step.name === "Exit as the program did") continue;
      for (const key of keys) assert.equal(step.env?.[key], "", `${step.name}: ${key}`);
    }
  });

  it("has a script for each step, and no other", () => {
    const used = [...actionText.matchAll(/action\/([\w-]+\.sh)/g)].map(([, name]) => name ?? "");
    const elsewhere = workflows.flatMap(({ text }) =>
      [...text.matchAll(/polytomic-users\/action\/([\w-]+\.sh)/g)].map(([, name]) => name ?? ""),
    );
    assert.deepEqual(
      [...new Set([...used, ...elsewhere])].sort(),
      readdirSync(join(root, "action"))
        .filter((name) => name.endsWith(".sh"))
        .sort(),
    );
  });
});

function stepsOf({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps);
}
