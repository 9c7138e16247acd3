/** GitLab's ready pipeline: the very scripts of its jobs, against the sandbox and a server that plays GitLab's API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { text } from "node:stream/consumers";
import { acmeFile, polytomic, type Polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { yamlOf } from "./runner.ts";
import {
  byHand,
  environmentIn,
  HEAD,
  link,
  MERGE,
  PEOPLE,
  type Person,
  textsBelow,
} from "./scene.ts";

interface PipelineJob {
  readonly extends?: string;
  readonly environment?: { readonly name: string };
  readonly resource_group?: string;
  readonly interruptible?: boolean;
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
}

type Said = { id: number; body: string; author: { id: number } };
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

/** Notes of the merge request 7, issues, and which token was used. */
class Gitlab {
  notes: Said[] = [];
  issues: Ticket[] = [];
  readonly tokens = new Set<string>();
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.tokens.add(String(request.headers["private-token"]));
    const body = await text(request);
    const fields: Record<string, string> = body === "" ? {} : JSON.parse(body);
    const answer = this.#route(`${request.method} ${request.url?.split("?")[0]}`, fields);
    response.statusCode = answer === null ? 404 : 200;
    response.end(JSON.stringify(answer));
  }

  #route(what: string, fields: Readonly<Record<string, string>>): unknown {
    const author = { id: 5 };
    const number = Number(/\d+$/.exec(what)?.[0]);
    const change = (one: object | undefined): unknown =>
      one === undefined ? null : Object.assign(one, fields);
    switch (what.replace(/\d+$/, "N")) {
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

describe("GitLab's pipeline", () => {
  const gitlab = new Gitlab();
  let server: Polytomic;
  let folder: string;
  let env: Readonly<Record<string, string>>;

  before(async () => {
    server = await polytomic();
    folder = await folderWith({ "npm.txt": "", "repository/users.yaml": "" });
    await link(folder, join(folder, "repository"));
    env = {
      ...environmentIn(folder),
      ...server.env,
      POLYTOMIC_GITLAB_TOKEN: TOKEN,
      TARGET: "users.yaml",
      CI_API_V4_URL: await gitlab.start(),
      CI_PROJECT_ID: "42",
      CI_MERGE_REQUEST_IID: "7",
      CI_COMMIT_SHA: HEAD,
      CI_JOB_URL: "https://gitlab.example/job/1",
    };
  });
  after(async () => {
    gitlab.close();
    await server.close();
  });

  const write = (people: readonly Person[]): Promise<void> =>
    writeFile(join(folder, "repository/users.yaml"), acmeFile(people));
  const wanted = (role: string): readonly Person[] =>
    PEOPLE.map(([email, ...roles]): Person => (email === ELIF ? [email, role] : [email, ...roles]));
  const titles = (): readonly string[] =>
    gitlab.notes.map(({ body }) => body.split("\n").slice(0, 2).join(" "));

  /** The job's scripts as GitLab's runner runs them: one shell that stops at the first failure. */
  async function run(name: string, more: Readonly<Record<string, string>> = {}) {
    const job = pipeline[name] ?? {};
    const lines = [...(pipeline[job.extends ?? ""]?.before_script ?? []), ...(job.script ?? [])];
    const child = spawn("bash", ["-eo", "pipefail", "-c", lines.join("\n")], {
      cwd: join(folder, "repository"),
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const [code] = await once(child, "close");
    return { code: Number(code), log };
  }

  it("validates without a key", async () => {
    await write(PEOPLE);
    const { code, log } = await run("polytomic-validate", { POLYTOMIC_API_KEY: "" });
    assert.equal(code, 0);
    assert.match(log, /^Valid: 1 organization, 12 users\.$/m);
  });

  it("makes no note where there is nothing to change", async () => {
    assert.equal((await run("polytomic-plan")).code, 0);
    assert.deepEqual(gitlab.notes, []);
  });

  it("makes one note, and the numbers for the merge request", async () => {
    await write(wanted("Admin"));
    assert.equal((await run("polytomic-plan")).code, 0);
    assert.equal(gitlab.notes.length, 1);
    assert.match(
      titles()[0] ?? "",
      /^<!-- polytomic-users users\.yaml 1{40} sha256:[0-9a-f]{64} --> ### Polytomic access: 1 changed; 1 person gains Admin$/,
    );
    const numbers = await readFile(join(folder, "repository/polytomic-gitlab.json"), "utf8");
    assert.deepEqual(JSON.parse(numbers), { create: 0, update: 1, delete: 0 });
  });

  it("edits its note, and hands on the exit code of a refused plan", async () => {
    await write([["cto@example.com", "Admin"]]);
    assert.equal((await run("polytomic-plan")).code, 3);
    assert.equal(gitlab.notes.length, 1);
    assert.match(titles()[0] ?? "", /### Polytomic access: 11 removed$/);
  });

  it("refuses after the merge what was not reviewed", async () => {
    await write(wanted("Admin"));
    const { code, log } = await run("polytomic-merged", { CI_COMMIT_SHA: MERGE });
    assert.equal(code, 3);
    assert.match(log, /the plan is not the approved one/);
  });

  it("applies after the merge what was reviewed", async () => {
    await run("polytomic-plan");
    assert.equal((await run("polytomic-merged", { CI_COMMIT_SHA: MERGE })).code, 0);
    assert.equal((await run("polytomic-apply", { CI_COMMIT_SHA: MERGE })).code, 0);
    assert.deepEqual(byHand({ polytomic: server }).has(ELIF), ["Admin"]);
    const audit = await readFile(join(folder, "repository/polytomic-audit.jsonl"), "utf8");
    assert.match(audit, new RegExp(`"commit":"${MERGE}"`));
  });

  it("opens an issue for drift, keeps it up to date, and closes it", async () => {
    byHand({ polytomic: server }).roles(ELIF, "Billing");
    assert.equal((await run("polytomic-drift")).code, 2);
    assert.equal((await run("polytomic-drift")).code, 2);
    assert.deepEqual(
      gitlab.issues.map(({ title, state }) => [title, state]),
      [["Polytomic is not as the files say: users.yaml", "opened"]],
    );
    byHand({ polytomic: server }).roles(ELIF, "Admin");
    assert.equal((await run("polytomic-drift")).code, 0);
    assert.equal(gitlab.issues[0]?.state, "closed");
  });

  it("leaves no trace of a key or of its token", async () => {
    assert.deepEqual([...gitlab.tokens], [TOKEN]);
    const traces = JSON.stringify([gitlab.notes, gitlab.issues]) + (await texts());
    assert.doesNotMatch(traces, /sandbox-api-key|gitlab-token/);
  });

  /** All but what the stand-in for npm was given, which is GitLab's own way to hand variables to all of a job. */
  async function texts(): Promise<string> {
    await writeFile(join(folder, "npm.txt"), "");
    return textsBelow(folder);
  }
});

describe("GitLab's jobs", () => {
  it("have an environment where they hold the key, and never hold it for a fork", () => {
    for (const [name, { environment, rules = [] }] of Object.entries(pipeline)) {
      if (name === "stages" || name === ".polytomic" || name === "polytomic-validate") continue;
      assert.match(environment?.name ?? "", /^polytomic\/(plan|apply)$/, name);
      assert.ok(rules.length > 0, name);
      for (const rule of rules) {
        assert.match(
          rule.if,
          /CI_MERGE_REQUEST_SOURCE_PROJECT_ID == \$CI_PROJECT_ID|CI_COMMIT_BRANCH == \$CI_DEFAULT_BRANCH/,
          name,
        );
      }
    }
  });

  it("apply one at a time, by hand, and are not broken off", () => {
    const apply = pipeline["polytomic-apply"];
    assert.equal(apply?.resource_group, "polytomic");
    assert.equal(apply?.interruptible, false);
    assert.ok(apply?.rules?.every((rule) => rule.when === "manual"));
  });
});
