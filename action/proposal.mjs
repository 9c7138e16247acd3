/** The text and files of a pull or merge request that accepts drift, from polytomic-export.json and polytomic-plan.md. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { filesOf, isPlain, workingFolder } from "./paths.mjs";

export const BRANCH = "polytomic/drift";

/**
 * Null if the files could not be updated. Otherwise `files` maps paths to texts, and is empty without drift. It contains
 * only files that a plan of `paths` reads.
 */
export function readProposal(paths) {
  if (!existsSync("polytomic-export.json")) return null;
  const { digest, files, pending, unknown } = JSON.parse(
    readFileSync("polytomic-export.json", "utf8"),
  );
  const planned = filesOf(paths, workingFolder());
  for (const path of Object.keys(files)) {
    const isUsersFile = isPlain(path) && planned.includes(path) && lstatSync(path).isFile();
    if (!isUsersFile)
      throw new Error(`${path} is not a file that a plan reads: nothing was pushed`);
  }
  const names = Object.keys(files).join(", ");
  return { files, title: `Accept drift: ${names}`, digest, pending, unknown };
}

/** `apply` describes in Markdown how to start an apply, which undoes the drift; the digest follows. */
export function bodyOf({ digest, pending, unknown }, { apply, run, limit }) {
  const plan = existsSync("polytomic-plan.md") ? readFileSync("polytomic-plan.md", "utf8") : "";
  const notes = [
    ...(pending > 0
      ? [
          `merging would revert ${pending} pending ${pending === 1 ? "change" : "changes"} in the files.`,
        ]
      : []),
    ...(unknown
      ? [
          "some changes may be pending changes in the files instead of drift: merging would revert them.",
        ]
      : []),
  ];
  const text = [
    "Polytomic differs from the files.",
    "",
    "- **Accept the drift**: review the changed files and merge. Polytomic is not changed.",
    `- **Undo the drift**: ${apply} \`${digest}\`. It applies the plan below, and the next nightly run closes this request.`,
    ...notes.map((note) => `- **Note**: ${note}`),
    "",
    plan,
    "",
    `[Run](${run}). The nightly run keeps this request up to date.`,
    "",
  ].join("\n");
  return text.length <= limit
    ? text
    : text.replace(plan, "The plan is too long to be shown here: see the run.");
}
