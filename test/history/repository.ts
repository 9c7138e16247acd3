/** Makes git repositories for tests with one `git fast-import`, whatever the number of commits. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface MadeCommit {
  /** Path → text; null deletes, a `link:` target is a symbolic link. Other files stay. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Day or time of the commit, UTC. */
  readonly at: string;
  readonly message?: string;
  /** `Name <address>` */
  readonly author?: string;
  /** Made on a branch and merged with this message, so that its changes come with the merge. */
  readonly merged?: { readonly at: string; readonly message: string };
}

const ENV = {
  PATH: process.env["PATH"] ?? "",
  HOME: tmpdir(),
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", folder, ...args], { env: ENV, encoding: "utf8" });
}

/** A new repository on `main` with these commits and the last one checked out. */
export function repositoryOf(commits: readonly MadeCommit[], checkOut = true): string {
  const folder = mkdtempSync(join(tmpdir(), "polytomic-users-git-"));
  execFileSync("git", ["init", "-q", "--template=", "-b", "main", folder], { env: ENV });
  const input = stream(commits);
  execFileSync("git", ["-C", folder, "fast-import", "--quiet"], { env: ENV, input });
  if (checkOut) git(folder, "reset", "-q", "--hard");
  return folder;
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes into the working directory, without a commit. */
export function edit(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function stream(commits: readonly MadeCommit[]): string {
  const lines: string[] = [];
  let mark = 0;
  let head = 0;
  const commit = (parents: readonly number[], ref: string, one: Omit<MadeCommit, "merged">) => {
    mark += 1;
    const author = one.author ?? "Jane Doe <jane@example.com>";
    const message = one.message ?? "Change access";
    lines.push(
      `commit ${ref}`,
      `mark :${mark}`,
      `author ${author} ${seconds(one.at)} +0000`,
      `committer ${author} ${seconds(one.at)} +0000`,
      `data ${Buffer.byteLength(message)}`,
      message,
      ...parents.map((parent, index) => `${index === 0 ? "from" : "merge"} :${parent}`),
      ...Object.entries(one.files).map(([path, text]) => fileLine(path, text)),
      "",
    );
    return mark;
  };
  for (const one of commits) {
    const parents = head === 0 ? [] : [head];
    if (one.merged === undefined || head === 0) head = commit(parents, "refs/heads/main", one);
    else {
      const branch = commit(parents, "refs/heads/branch", one);
      head = commit([head, branch], "refs/heads/main", { ...one.merged, files: one.files });
    }
  }
  return `${lines.join("\n")}\n`;
}

function fileLine(path: string, text: string | null): string {
  if (text === null) return `D ${path}`;
  const link = text.startsWith("link:");
  const content = link ? text.slice("link:".length) : text;
  return `M ${link ? "120000" : "100644"} inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}`;
}

function seconds(at: string): number {
  return Date.parse(at.includes("T") ? at : `${at}T10:00:00Z`) / 1000;
}
