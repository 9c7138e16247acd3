/** What export.mjs and the plan before it left, as a pull request (merge request): polytomic-export.json, polytomic-plan.md. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { filesOf, isPlain, workingFolder } from "./paths.mjs";

export const BRANCH = "polytomic/drift";

/**
 * Null where it is not known what accepting would mean. Otherwise `files` maps paths to texts, and is empty without drift.
 * Only files that a plan of `paths` reads can be in it.
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

/** `apply` says how to undo the drift, in Markdown. */
export function bodyOf({ digest, pending, unknown }, { apply, run, limit }) {
  const plan = existsSync("polytomic-plan.md") ? readFileSync("polytomic-plan.md", "utf8") : "";
  const notes = [
    ...(pending > 0
      ? [
          `${pending} pending ${pending === 1 ? "change" : "changes"} of the files would be taken back by merging.`,
        ]
      : []),
    ...(unknown
      ? [
          "Some changes may be pending changes of the files rather than drift: merging would take them back.",
        ]
      : []),
  ];
  const text = [
    "Polytomic differs from the files.",
    "",
    "- **Accept**: review the changed files and merge. Polytomic is left as it is.",
    `- **Undo**: ${apply} with the digest \`${digest}\`. The plan below is what it does. This is closed by the next nightly run.`,
    ...notes.map((note) => `- **Note**: ${note}`),
    "",
    plan,
    "",
    `[The run](${run}). The nightly run keeps this up to date.`,
    "",
  ].join("\n");
  return text.length <= limit
    ? text
    : text.replace(plan, "The plan is too long for this page: see the run.");
}
