/**
 * Reports whether the files that a plan reads differ between two commits. The files of a pull request are treated as
 * data: they are read through GitHub's API and written into the new folder FOLDER as regular files. Nothing from the
 * pull request is checked out, installed or run, and no link is created or followed.
 *
 *   PATHS          files or folders, one per line, relative to the repository's root
 *   HEAD           the last commit of the pull request, of the merge group, or of the push
 *   PULL_REQUEST   its number; its merge commit is compared with the branch
 *   BEFORE         for a push, the commit before it
 *   FOLDER         the folder to write the files to; if empty, they are not written
 *
 * Output: changed. It is true if there is nothing to compare with, as for a merge group.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { filesOf, isPlain } from "./paths.mjs";

const { BEFORE = "", FOLDER = "", HEAD = "", PULL_REQUEST = "", GITHUB_REPOSITORY } = process.env;
const paths = (process.env.PATHS ?? "").split("\n").flatMap((path) => path.trim() || []);

function api(path, stderr = "inherit") {
  const options = { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", stderr] };
  return JSON.parse(execFileSync("gh", ["api", `repos/${GITHUB_REPOSITORY}/git/${path}`], options));
}

/** Fails the step with an annotation. */
function fail(message) {
  process.stderr.write(`::error title=polytomic-users::${message}\n`);
  process.exit(1);
}

/** The two commits to compare; `before` is null if there is nothing to compare with. */
function compared() {
  if (!/^[0-9a-f]{40,64}$/.test(HEAD)) fail("HEAD is not a commit");
  if (PULL_REQUEST === "") return { before: /^0*$/.test(BEFORE) ? null : BEFORE, after: HEAD };
  const merge = mergeCommit();
  if (merge === null) fail("The pull request cannot be merged: resolve its conflicts");
  const [before, head] = api(`commits/${merge}`).parents.map(({ sha }) => sha);
  if (head !== HEAD) fail("The pull request has a newer commit: see the run of that commit");
  return { before, after: merge };
}

/** The commit that merging would create; null if the pull request cannot be merged. */
function mergeCommit() {
  try {
    return api(`ref/pull/${Number(PULL_REQUEST)}/merge`).object.sha;
  } catch {
    return null;
  }
}

/** Path → { mode, sha } of everything in a commit except folders. */
function treeOf(commit) {
  const { tree, truncated } = api(`trees/${commit}?recursive=1`);
  if (truncated) fail("The repository has more files than GitHub's API lists");
  const entries = tree.filter(({ path, type }) => type !== "tree" && isPlain(path));
  return new Map(entries.map(({ path, mode, sha }) => [path, { mode, sha }]));
}

function isFile({ mode }) {
  return mode === "100644" || mode === "100755";
}

const isYaml = (path) => /\.ya?ml$/i.test(path);

/** A file that is the same in the checked out branch is not fetched again. */
function contentOf(path, sha) {
  const here = lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : null;
  if (here !== null) {
    const hash = createHash(sha.length === 64 ? "sha256" : "sha1");
    if (hash.update(`blob ${here.length}\0`).update(here).digest("hex") === sha) return here;
  }
  return Buffer.from(api(`blobs/${sha}`).content, "base64");
}

/** The files of this tree that a plan reads, and the content of those that exist. */
function planned(tree) {
  const contents = new Map();
  const read = (path) => {
    const entry = tree.get(path);
    if (entry === undefined || !isFile(entry) || !isYaml(path)) return null;
    contents.set(path, contentOf(path, entry.sha));
    return contents.get(path).toString("utf8");
  };
  return { files: filesOf(paths, { list: [...tree.keys()], read }), contents };
}

const { before, after } = compared();
const tree = treeOf(after);
const { files, contents } = planned(tree);
const link = files.find((path) => tree.has(path) && !isFile(tree.get(path)));
if (FOLDER !== "") {
  if (link !== undefined)
    fail(
      `${link} is a symbolic link or a submodule: only regular files of a pull request are read`,
    );
  mkdirSync(FOLDER, { recursive: true });
  for (const [path, content] of contents) {
    mkdirSync(join(FOLDER, posix.dirname(path)), { recursive: true });
    writeFileSync(join(FOLDER, path), content, { flag: "wx" });
  }
}

let changed = true;
if (before !== null) {
  const old = treeOf(before);
  const all = [...files, ...planned(old).files];
  changed = all.some((path) => old.get(path)?.sha !== tree.get(path)?.sha);
}
process.stderr.write(
  changed
    ? `Files that a plan reads: ${contents.size}\n`
    : "No file that a plan reads has changed.\n",
);
appendFileSync(process.env.GITHUB_OUTPUT, `changed=${changed}\n`);
