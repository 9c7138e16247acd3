/**
 * A fake GitHub for the steps' `gh`: `gh api` for comments, issues, pull requests and artifacts, with the real jq for
 * `--jq`, and `gh run download`. Every call is recorded; an unknown call is an error.
 */
import { createHash } from "node:crypto";
import { cp, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { raw } from "jq-wasm";
import { listen } from "../support.ts";

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly body: string;
  readonly user: { readonly login: string };
}

export interface Issue {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly body: string;
  readonly user: { readonly login: string };
}

export interface Pull {
  readonly number: number;
  readonly state?: string;
  readonly title?: string;
  readonly body?: string;
  readonly head: { readonly sha: string; readonly ref?: string };
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
}

export interface Artifact {
  readonly name: string;
  readonly expired: boolean;
  readonly created_at: string;
  readonly workflow_run: {
    readonly id: number;
    readonly head_branch: string;
    readonly repository_id: number;
    readonly head_repository_id: number;
  };
  /** The folder of its files. */
  readonly folder: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Fields = Readonly<Record<string, string>>;

interface Call {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly env: Environment;
  readonly cwd: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly fields: Fields;
  readonly jq: string | null;
  readonly silent: boolean;
}

/** A file, or the target of a link. */
type Entry = string | { readonly link: string };
export type Files = Readonly<Record<string, Entry>>;

interface Commit {
  readonly parents: readonly string[];
  readonly files: Files;
}

/** A response body of the API for git data. */
interface Written {
  readonly base_tree?: string;
  readonly tree?: string | readonly { readonly path: string; readonly content: string }[];
  readonly parents?: readonly string[];
  readonly ref?: string;
  readonly sha?: string;
  readonly force?: boolean;
}

/** Commits, as GitHub's API shows them. */
export class Git {
  readonly commits = new Map<string, Commit>();
  main = "";
  /** The merge commit that GitHub would make for the pull request; null if it conflicts. */
  merge: string | null = null;
  /** Branches other than main. */
  readonly branches = new Map<string, string>();
  readonly #trees = new Map<string, Files>();

  filesOf(commit: string): Files {
    return this.#commit(commit).files;
  }

  /** The first commit, from this one backwards, whose file differs from its first parent's. */
  last(commit: string, path: string): string | null {
    let sha: string | undefined = commit;
    while (sha !== undefined) {
      const { parents, files }: Commit = this.#commit(sha);
      const before: Files = parents[0] === undefined ? {} : this.filesOf(parents[0]);
      const paths = new Set([...Object.keys(files), ...Object.keys(before)]);
      for (const one of paths) {
        const isBelow = one === path || one.startsWith(`${path}/`);
        if (isBelow && files[one] !== before[one]) return sha;
      }
      sha = parents[0];
    }
    return null;
  }

  answer(what: string): unknown {
    const [kind, id = ""] = what.split(/\/(.*)/s);
    if (kind === "ref" && this.merge !== null) return { object: { sha: this.merge } };
    if (kind === "commits") {
      const { parents, files } = this.#commit(id);
      return { parents: parents.map((sha) => ({ sha })), tree: { sha: this.#tree(files) } };
    }
    if (kind === "matching-refs") {
      return [...this.branches]
        .filter(([name]) => `heads/${name}`.startsWith(id))
        .map(([name, sha]) => ({ ref: `refs/heads/${name}`, object: { sha } }));
    }
    if (kind === "trees") {
      const tree = Object.entries(this.filesOf(id)).map(([path, entry]) => ({
        path,
        type: "blob",
        mode: typeof entry === "string" ? "100644" : "120000",
        sha: blobOf(entry),
      }));
      return { tree: [{ path: "folder", type: "tree", mode: "040000", sha: "0" }, ...tree] };
    }
    if (kind !== "blobs") throw new Error(`404 git/${what}`);
    return { content: this.blob(id).replace(/(.{60})/g, "$1\n") };
  }

  /** POST or PATCH, with a JSON body. */
  write(what: string, body: Written): unknown {
    if (what === "POST trees") {
      const before = this.#trees.get(body.base_tree ?? "");
      if (before === undefined || body.tree === undefined || typeof body.tree === "string") {
        throw new Error("422 tree");
      }
      const added = body.tree.map(({ path, content }) => [path, content] as const);
      return { sha: this.#tree({ ...before, ...Object.fromEntries(added) }) };
    }
    if (what === "POST commits") {
      const files = this.#trees.get(typeof body.tree === "string" ? body.tree : "");
      if (files === undefined) throw new Error("422 commit");
      const sha = blobOf(JSON.stringify([body, this.commits.size]));
      this.commits.set(sha, { parents: body.parents ?? [], files });
      return { sha };
    }
    const name = (body.ref ?? what).replace(/^.*refs\/heads\//, "");
    const isNew = what === "POST refs";
    if (name === "main" || isNew === this.branches.has(name)) throw new Error(`422 ${what}`);
    if (!isNew && body.force !== true) throw new Error("422 not a fast-forward");
    this.branches.set(name, body.sha ?? "");
    return {};
  }

  #tree(files: Files): string {
    const sha = blobOf(JSON.stringify(files, Object.keys(files).sort()));
    this.#trees.set(sha, files);
    return sha;
  }

  /** In Base64. */
  blob(id: string): string {
    const entries = [...this.commits.values()].flatMap(({ files }) => Object.values(files));
    const found = entries.find((entry) => blobOf(entry) === id);
    if (found === undefined) throw new Error(`404 blob ${id}`);
    return Buffer.from(textOf(found)).toString("base64");
  }

  #commit(sha: string): Commit {
    const commit = this.commits.get(sha);
    if (commit === undefined) throw new Error(`404 commit ${sha}`);
    return commit;
  }
}

export function textOf(entry: Entry): string {
  return typeof entry === "string" ? entry : entry.link;
}

export function blobOf(entry: Entry): string {
  const bytes = Buffer.from(textOf(entry));
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

const BOT = { login: "github-actions[bot]" };
const REPOSITORY = "acme/access";
/** GitHub's limit for a comment, in characters. */
const LONGEST = 65_536;

export class Github {
  comments: Comment[] = [];
  issues: Issue[] = [];
  /** The response for each merge commit. */
  pulls: Pull[] = [];
  artifacts: Artifact[] = [];
  readonly git = new Git();
  /** Environment → the settings it was created with. */
  readonly environments = new Map<string, Fields>();
  /** Environment → the branches that may use it by name. */
  readonly policies = new Map<string, string[]>();
  repositorySecrets: readonly string[] = [];
  mainIsProtected = true;
  mayOpenPulls = true;
  /** `ENVIRONMENT NAME` → value. */
  readonly secrets = new Map<string, string>();
  readonly calls: Call[] = [];
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  /** The address for GH_SERVER. */
  async start(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.#server)}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: Call = JSON.parse(await text(request));
    this.calls.push(call);
    response.end(JSON.stringify(await this.#answer(call)));
  }

  async #answer(call: Call) {
    try {
      return { stdout: await this.#run(call), stderr: "", exitCode: 0 };
    } catch (error) {
      return { stdout: "", stderr: `gh: ${String(error)}\n`, exitCode: 1 };
    }
  }

  async #run({ args: [first, second, ...rest], env, cwd, stdin }: Call): Promise<string> {
    if (env["GH_TOKEN"] !== "token-of-the-job") throw new Error("set GH_TOKEN");
    if (first === "run" && second === "download") return this.#download(rest, cwd);
    if (first === "repo" && second === "view") return `${REPOSITORY}\n`;
    if (first === "secret" && second === "set") return this.#secret(rest, stdin);
    if (first !== "api") throw new Error(`unknown command ${first}`);
    const request = await requestOf([second ?? "", ...rest], cwd, stdin);
    const answer = this.#route(request);
    if (request.silent) return "";
    return request.jq === null ? JSON.stringify(answer) : filtered(answer, request.jq, env);
  }

  async #download([run = "", ...flags]: readonly string[], cwd: string): Promise<string> {
    const value = (name: string): string => flags[flags.indexOf(name) + 1] ?? "";
    if (value("--repo") !== REPOSITORY) throw new Error("another repository");
    const found = this.artifacts.find(
      ({ name, workflow_run }) => name === value("--name") && String(workflow_run.id) === run,
    );
    if (found === undefined) throw new Error("no valid artifacts found to download");
    await cp(found.folder, resolve(cwd, value("--dir")), { recursive: true });
    return "";
  }

  #secret([name = "", flag, environment = ""]: readonly string[], value: string): string {
    const policy =
      this.environments.get(environment)?.["deployment_branch_policy[custom_branch_policies]"];
    if (flag !== "--env" || policy !== "true") throw new Error("no such environment yet");
    if (this.policies.get(environment)?.join() !== "main")
      throw new Error("too early for a secret");
    this.secrets.set(`${environment} ${name}`, value);
    return "";
  }

  #route({ method, path, fields }: Request): unknown {
    const [place = "", query = ""] = path.replace("{owner}/{repo}", REPOSITORY).split("?");
    if (!place.startsWith(`repos/${REPOSITORY}/`)) throw new Error(`404 ${path}`);
    const what = `${method} ${place.slice(`repos/${REPOSITORY}/`.length)}`;
    const number = Number(/\d+/.exec(what)?.[0]);
    const [, verbOfData, written] = /^(POST|PATCH) git\/(.*)$/.exec(what) ?? [];
    if (written !== undefined) return this.git.write(`${verbOfData} ${written}`, fields);
    const data = /^GET git\/(.*)$/.exec(what)?.[1];
    if (data !== undefined) return this.git.answer(data.replace(/\?.*/, ""));
    const sha = /^GET commits\/(\w+)\/pulls$/.exec(what)?.[1];
    if (sha !== undefined) return this.pulls.filter((one) => one.merge_commit_sha === sha);
    const [, verb, environment, policies] =
      /^(\w+) environments\/([\w-]+)(\/deployment-branch-policies)?$/.exec(what) ?? [];
    if (environment !== undefined) {
      const named = this.policies.get(environment) ?? [];
      if (policies === undefined) return this.environments.set(environment, fields);
      if (verb === "POST") return this.policies.set(environment, [...named, fields["name"] ?? ""]);
      return { branch_policies: named.map((name) => ({ name, type: "branch" })) };
    }
    switch (what.replace(/\d+/, "N")) {
      case "GET pulls": {
        const head = new URLSearchParams(query).get("head");
        return this.pulls.filter((one) => one.state === "open" && `acme:${one.head.ref}` === head);
      }
      case "POST pulls":
        return this.#pull(fields);
      case "PATCH pulls/N":
        this.pulls = changed(this.pulls, (one) => one.number === number, fields);
        return {};
      case "GET issues/N/comments":
        return this.comments.filter(({ issue }) => issue === number);
      case "POST issues/N/comments":
        return this.#comment(number, fields);
      case "PATCH issues/comments/N":
        this.comments = changed(this.comments, ({ id }) => id === number, fields);
        return {};
      case "GET issues":
        if (!query.includes("state=open")) throw new Error(`422 ${query}`);
        return this.issues.filter(({ state }) => state === "open");
      case "POST issues":
        return this.#issue(fields);
      case "PATCH issues/N":
        this.issues = changed(this.issues, (one) => one.number === number, fields);
        return {};
      case "GET commits": {
        const { sha: from = "", path: file = "" } = fields;
        const last = this.git.last(from === "main" ? this.git.main : from, file);
        return last === null ? [] : [{ sha: last }];
      }
      case "GET actions/secrets":
        return { secrets: this.repositorySecrets.map((name) => ({ name })) };
      case "GET branches/main":
        return { protected: this.mainIsProtected };
      case "GET actions/artifacts":
        return { artifacts: this.artifacts.filter(({ name }) => query.includes(`name=${name}&`)) };
      default:
        throw new Error(`404 ${what}`);
    }
  }

  #comment(issue: number, fields: Fields): unknown {
    const id = 1000 + this.comments.length;
    this.comments.push({ id, issue, body: bodyIn(fields), user: BOT });
    return {};
  }

  #pull(fields: Fields): unknown {
    if (!this.mayOpenPulls) throw new Error("403 GitHub Actions is not permitted to open them");
    const { title = "", head: ref = "", base } = fields;
    const sha = this.git.branches.get(ref);
    if (base !== "main" || sha === undefined) throw new Error("422 head");
    const number = 200 + this.pulls.length;
    const head = { sha, ref };
    const body = bodyIn(fields);
    const open = { state: "open", merged_at: null, merge_commit_sha: null };
    this.pulls.push({ number, title, body, head, ...open });
    return { number };
  }

  #issue(fields: Fields): unknown {
    const number = 100 + this.issues.length;
    const title = fields["title"] ?? "";
    this.issues.push({ number, state: "open", title, body: bodyIn(fields), user: BOT });
    return {};
  }
}

function bodyIn({ body = "" }: Fields): string {
  if (body === "" || body.length > LONGEST) throw new Error(`422 a body of ${body.length}`);
  return body;
}

function changed<One>(list: readonly One[], is: (one: One) => boolean, fields: Fields): One[] {
  if (!list.some(is)) throw new Error("404");
  if (fields["body"] !== undefined) bodyIn(fields);
  return list.map((one) => (is(one) ? { ...one, ...fields } : one));
}

async function requestOf(words: readonly string[], cwd: string, stdin: string): Promise<Request> {
  const rest = [...words];
  const fields: Record<string, string> = {};
  const next = (): string => rest.shift() ?? "";
  let [method, path, jq, silent]: [string, string, string | null, boolean] = [
    "GET",
    "",
    null,
    false,
  ];
  while (rest.length > 0) {
    const word = next();
    if (word === "--silent") silent = true;
    else if (word === "--method") method = next();
    else if (word === "--jq") jq = next();
    else if (word === "--input") Object.assign(fields, next() === "-" ? JSON.parse(stdin) : {});
    else if (word === "-f" || word === "-F") {
      const [, name = "", value = ""] = /^([\w[\]]+)=(.*)$/s.exec(next()) ?? [];
      const file = word === "-F" && value.startsWith("@") ? value.slice(1) : null;
      fields[name] = file === null ? value : await readFile(resolve(cwd, file), "utf8");
    } else if (word.startsWith("repos/") && path === "") path = word;
    else if (word !== "--paginate") throw new Error(`unknown argument ${word}`);
  }
  return { method, path, fields, jq, silent };
}

/** gh passes its environment to jq; this build of jq has none of its own. */
async function filtered(value: unknown, filter: string, env: Environment): Promise<string> {
  const known = { AUTHOR: env["AUTHOR"], MARKER: env["MARKER"], GITHUB_SHA: env["GITHUB_SHA"] };
  const input = JSON.stringify(value);
  const lines = await raw(input, `def env: ${JSON.stringify(known)}; ${filter}`, ["-r"]);
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}
