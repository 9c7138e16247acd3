/**
 * Do the files that a plan reads change between two commits? And, of a pull request, takes these files as data: they
 * are read through GitHub's API and written into FOLDER, a new one, as regular files. Nothing of the pull request is
 * checked out, installed or run, and no link is made or followed.
 *
 *   PATHS          files or folders, one a line, relative to the repository's root
 *   HEAD           the last commit: of the pull request, of the merge group, or of the push
 *   PULL_REQUEST   its number. What it would merge is compared with the branch
 *   BEFORE         for a push: the commit before it
 *   FOLDER         where the files go; empty: nowhere
 *
 * Output: changed. It is true where there is nothing to compare with, as for a merge group.
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

/** Ends the step with what is wrong, as an annotation. */
function fail(message) {
  process.stderr.write(`::error title=polytomic-users::${message}\n`);
  process.exit(1);
}

/** Two commits; `before` is null where there is nothing to compare with. */
function compared() {
  if (!/^[0-9a-f]{40,64}$/.test(HEAD)) fail("HEAD is not a commit");
  if (PULL_REQUEST === "") return { before: /^0*$/.test(BEFORE) ? null : BEFORE, after: HEAD };
  const merge = mergeCommit();
  if (merge === null) fail("The pull request cannot be merged: resolve its conflicts");
  const [before, head] = api(`commits/${merge}`).parents.map(({ sha }) => sha);
  if (head !== HEAD) fail("The pull request has a newer commit, which has a run of its own");
  return { before, after: merge };
}

/** What GitHub would merge. */
function mergeCommit() {
  try {
    return api(`ref/pull/${Number(PULL_REQUEST)}/merge`).object.sha;
  } catch {
    return null;
  }
}

/** Path → { mode, sha } of everything in a commit that is no folder. */
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

/** What the checked out branch has already is not asked for again. */
function contentOf(path, sha) {
  const here = lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : null;
  if (here !== null) {
    const hash = createHash(sha.length === 64 ? "sha256" : "sha1");
    if (hash.update(`blob ${here.length}\0`).update(here).digest("hex") === sha) return here;
  }
  return Buffer.from(api(`blobs/${sha}`).content, "base64");
}

/** The files that a plan reads of this tree, and the content of those that are there. */
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
  if (link !== undefined) fail(`${link} is a link: only regular files of a pull request are read`);
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
    : "No file that a plan reads is changed.\n",
);
appendFileSync(process.env.GITHUB_OUTPUT, `changed=${changed}\n`);
