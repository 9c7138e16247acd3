/**
 * Lists the files that a run reads: the given files and folders, and what they include, directly or indirectly. Paths
 * are relative to the repository's root, with slashes.
 *
 *   node paths.mjs PATH...      prints them for the working directory, one per line; folders are printed as given
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";

/**
 * `list` has all paths of the tree; `read` returns a file's text or null. Files that do not exist are also in the result,
 * because adding them later changes the plan.
 */
export function filesOf(paths, { list, read }) {
  const found = new Set();
  const open = paths.flatMap((path) => {
    const folder = posix.normalize(path).replace(/\/$/, "");
    const inside = list.filter((file) => folder === "." || file.startsWith(`${folder}/`));
    return inside.length > 0 ? inside.filter((file) => /\.ya?ml$/.test(file)) : [folder];
  });
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const include of includesIn(read(file))) {
      open.push(posix.normalize(posix.join(posix.dirname(file), include)));
    }
  }
  return [...found];
}

/** False for a path that leaves the folder, or that git itself would refuse. */
export function isPlain(path) {
  const parts = path.split("/");
  return !/[\\\0]/.test(path) && parts.every((part) => !/^(\.{0,2}|\.git)$/i.test(part));
}

/** Empty if the text is not a users file: the program reports the problem. */
function includesIn(text) {
  if (text === null) return [];
  try {
    const include = parseDocument(text, { logLevel: "silent" }).get("include");
    const paths = include?.items?.map((item) => item.value ?? item) ?? [include];
    return paths.filter((path) => typeof path === "string");
  } catch {
    return [];
  }
}

/** The working directory as a tree. Symbolic links are neither followed nor read. */
export function workingFolder() {
  const list = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.name === ".git" || entry.name === "node_modules") continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) list.push(path);
    }
  };
  walk(".");
  const files = new Set(list);
  return { list, read: (path) => (files.has(path) ? readFileSync(path, "utf8") : null) };
}

if (
  process.argv[1] !== undefined &&
  realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
) {
  const paths = process.argv.slice(2).map((path) => posix.normalize(path).replace(/\/$/, ""));
  const isFolder = (path) => existsSync(path) && statSync(path).isDirectory();
  const folders = paths.filter(isFolder);
  const below = (file) => folders.some((folder) => folder === "." || file.startsWith(`${folder}/`));
  const files = filesOf(paths, workingFolder()).filter((file) => !below(file));
  process.stdout.write([...folders, ...files].map((path) => `${path}\n`).join(""));
}
