/**
 * After tsc: what tsc does not emit (the HTML page's style and script), nothing that an earlier build left, and an
 * executable program. Old files go last and one by one: a program that runs meanwhile keeps its own.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../src", import.meta.url));
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const page = "output/html";

await mkdir(join(dist, page), { recursive: true });
for (const name of await readdir(join(sources, page))) {
  if (/\.(css|js)$/.test(name)) await copyFile(join(sources, page, name), join(dist, page, name));
}

for (const path of await readdir(dist, { recursive: true })) {
  const hasSource = [path, path.replace(/\.js$/, ".ts")].some((one) =>
    existsSync(join(sources, one)),
  );
  if (!hasSource) await rm(join(dist, path), { recursive: true, force: true });
}

// Absent where tsc could not emit.
if (existsSync(join(dist, "cli.js"))) await chmod(join(dist, "cli.js"), 0o755);
