/** The files that `npm pack` puts into the package, from the existing build. Sorted. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export function packedFiles(): readonly string[] {
  // Without its scripts: a build now would remove the program that other tests are running.
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [report]: readonly { readonly files: readonly { readonly path: string }[] }[] =
    JSON.parse(output);
  return (report?.files ?? []).map(({ path }) => path).sort();
}
