/** The GitLab pipeline: the actual scripts of its jobs, against the sandbox and a fake of GitLab's API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { text } from "node:stream/consumers";
import { acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith, listen } from "../support.ts";
import { blobOf, type Files, Git, textOf } from "./github.ts";
import { yamlOf } from "./runner.ts";
import {
  BASE,
  byHand,
  checkOut,
  environmentIn,
  HEAD,
  link,
  MERGE,
  USERS,
  type User,
  textsBelow,
} from "./scene.ts";

interface PipelineJob {
  readonly extends?: string;
  readonly environment?: { readonly name: string };
  readonly resource_group?: string;
  readonly interruptible?: boolean;
  readonly rules?: readonly { readonly if?: string; readonly when?: string }[];
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly trigger?: Readonly<Record<string, string>>;
  readonly image?: string;
}

type Said = { id: number; body: string; author: { id: number } };
type Request = { iid: number; title: string; description: string; state: string; sha: string };
type Ticket = {
  iid: number;
  title: string;
  description: string;
  state: string;
  author: { id: number };
};

const ELIF = "elif.kaya@example.com";
const TOKEN = "gitlab-token-of-the-project";
const pipeline = (await yamlOf("examples/ci/gitlab/.gitlab-ci.yml")) as Readonly<
  Record<string, PipelineJob>
>;

/** Notes of merge request 7, issues, and which token was used. */
class Gitlab {
  notes: Said[] = [];
  issues: Ticket[] = [];
  readonly git = new Git();
  sourceProject = 42;
  /** Merge requests that a job opened. */
  requests: Request[] = [];
  readonly tokens = new Set<string>();
  /** Newest first, with the text of each artifact. */
  jobs: (Readonly<Record<string, unknown>> & {
    readonly files: Readonly<Record<string, string>>;
  })[] = [];
  /** Paths that the token's role may not read. */
  forbidden: RegExp | null = null;
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  async start(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.#server)}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.tokens.add(String(request.headers["private-token"]));
    const body = await text(request);
    const fields: Record<string, string> = body === "" ? {} : JSON.parse(body);
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const what = `${request.method} ${path}`;
    let answer: unknown = null;
    if (this.forbidden?.test(path)) {
      response.statusCode = 403;
      return void response.end("{}");
    }
    const file = /^\/projects\/42\/jobs\/(\d+)\/artifacts\/(.+)$/.exec(path);
    if (file !== null) {
      const job = this.jobs.find(({ id }) => id === Number(file[1]));
      const content = job?.files[file[2] ?? ""];
      response.statusCode = content === undefined ? 404 : 200;
      return void response.end(content ?? "{}");
    }
    if (path === "/projects/42/jobs") {
      const page = Number(new URLSearchParams(query).get("page"));
      if (page * 2 < this.jobs.length) response.setHeader("x-next-page", String(page + 1));
      const jobs = this.jobs.slice((page - 1) * 2, page * 2);
      return void response.end(JSON.stringify(jobs));
    }
    try {
      answer = this.#repository(what, new URLSearchParams(query)) ?? this.#route(what, fields);
    } catch (error) {
      console.error(error);
    }
    response.statusCode = answer === null ? 404 : 200;
    response.end(JSON.stringify(answer));
  }

  #repository(what: string, query: URLSearchParams): unknown {
    const commit = (ref: string | null): string => (ref === "main" ? this.git.main : (ref ?? ""));
    const blob = /^GET \/projects\/42\/repository\/blobs\/(\w+)$/.exec(what)?.[1];
    if (blob !== undefined) return { content: this.git.blob(blob) };
    switch (what) {
      case "GET /projects/42/merge_requests/7":
        return { sha: HEAD, source_project_id: this.sourceProject, target_project_id: 42 };
      case "GET /projects/42/repository/commits": {
        const last = this.git.last(commit(query.get("ref_name")), query.get("path") ?? "");
        return last === null ? [] : [{ id: last }];
      }
      case "GET /projects/42/repository/tree":
        return Object.entries(this.git.filesOf(commit(query.get("ref")))).map(([path, entry]) => ({
          path,
          type: "blob",
          mode: typeof entry === "string" ? "100644" : "120000",
          id: blobOf(entry),
        }));
      default:
        return null;
    }
  }

  #commit({ branch, start_sha, force, actions }: Commit): unknown {
    if (branch === "main" || !force) return null;
    const changes = actions.map(({ file_path, content }) => [file_path, content] as const);
    const files = { ...this.git.filesOf(start_sha), ...Object.fromEntries(changes) };
    const sha = blobOf(JSON.stringify([files, this.git.commits.size]));
    this.git.commits.set(sha, { parents: [start_sha], files });
    this.git.branches.set(branch, sha);
    return { id: sha };
  }

  #route(what: string, fields: Readonly<Record<string, string>>): unknown {
    const author = { id: 5 };
    const number = Number(/\d+$/.exec(what)?.[0]);
    const change = (one: object | undefined): unknown =>
      one === undefined ? null : Object.assign(one, fields);
    switch (what.replace(/\d+$/, "N")) {
      case "POST /projects/42/repository/commits":
        return this.#commit(fields as unknown as Commit);
      case "GET /projects/42/merge_requests":
        return this.requests
          .filter(({ state }) => state === "opened")
          .map((one) => ({ ...one, sha: this.git.branches.get("polytomic/drift") }));
      case "POST /projects/42/merge_requests": {
        const { title = "", description = "" } = fields;
        const iid = 20 + this.requests.length;
        return this.requests.push({ iid, title, description, state: "opened", sha: "" });
      }
      case "PUT /projects/42/merge_requests/N": {
        const closed = fields["state_event"] === "close" ? { state: "closed" } : {};
        return change(Object.assign(this.requests.find(({ iid }) => iid === number) ?? {}, closed));
      }
      case "POST /projects/42/merge_requests/20/notes":
        return {};
      case "GET /user":
        return author;
      case "GET /projects/42/merge_requests/7/notes":
        return this.notes;
      case "POST /projects/42/merge_requests/7/notes":
        return this.notes.push({ id: this.notes.length + 1, body: fields["body"] ?? "", author });
      case "PUT /projects/42/merge_requests/7/notes/N":
        return change(this.notes.find(({ id }) => id === number));
      case "GET /projects/42/issues":
        return this.issues.filter(({ state }) => state === "opened");
      case "POST /projects/42/issues": {
        const { title = "", description = "" } = fields;
        const iid = this.issues.length + 1;
        return this.issues.push({ iid, title, description, state: "opened", author });
      }
      case "PUT /projects/42/issues/N": {
        const closed = fields["state_event"] === "close" ? { state: "closed" } : {};
        return change(Object.assign(this.issues.find(({ iid }) => iid === number) ?? {}, closed));
      }
      case "POST /projects/42/issues/1/notes":
        return {};
      case `GET /projects/42/repository/commits/${MERGE}/merge_requests`:
        return [{ iid: 7, sha: HEAD, state: "merged" }];
      default:
        return null;
    }
  }
}

interface Commit {
  readonly branch: string;
  readonly start_sha: string;
  readonly force: boolean;
  readonly actions: readonly { readonly file_path: string; readonly content: string }[];
}

interface JobRun {
  readonly code: number;
  readonly log: string;
}

/** A project on GitLab with a Polytomic; merge request 7 has the commit HEAD and is merged as MERGE. */
class Project {
  readonly gitlab = new Gitlab();
  readonly polytomic: Polytomic;
  readonly folder: string;
  #env: Readonly<Record<string, string>> = {};

  private constructor(server: Polytomic, folder: string) {
    this.polytomic = server;
    this.folder = folder;
  }

  static async start(): Promise<Project> {
    const folder = await folderWith({ "npm.txt": "", "repository/README.md": "" });
    await link(folder, join(folder, "repository"));
    const project = new Project(await polytomic(), folder);
    const { git } = project.gitlab;
    git.commits.set(BASE, { parents: [], files: { "users.yaml": acmeFile(USERS, "# before\n") } });
    git.main = BASE;
    project.#env = {
      ...environmentIn(folder),
      ...project.polytomic.env,
      POLYTOMIC_GITLAB_TOKEN: TOKEN,
      CI_API_V4_URL: await project.gitlab.start(),
      CI_PROJECT_ID: "42",
      CI_COMMIT_BRANCH: "main",
      CI_JOB_URL: "https://gitlab.example/job/1",
    };
    return project;
  }

  async close(): Promise<void> {
    this.gitlab.close();
    await this.polytomic.close();
  }

  propose(files: Files): void {
    this.gitlab.git.commits.set(HEAD, { parents: [BASE], files });
  }

  merge(): void {
    const { git } = this.gitlab;
    git.commits.set(MERGE, { parents: [BASE, HEAD], files: git.filesOf(HEAD) });
    git.main = MERGE;
  }

  push(sha: string, files: Files): void {
    const { git } = this.gitlab;
    git.commits.set(sha, { parents: [git.main], files: { ...git.filesOf(git.main), ...files } });
    git.main = sha;
  }

  /**
   * Runs a job's scripts as GitLab's runner does in a pipeline of main: one shell that stops at the first failure.
   */
  async run(name: string, more: Readonly<Record<string, string>> = {}): Promise<JobRun> {
    const job = pipeline[name] ?? {};
    const { git } = this.gitlab;
    const workspace = join(this.folder, "repository");
    const sha = more["CI_COMMIT_SHA"] ?? git.main;
    const artifact = await artifactsFor(name, workspace);
    await checkOut(workspace, { ...git.filesOf(sha), ...artifact });
    const before = pipeline[job.extends ?? ""]?.before_script ?? [];
    // The address of the test's server, as an on-premises user would write theirs there.
    const own = before.map((line) => line.replace("https://app.polytomic.com", this.polytomic.url));
    const child = spawn(
      "bash",
      ["-eo", "pipefail", "-c", [...own, ...(job.script ?? [])].join("\n")],
      {
        cwd: workspace,
        env: { ...this.#env, CI_COMMIT_SHA: sha, ...more },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const [code] = await once(child, "close");
    return { code: Number(code), log };
  }

  plan(): Promise<JobRun> {
    return this.run("polytomic-plan", { POLYTOMIC_MERGE_REQUEST: "7" });
  }

  merged(more: Readonly<Record<string, string>> = {}): Promise<JobRun> {
    const push = { CI_PIPELINE_SOURCE: "push", CI_COMMIT_SHA: MERGE, CI_COMMIT_BEFORE_SHA: BASE };
    return this.run("polytomic-merged", { ...push, ...more });
  }

  apply(): Promise<JobRun> {
    return this.run("polytomic-apply", { CI_COMMIT_SHA: MERGE });
  }
}

/** The artifacts of the job before. */
async function artifactsFor(job: string, workspace: string): Promise<Files> {
  if (job === "polytomic-apply") return planIn(workspace);
  if (job !== "polytomic-propose") return {};
  return filesIn(workspace, ["polytomic-plan.md", "polytomic-export.json"]);
}

function planIn(workspace: string): Promise<Files> {
  return filesIn(workspace, ["polytomic-plan.json"]);
}

async function filesIn(workspace: string, names: readonly string[]): Promise<Files> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const text = await readFile(join(workspace, name), "utf8").catch(() => null);
    if (text !== null) found[name] = text;
  }
  return found;
}

function wanted(role: string): Files {
  const accounts = USERS.map(([email, ...roles]): User =>
    email === ELIF ? [email, role] : [email, ...roles],
  );
  return { "users.yaml": acmeFile(accounts) };
}

describe("GitLab's pipeline", () => {
  /** The artifacts of the apply job. */
  let applied: Readonly<Record<string, string>> = {};
  let project: Project;
  before(async () => (project = await Project.start()));
  after(() => project.close());
  const titles = (): readonly string[] =>
    project.gitlab.notes.map(({ body }) => body.split("\n").slice(0, 2).join(" "));

  it("validates without a key", async () => {
    const { code, log } = await project.run("polytomic-validate", { POLYTOMIC_API_KEY: "" });
    assert.equal(code, 0);
    assert.match(log, /^Valid: 1 organization, 12 users\.$/m);
  });

  it("writes no note if there is nothing to change", async () => {
    project.propose({ "users.yaml": acmeFile(USERS) });
    assert.equal((await project.plan()).code, 0);
    assert.deepEqual(project.gitlab.notes, []);
  });

  it("makes one note, and the numbers for the merge request", async () => {
    project.propose(wanted("Admin"));
    assert.equal((await project.plan()).code, 0);
    assert.equal(project.gitlab.notes.length, 1);
    assert.match(
      titles()[0] ?? "",
      /^<!-- polytomic-users users\.yaml 1{40} sha256:[0-9a-f]{64} --> ### Polytomic access, Acme: ready to apply$/,
    );
    const numbers = join(project.folder, "repository/merge-request/polytomic-gitlab.json");
    assert.deepEqual(JSON.parse(await readFile(numbers, "utf8")), {
      create: 0,
      update: 1,
      delete: 0,
    });
  });

  it("edits its note, and exits with the code of a refused plan", async () => {
    project.propose({ "users.yaml": acmeFile([["cto@example.com", "Admin"]]) });
    assert.equal((await project.plan()).code, 3);
    assert.equal(project.gitlab.notes.length, 1);
    assert.match(titles()[0] ?? "", /### Polytomic access, Acme: blocked by [a-z -]*max-removals/);
  });

  it("refuses after the merge what was not reviewed", async () => {
    project.propose(wanted("Admin"));
    project.merge();
    const { code, log } = await project.merged();
    assert.equal(code, 3);
    assert.match(log, /this plan was not reviewed: review it, then start a pipeline manually/);
    assert.equal((await project.apply()).code, 3, "and the job after it does, too");
    assert.deepEqual(project.polytomic.writes(), []);
  });

  it("applies after the merge what was reviewed", async () => {
    await project.plan();
    assert.equal((await project.merged()).code, 0);
    assert.equal((await project.apply()).code, 0);
    assert.deepEqual(byHand(project).has(ELIF), ["Admin"]);
    const audit = await readFile(join(project.folder, "repository/polytomic-audit.jsonl"), "utf8");
    assert.match(audit, new RegExp(`"commit":"${MERGE}"`));
    const plan = await readFile(join(project.folder, "repository/polytomic-plan.json"), "utf8");
    applied = { "polytomic-plan.json": plan, "polytomic-audit.jsonl": audit };
  });

  it("opens an issue for drift, keeps it up to date, and closes it", async () => {
    const { issues } = project.gitlab;
    byHand(project).roles(ELIF, "Billing");
    assert.equal((await project.run("polytomic-drift")).code, 2);
    assert.equal((await project.run("polytomic-drift")).code, 2);
    assert.deepEqual(
      issues.map(({ title, state }) => [title, state]),
      [["Polytomic differs from the files: users.yaml", "opened"]],
    );
    byHand(project).roles(ELIF, "Admin");
    assert.equal((await project.run("polytomic-drift")).code, 0);
    assert.equal(issues[0]?.state, "closed");
  });

  it("tells drift from pending changes by the last apply of main, whatever jobs came after it", async () => {
    const workspace = join(project.folder, "repository");
    const read = (name: string): Promise<string> => readFile(join(workspace, name), "utf8");
    const files = applied;
    const apply = { name: "polytomic-apply", ref: "main", tag: false, artifacts_file: {}, files };
    project.gitlab.jobs = [
      { ...apply, id: 9, artifacts_file: undefined, files: {} },
      { ...apply, id: 8, ref: "elsewhere", files: { "polytomic-plan.json": "not this" } },
      { ...apply, id: 7, name: "polytomic-plan", files: {} },
      { ...apply, id: 6, ref: "main", tag: true, files: { "polytomic-plan.json": "nor this" } },
      { ...apply, id: 5 },
      { ...apply, id: 4, files: { "polytomic-plan.json": "an older one" } },
    ];
    const causes = async (): Promise<readonly string[]> =>
      JSON.parse(await read("polytomic-plan.json")).organizations[0].changes.map(
        ({ email, cause }: { readonly email: string; readonly cause?: string }) =>
          `${email} ${cause ?? "no cause"}`,
      );
    byHand(project).roles(ELIF, "Billing");
    const { code, log } = await project.run("polytomic-drift");
    assert.equal(code, 2, log);
    assert.deepEqual(await causes(), [`${ELIF} drift`]);

    project.gitlab.forbidden = /artifacts/;
    const refused = await project.run("polytomic-drift");
    project.gitlab.forbidden = null;
    project.gitlab.jobs = [];
    byHand(project).roles(ELIF, "Admin");
    assert.equal(refused.code, 2);
    assert.match(refused.log, /GitLab returned status 403 for polytomic-plan\.json of the job 5/);
    assert.match(refused.log, /the token needs the role Developer\./);
    assert.deepEqual(await causes(), [`${ELIF} no cause`]);
  });

  it("writes the worksheet of an access review and opens one issue for it", async () => {
    assert.equal((await project.run("polytomic-review")).code, 0);
    assert.equal((await project.run("polytomic-review")).code, 0);
    const reviews = project.gitlab.issues.filter(({ title }) => title.startsWith("Access review"));
    assert.deepEqual(
      reviews.map(({ title, state }) => [title, state]),
      [["Access review: users.yaml", "opened"]],
    );
    const csv = join(project.folder, "repository/polytomic-review.csv");
    assert.match(await readFile(csv, "utf8"), /"elif\.kaya@example\.com","/);
  });

  it("writes neither the key nor its token to a file, and npm gets neither", async () => {
    assert.deepEqual([...project.gitlab.tokens], [TOKEN]);
    const { notes, issues } = project.gitlab;
    const traces = JSON.stringify([notes, issues]) + (await textsBelow(project.folder));
    assert.match(traces, /^CI_PROJECT_ID=42$/m, "what npm was given is among them");
    assert.doesNotMatch(traces, /sandbox-api-key|gitlab-token/);
  });
});

describe("GitLab's merge request that accepts drift", () => {
  let project: Project;
  before(async () => {
    project = await Project.start();
    project.push(MERGE, { "users.yaml": acmeFile(USERS, "# a comment that stays\n") });
  });
  after(() => project.close());
  const branch = (): string => project.gitlab.git.branches.get("polytomic/drift") ?? "";
  const night = async (): Promise<JobRun> => {
    await project.run("polytomic-drift");
    const write = { POLYTOMIC_API_KEY: "", POLYTOMIC_GITLAB_WRITE_TOKEN: "write-token" };
    return project.run("polytomic-propose", write);
  };
  const requests = (): readonly unknown[] =>
    project.gitlab.requests.map(({ iid, title, state }) => [iid, title, state]);

  it("is not opened without drift", async () => {
    assert.equal((await night()).code, 0);
    assert.deepEqual(requests(), []);
  });

  it("changes the users file and nothing else, and says how to undo the drift", async () => {
    byHand(project).roles(ELIF, "Admin");
    const { code, log } = await night();
    assert.equal(code, 0, log);
    assert.deepEqual(requests(), [[20, "Accept drift: users.yaml", "opened"]]);
    const { git } = project.gitlab;
    const { "users.yaml": text, ...others } = git.filesOf(branch());
    const { "users.yaml": _, ...main } = git.filesOf(git.main);
    assert.deepEqual(others, main);
    assert.match(textOf(text ?? ""), /# a comment that stays/);
    assert.match(textOf(text ?? ""), /elif\.kaya@example\.com\n? *,? *roles: \[Admin\]/);
    assert.match(
      project.gitlab.requests[0]?.description ?? "",
      /^- \*\*Undo the drift\*\*: start a pipeline on `main` with .* set to `sha256:[0-9a-f]{64}`/m,
    );
    assert.ok(project.gitlab.tokens.has("write-token"));
  });

  it("is left alone while nothing more has changed, updated when it has, and closed without drift", async () => {
    const first = branch();
    await night();
    assert.equal(branch(), first);
    byHand(project).roles(ELIF, "Billing");
    await night();
    assert.notEqual(branch(), first);
    byHand(project).roles(ELIF, "Viewer");
    await night();
    assert.deepEqual(requests(), [[20, "Accept drift: users.yaml", "closed"]]);
  });

  it("is off until a line of the pipeline's file is removed, and its job has no key", () => {
    const job = pipeline["polytomic-propose"];
    assert.deepEqual(job?.rules?.[0], { when: "never" });
    assert.equal(job?.environment?.name, "polytomic-propose", "the key's scope is polytomic/*");
  });
});

describe("attacks on GitLab's pipeline", () => {
  const LATER = "9".repeat(40);

  async function within(test: (project: Project) => Promise<void>): Promise<void> {
    const project = await Project.start();
    try {
      await test(project);
    } finally {
      await project.close();
    }
  }

  it("a variable of the project or of a pipeline does not change where the key is sent", () =>
    within(async (project) => {
      const asked: string[] = [];
      const logger = createServer(({ headers }, response) => {
        asked.push(JSON.stringify(headers));
        response.end("{}");
      });
      const port = await listen(logger);
      const POLYTOMIC_DEPLOYMENT_URL = `http://127.0.0.1:${port}`;
      project.propose(wanted("Admin"));
      await project.plan();
      project.merge();
      assert.equal((await project.merged({ POLYTOMIC_DEPLOYMENT_URL })).code, 0);
      assert.equal((await project.run("polytomic-drift", { POLYTOMIC_DEPLOYMENT_URL })).code, 2);
      logger.close();
      assert.deepEqual(asked, []);
    }));

  it("a plan that a later commit reverted is not applied; a plan that is followed by a commit to other files is", () =>
    within(async (project) => {
      project.propose(wanted("Admin"));
      await project.plan();
      project.merge();
      assert.equal((await project.merged()).code, 0);
      const plan = await planIn(join(project.folder, "repository"));
      project.push(LATER, wanted("Viewer"));
      const refused = await project.apply();
      assert.equal(refused.code, 3);
      assert.match(
        refused.log,
        /users\.yaml was changed by the newer commit 9{40}; nothing was written/,
      );
      assert.deepEqual(project.polytomic.writes(), []);

      project.gitlab.git.main = MERGE;
      project.push(LATER, { "README.md": "new" });
      await checkOut(join(project.folder, "repository"), plan);
      assert.equal((await project.apply()).code, 0);
      assert.deepEqual(byHand(project).has(ELIF), ["Admin"]);
    }));

  it("nothing from a merge request is run, and its links are not followed", () =>
    within(async (project) => {
      project.propose({ ...wanted("Admin"), "package-lock.json": "evil", ".npmrc": "evil" });
      assert.equal((await project.plan()).code, 0);
      const taken = await readdir(join(project.folder, "repository/merge-request"));
      assert.ok(taken.includes("users.yaml") && !taken.includes("package-lock.json"));
      assert.doesNotMatch(await readFile(join(project.folder, "npm.txt"), "utf8"), /evil/);

      project.propose({ "users.yaml": { link: "/etc/hosts" } });
      const { code, log } = await project.plan();
      assert.equal(code, 1);
      assert.match(
        log,
        /^error: users\.yaml is a symbolic link or a submodule: only regular files are read$/m,
      );

      project.gitlab.sourceProject = 666;
      project.propose(wanted("Admin"));
      assert.match(
        (await project.plan()).log,
        /^error: merge requests from forks are not planned$/m,
      );
    }));

  it("a plan that was changed after the review is not applied", () =>
    within(async (project) => {
      project.propose(wanted("Admin"));
      await project.plan();
      project.merge();
      await project.merged();
      const path = join(project.folder, "repository/polytomic-plan.json");
      const plan = JSON.parse(await readFile(path, "utf8"));
      await writeFile(path, JSON.stringify({ ...plan, digest: `sha256:${"0".repeat(64)}` }));
      assert.equal((await project.apply()).code, 3);
      assert.deepEqual(project.polytomic.writes(), []);
    }));

  it("a push that changes no file of a plan plans nothing", () =>
    within(async (project) => {
      byHand(project).roles(ELIF, "Billing");
      project.propose({ ...project.gitlab.git.filesOf(BASE), "README.md": "new" });
      project.merge();
      const { code, log } = await project.merged();
      assert.equal(code, 0);
      assert.match(log, /^Nothing to plan/m);
      assert.match((await project.apply()).log, /^Nothing to apply\.$/m);
      assert.deepEqual(project.polytomic.sandbox.log, []);
    }));
});

describe("GitLab's jobs", () => {
  it("have the key only in pipelines of main, in an environment", () => {
    for (const [name, { environment, rules = [] }] of Object.entries(pipeline)) {
      const without = ["polytomic-validate", "polytomic-request", "polytomic-propose"];
      if (["stages", ".polytomic", ...without].includes(name)) continue;
      assert.match(environment?.name ?? "", /^polytomic\/(plan|apply)$/, name);
      assert.ok(rules.length > 0, name);
      for (const rule of rules) {
        assert.match(rule.if ?? "", /CI_COMMIT_BRANCH == \$CI_DEFAULT_BRANCH/, name);
      }
    }
  });

  it("run in an image that is pinned by its digest", () => {
    assert.match(pipeline[".polytomic"]?.image ?? "", /^node:[\w.-]+@sha256:[0-9a-f]{64}$/);
  });

  it("have a merge request planned by main's pipeline", () => {
    assert.deepEqual(pipeline["polytomic-request"]?.trigger, {
      project: "$CI_PROJECT_PATH",
      branch: "$CI_DEFAULT_BRANCH",
      strategy: "depend",
    });
  });

  it("apply one at a time, by hand, and are not broken off", () => {
    const apply = pipeline["polytomic-apply"];
    assert.equal(apply?.resource_group, "polytomic");
    assert.equal(apply?.interruptible, false);
    assert.ok(apply?.rules?.every((rule) => rule.when === "manual"));
  });
});
