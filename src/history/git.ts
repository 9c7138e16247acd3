/**
 * Runs git, reading only. A repository is not trusted: programs that its configuration could start (pagers, external
 * diffs, text conversions, signature checks, file monitors, hooks, transports) are disabled, `GIT_*` variables that
 * point elsewhere are dropped, and names are never parsed as options.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { realpathSync, readFileSync, statSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { NoGit } from "../model/history.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export class GitError extends Error {
  readonly reason: NoGit;

  constructor(reason: NoGit) {
    super(reason.code);
    this.name = "GitError";
    this.reason = reason;
  }
}

export interface Repository {
  /** Absolute, without links. */
  readonly top: string;
  /** The oldest commits of a shallow clone; empty where the whole history is there. */
  readonly shallow: ReadonlySet<string>;
  readonly env: Environment;
}

/** Of the user's environment, what git needs to be found and to know whom the user trusts. */
const PASSED_ON =
  /^(PATH|PATHEXT|HOME|HOMEDRIVE|HOMEPATH|USERPROFILE|XDG_CONFIG_HOME|SYSTEMROOT|TEMP|TMP|TMPDIR|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))$/i;

const SAFE_ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  // A partial clone must not fetch what it lacks: that would start what its configuration names.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_GRAFT_FILE: devNull,
  GIT_ATTR_NOSYSTEM: "1",
  NoDefaultCurrentDirectoryInExePath: "1",
};

const SAFE_OPTIONS = [
  "--no-pager",
  "--no-optional-locks",
  "--no-replace-objects",
  ...[
    "core.fsmonitor=false",
    `core.hooksPath=${devNull}`,
    "core.pager=cat",
    "core.sshCommand=false",
    "credential.helper=",
    "protocol.allow=never",
    "log.showSignature=false",
    "log.showRoot=true",
    "diff.external=",
  ].flatMap((setting) => ["-c", setting]),
];

/** For `git log`: the same, whatever the configuration says. */
export const SAFE_LOG_OPTIONS: readonly string[] = [
  "--no-show-signature",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--no-notes",
  "--no-mailmap",
  "--no-relative",
  "--encoding=UTF-8",
];

function start(folder: string, env: Environment, args: readonly string[]) {
  const kept = Object.entries(env).filter(([name]) => PASSED_ON.test(name));
  return spawn("git", ["-C", folder, ...SAFE_OPTIONS, ...args], {
    env: { ...Object.fromEntries(kept), ...SAFE_ENVIRONMENT },
    shell: false,
    windowsHide: true,
  });
}

interface Finished {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** As `runGit`, and hands over what git prints as it comes. */
export async function streamGit(
  { top, env }: Pick<Repository, "top" | "env">,
  args: readonly string[],
  take: (chunk: Buffer) => void,
): Promise<Omit<Finished, "stdout">> {
  const child = start(top, env, args);
  child.stdin.on("error", () => {}); // it may be gone before it is closed
  child.stdin.end();
  child.stdout.on("data", take);
  const [stderr, code] = await Promise.all([collected(child.stderr), ended(child, top)]);
  return { code, stderr: stderr.toString("utf8") };
}

/** Rejects with `GitError` where git cannot be started. */
export async function runGit(
  { top, env }: Pick<Repository, "top" | "env">,
  args: readonly string[],
): Promise<Finished> {
  const chunks: Buffer[] = [];
  const finished = await streamGit({ top, env }, args, (chunk) => chunks.push(chunk));
  return { ...finished, stdout: Buffer.concat(chunks) };
}

async function collected(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function ended(child: ChildProcessWithoutNullStreams, folder: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new GitError(notStarted(error, folder))));
    child.once("close", resolve);
  });
}

function notStarted(error: NodeJS.ErrnoException, folder: string): NoGit {
  return error.code === "ENOENT"
    ? { code: "git-not-installed" }
    : { code: "git-failed", folder, detail: error.message };
}

/**
 * The nearest folder upwards that has a `.git`, without links; null where there is none. It is looked for here, so that
 * a run over thousands of files asks git once a repository.
 */
export function findRepositoryFolder(path: string): string | null {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (isThere(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** A shell's `<(command)` is a pipe, which has no real path. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** From the repository's top, with `/`. */
export function pathInRepository({ top }: Repository, real: string): string {
  return relative(top, real).split(sep).join("/");
}

function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Rejects with `GitError`. */
export async function openRepository(folder: string, env: Environment): Promise<Repository> {
  const args = ["rev-parse", "--show-toplevel", "--is-shallow-repository", "--git-path", "shallow"];
  const { code, stdout, stderr } = await runGit({ top: folder, env }, args);
  if (code !== 0) throw new GitError(refusal(folder, stderr));
  const [top = "", isShallow, shallowFile = ""] = stdout.toString("utf8").split("\n");
  const shallow = isShallow === "true" ? readFileSync(resolve(folder, shallowFile), "utf8") : "";
  return {
    top: realpathSync(top),
    shallow: new Set(shallow.split("\n").filter((id) => id !== "")),
    env,
  };
}

function refusal(folder: string, stderr: string): NoGit {
  if (stderr.includes("dubious ownership")) return { code: "untrusted-repository", folder };
  if (stderr.includes("not a git repository")) return { code: "no-repository", folder };
  return { code: "git-failed", folder, detail: stderr.trim().split("\n")[0] ?? "" };
}

/** The full id of a commit, or null where the name means none. */
export async function findCommitId(repository: Repository, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runGit(repository, args);
  return code === 0 ? stdout.toString("utf8").trim() : null;
}

interface Request {
  readonly id: string;
  readonly give: (content: Buffer | null) => void;
  readonly fail: (error: Error) => void;
}

/** A partial clone's git ends where it may not fetch what it lacks: so often another one is started. */
const MOST_STARTS = 4;

/** One `git cat-file --batch` for the content of any number of objects. Close it. */
export class ObjectReader {
  readonly #repository: Repository;
  readonly #waiting: Request[] = [];
  #child: ChildProcessWithoutNullStreams | null = null;
  #starts = 0;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How many bytes there must be before anything can be made of them. */
  #needed = 1;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Null where the clone does not have the object. `id` is an object's id as git printed it. */
  read(id: string): Promise<Buffer | null> {
    return new Promise((give, fail) => {
      if (this.#child === null && this.#starts >= MOST_STARTS) return give(null);
      this.#waiting.push({ id, give, fail });
      if (this.#child === null) this.#start();
      else this.#child.stdin.write(`${id}\n`);
    });
  }

  close(): void {
    this.#child?.stdin.end();
  }

  #start(): void {
    const { top, env } = this.#repository;
    const child = start(top, env, ["cat-file", "--batch"]);
    this.#child = child;
    this.#starts += 1;
    [this.#chunks, this.#size, this.#needed] = [[], 0, 1];
    child.stdin.on("error", () => {}); // told by `error` or `close`
    child.stderr.resume();
    child.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    child.once("error", (error) => {
      const reason = new GitError(notStarted(error, top));
      for (const { fail } of this.#waiting.splice(0)) fail(reason);
    });
    child.once("close", () => this.#ended());
    for (const { id } of this.#waiting) child.stdin.write(`${id}\n`);
  }

  /** What was asked first is what it ended at. */
  #ended(): void {
    this.#child = null;
    this.#waiting.shift()?.give(null);
    if (this.#waiting.length === 0) return;
    if (this.#starts < MOST_STARTS) this.#start();
    else for (const { give } of this.#waiting.splice(0)) give(null);
  }

  /** `ID TYPE SIZE\n` and then so many bytes and `\n`, or `ID missing\n`. */
  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return;
    let data = Buffer.concat(this.#chunks);
    for (;;) {
      const newline = data.indexOf(0x0a);
      if (newline < 0) break;
      const [, type, size = ""] = data.toString("latin1", 0, newline).split(" ");
      const length = type === "missing" ? -1 : Number(size);
      const end = newline + 1 + length + 1;
      if (data.length < end) {
        this.#needed = end;
        break;
      }
      const content = length < 0 ? null : Buffer.from(data.subarray(newline + 1, end - 1));
      data = data.subarray(end);
      this.#needed = 1;
      this.#waiting.shift()?.give(type === "blob" ? content : null);
    }
    this.#chunks = data.length === 0 ? [] : [data];
    this.#size = data.length;
  }
}
