/**
 * Determines how accepting drift would change the files: runs `export --into` on each file whose organization has
 * drifted, writes the results to one JSON file, and restores the files.
 *
 *   node export.mjs PLAN RESULT     PLAN is the JSON plan, RESULT the file to write
 *
 * RESULT is { digest, files, pending, unknown }: `files` maps a path (from the repository's root) to its new text and is
 * empty without drift. `pending` is the number of pending changes in the plan; if `unknown` is true, some changes may be
 * either. If a file cannot be updated, RESULT is not written and the exit code is 1.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [planFile, result] = process.argv.slice(2);
rmSync(result, { force: true });
if (!existsSync(planFile)) process.exit(1);
const { digest, organizations, failed } = JSON.parse(readFileSync(planFile, "utf8"));
if (failed.length > 0) process.exit(1);
const program = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const root = process.env.GITHUB_WORKSPACE ?? process.env.CI_PROJECT_DIR ?? ".";

const changes = organizations.flatMap((one) => one.changes);
const pending = changes.filter(({ cause }) => cause === "files").length;
const unknown = changes.some(({ cause }) => cause !== "files" && cause !== "drift");
const drifted = organizations.filter((one) => one.changes.some(({ cause }) => cause !== "files"));

const files = {};
for (const { source } of drifted) {
  const before = readFileSync(source);
  const { status } = spawnSync(process.execPath, [program, "export", "--into", source, "--quiet"], {
    stdio: ["ignore", 2, 2],
  });
  const after = readFileSync(source);
  writeFileSync(source, before);
  if (status !== 0) process.exit(1);
  if (!after.equals(before)) files[relative(root, resolve(source))] = after.toString("utf8");
}
writeFileSync(result, `${JSON.stringify({ digest, files, pending, unknown })}\n`);
