/** After tsc: what tsc does not emit (the HTML page's style and script), and an executable program. */
import { chmod, copyFile, mkdir, readdir } from "node:fs/promises";

const from = new URL("../src/output/html/", import.meta.url);
const to = new URL("../dist/output/html/", import.meta.url);

await mkdir(to, { recursive: true });
for (const name of await readdir(from)) {
  if (/\.(css|js)$/.test(name)) await copyFile(new URL(name, from), new URL(name, to));
}

await chmod(new URL("../dist/cli.js", import.meta.url), 0o755).catch((error) => {
  if (error.code !== "ENOENT") throw error;
});
