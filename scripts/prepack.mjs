/**
 * Before `npm pack`, after the build. Writes npm-shrinkwrap.json, the part of the lock file that users install: with it
 * npm installs exactly the dependencies that were tested, by hash. And sets the modes of the files, so that the tarball
 * does not depend on the umask of who makes it.
 *
 *   prepack.mjs --remove     after it: in the repository the lock file counts
 */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const shrinkwrap = join(root, "npm-shrinkwrap.json");
const json = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));

if (process.argv[2] === "--remove") rmSync(shrinkwrap, { force: true });
else {
  const lock = json("package-lock.json");
  const packages = Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path, entry]) => [path, { ...entry, devDependencies: undefined }]);
  const shipped = { ...lock, packages: Object.fromEntries(packages) };
  writeFileSync(shrinkwrap, `${JSON.stringify(shipped, null, 2)}\n`);
  const names = ["package.json", "README.md", "LICENSE", ...json("package.json").files];
  for (const name of names) if (existsSync(join(root, name))) setModes(join(root, name));
}

function setModes(path) {
  const stat = statSync(path);
  if (stat.isDirectory()) for (const name of readdirSync(path)) setModes(join(path, name));
  else chmodSync(path, stat.mode & 0o100 ? 0o755 : 0o644);
}
