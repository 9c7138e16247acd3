/** `git log --first-parent` → the commits that change files, oldest first, and the versions of each path. */
import { Failure } from "../model/failure.ts";
import type { Commit, PullRequest } from "../model/history.ts";
import { GitError, type Repository, SAFE_LOG_OPTIONS, streamGit } from "./git.ts";

/** What stands at a path from a commit on. */
interface Version {
  /** Index into `commits`. */
  readonly from: number;
  /** Null where the path has no file (any more). */
  readonly file: TreeFile | null;
}

export interface Position {
  /** Of the last of `commits` that is not younger, or -1. */
  readonly index: number;
  readonly time: number;
}

export interface TreeFile {
  readonly blob: string;
  readonly isLink: boolean;
}

export class Log {
  /** Oldest first; those that touch no file of interest are not among them. */
  readonly commits: readonly Commit[];
  /** True where the first of them is where a shallow clone ends: what stands there may be older. */
  readonly beginsShallow: boolean;
  /** By id, of all commits. */
  readonly #positions: ReadonlyMap<string, Position>;
  readonly #versions: ReadonlyMap<string, readonly Version[]>;
  readonly #changed: readonly (readonly string[])[];

  constructor(
    commits: readonly Commit[],
    versions: ReadonlyMap<string, readonly Version[]>,
    changed: readonly (readonly string[])[],
    positions: ReadonlyMap<string, Position>,
    beginsShallow: boolean,
  ) {
    this.commits = commits;
    this.#positions = positions;
    this.#versions = versions;
    this.#changed = changed;
    this.beginsShallow = beginsShallow;
  }

  /** The last commit that was made up to a moment, in the order of the history; null where there is none. */
  lastBefore(moment: number): (Position & { readonly id: string }) | null {
    let last: (Position & { readonly id: string }) | null = null;
    for (const [id, position] of this.#positions) {
      if (position.time <= moment) last = { id, ...position };
    }
    return last;
  }

  commit(index: number): Commit {
    const commit = this.commits[index];
    if (commit === undefined) throw new Error(`there is no commit ${index}`);
    return commit;
  }

  /** Where a commit of the first parents stands among `commits`; null for any other. */
  positionOf(id: string): Position | null {
    return this.#positions.get(id) ?? null;
  }

  /** What is at the path (from the repository's top, with `/`) once the commit is made. */
  fileAt(path: string, index: number): TreeFile | null {
    return this.#versionAt(path, index)?.file ?? null;
  }

  /** The last commit up to this one that changed what is at the path; -1 where none did. */
  changedAt(path: string, index: number): number {
    return this.#versionAt(path, index)?.from ?? -1;
  }

  /** The paths that a commit changed. */
  changedIn(index: number): readonly string[] {
    return this.#changed[index] ?? [];
  }

  /** All paths that ever had a file. */
  get paths(): Iterable<string> {
    return this.#versions.keys();
  }

  /** The last commit before `index` after which the path has a file, or -1. */
  lastWith(path: string, index: number): number {
    const versions = this.#versions.get(path) ?? [];
    for (let at = position(versions, index); at >= 0; at -= 1) {
      if ((versions[at]?.file ?? null) !== null) {
        const next = versions[at + 1];
        return Math.min(index, next === undefined ? index : next.from - 1);
      }
    }
    return -1;
  }

  #versionAt(path: string, index: number): Version | null {
    const versions = this.#versions.get(path);
    return versions?.[position(versions, index)] ?? null;
  }
}

/** The last version that is not younger than the commit, or -1. */
function position(versions: readonly Version[], index: number): number {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((versions[middle]?.from ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Header fields of a commit, each ended by NUL; the first begins with a byte that begins no raw line. */
const FORMAT = "%x02%H%x00%ct%x00%an <%ae>%x00%s%x00%b%x00";

/**
 * All `*.yaml` and `*.yml`, and the other paths that are named. Without a pathspec: git takes several times as long to
 * look for patterns as to print all that changed. Rejects with `GitError`.
 */
export async function readLog(
  repository: Repository,
  head: string,
  others: ReadonlySet<string>,
): Promise<Log> {
  const parser = new LogParser(others);
  const args = [
    "log",
    "--first-parent",
    "--diff-merges=first-parent",
    "--reverse",
    "--raw",
    "-z",
    "--no-renames",
    "--no-abbrev",
    ...SAFE_LOG_OPTIONS,
    `--format=tformat:${FORMAT}`,
    "--end-of-options",
    head,
    "--",
  ];
  const { code, stderr } = await streamGit(repository, args, (chunk) => parser.take(chunk));
  if (code !== 0) {
    const detail = stderr.trim().split("\n")[0] ?? "";
    throw new GitError({ code: "git-failed", folder: repository.top, detail });
  }
  return parser.finish(repository.shallow);
}

interface Header {
  readonly id: string;
  readonly seconds: string;
  readonly author: string;
  readonly subject: string;
  readonly body: string;
}

/** Takes what git prints in pieces: the log of a large repository need not fit into memory. */
class LogParser {
  readonly #others: ReadonlySet<string>;
  readonly #commits: Commit[] = [];
  readonly #versions = new Map<string, Version[]>();
  readonly #changed: string[][] = [];
  readonly #positions = new Map<string, Position>();
  /** Equal paths and blobs are one string. */
  readonly #seen = new Map<string, string>();
  #rest = Buffer.alloc(0);
  #fields: string[] = [];
  #header: Header | null = null;
  /** The raw line whose path comes next. */
  #line: string | null = null;
  #oldest: string | null = null;

  constructor(others: ReadonlySet<string>) {
    this.#others = others;
  }

  take(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = data.lastIndexOf(0);
    if (end >= 0) for (const token of data.toString("utf8", 0, end).split("\0")) this.#token(token);
    this.#rest = Buffer.from(data.subarray(end + 1));
  }

  finish(shallow: ReadonlySet<string>): Log {
    const first = this.#commits[0]?.id ?? null;
    const beginsShallow = first !== null && first === this.#oldest && shallow.has(first);
    return new Log(this.#commits, this.#versions, this.#changed, this.#positions, beginsShallow);
  }

  #token(token: string): void {
    if (this.#fields.length > 0) return this.#field(token);
    if (this.#line !== null) {
      this.#path(this.#line, token);
      this.#line = null;
      return;
    }
    const line = token.trimStart(); // a line end stands before the first path of a commit
    if (line.startsWith("\u0002")) this.#fields = [line.slice(1)];
    else if (line.startsWith(":")) this.#line = line;
    else if (line !== "") {
      throw new Failure("polytomic-users cannot read the output of git log", {
        hint: "please report this, with the output of git --version",
      });
    }
  }

  #field(token: string): void {
    this.#fields.push(token);
    const [id, seconds, author, subject, body] = this.#fields;
    if (id === undefined || seconds === undefined || author === undefined) return;
    if (subject === undefined || body === undefined) return;
    this.#header = { id, seconds, author, subject, body };
    this.#oldest ??= id;
    this.#positions.set(id, { index: this.#commits.length - 1, time: Number(seconds) * 1000 });
    this.#fields = [];
  }

  #path(line: string, path: string): void {
    if (!/\.ya?ml$/i.test(path) && !this.#others.has(path)) return;
    const [, mode = "", , blob = "", status = ""] = line.split(" ");
    if (this.#header !== null) this.#begin(this.#header);
    this.#header = null;
    const file = status === "D" ? null : treeFile(mode, this.#once(blob));
    const version = { from: this.#commits.length - 1, file };
    const before = this.#versions.get(path);
    if (before === undefined) this.#versions.set(path, [version]);
    else before.push(version);
    this.#changed.at(-1)?.push(this.#once(path));
  }

  #begin({ id, seconds, author, subject, body }: Header): void {
    const pullRequest = pullRequestOf(subject, body);
    this.#commits.push({ id, time: Number(seconds) * 1000, author, subject, pullRequest });
    this.#changed.push([]);
    this.#positions.set(id, { index: this.#commits.length - 1, time: Number(seconds) * 1000 });
  }

  #once(text: string): string {
    const known = this.#seen.get(text);
    if (known !== undefined) return known;
    this.#seen.set(text, text);
    return text;
  }
}

/** Submodules are no files. */
function treeFile(mode: string, blob: string): TreeFile | null {
  if (mode === "160000") return null;
  return { blob, isLink: mode === "120000" };
}

/**
 * `… (#12)` (GitHub's squashed commits), `Merge pull request #12 from …`, `!12`; the line that GitLab ends the message
 * of a merge with, `See merge request group/project!12`; Bitbucket's `… (pull request #12)` and `Pull request #12: …`,
 * and Azure DevOps' `Merged PR 12: …`. A `#12` elsewhere is an issue. What a revert quotes is the pull request that it
 * undoes: that one did not approve the revert.
 */
export function pullRequestOf(message: string, body: string): PullRequest | null {
  const subject = message.replace(/^(?:Revert|Reapply) ".*"/, "");
  const [, squashed] = /\((?:pull request )?#(\d{1,9})\)\s*$/.exec(subject) ?? [];
  const [, merged] = /^(?:(?:Merge )?pull request #|Merged PR )(\d{1,9})\b/i.exec(subject) ?? [];
  const [, anywhere] = /\((?:pull request )?#(\d{1,9})\)/.exec(subject) ?? [];
  const hash = merged ?? squashed ?? anywhere;
  if (hash !== undefined) return { number: Number(hash), label: `#${hash}` };
  const [, request] = /(?:^|[^\w!])(?:[\w./-]*)!(\d{1,9})\b/.exec(subject) ?? [];
  const [, seen] = /^See merge request [^\s!]*!(\d{1,9})$/m.exec(body) ?? [];
  const bang = request ?? seen;
  return bang === undefined ? null : { number: Number(bang), label: `!${bang}` };
}
