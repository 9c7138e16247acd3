/** The published tarball: the same when made twice in different environments, and installable. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const LEFT_OUT = new Set(["node_modules", "dist", ".git", "test", "bench", "npm-shrinkwrap.json"]);

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly integrity?: string;
        readonly dev?: boolean;
        readonly optional?: boolean;
        readonly devDependencies?: unknown;
      }
    >
  >;
}

/** Packs a copy of the sources with this umask, time zone and time of the files. */
async function packed(umask: string, TZ: string, date: Date) {
  const folder = mkdtempSync(join(tmpdir(), "polytomic-users-"));
  for (const name of await readdir(root)) {
    if (LEFT_OUT.has(name)) continue;
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes("generated"),
    });
    utimesSync(join(folder, name), date, date);
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const out = join(folder, "out");
  mkdirSync(out);
  const printed = execFileSync("sh", ["-c", `umask ${umask}; npm pack --pack-destination out`], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TZ },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [name = ""] = await readdir(out);
  return { tarball: join(out, name), name, printed };
}

describe("the tarball", () => {
  let tarball: string;
  let name: string;
  let printed: string;
  before(async () => {
    ({ tarball, name, printed } = await packed("022", "UTC", new Date()));
  });

  const contents = (path: string): string =>
    execFileSync("tar", ["-xzOf", tarball, `package/${path}`], { encoding: "utf8" });

  it("is byte for byte the same, wherever and whenever it is built", async () => {
    const again = await packed("077", "Asia/Tokyo", new Date("2001-02-03"));
    assert.ok(readFileSync(tarball).equals(readFileSync(again.tarball)));
  });

  it("is named by npm pack, which prints nothing else: pre-commit reads that", () => {
    assert.equal(printed, `${name}\n`);
  });

  it("fixes the version and the hash of each dependency that npm installs with it", () => {
    const shrinkwrap: Lock = JSON.parse(contents("npm-shrinkwrap.json"));
    const lock: Lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    const shipped = Object.entries(shrinkwrap.packages).filter(([path]) => path !== "");
    assert.ok(shipped.length > 10);
    for (const [path, { version, integrity, dev }] of shipped) {
      assert.equal(dev, undefined, path);
      assert.match(integrity ?? "", /^sha512-/, path);
      assert.deepEqual(
        [version, integrity],
        [lock.packages[path]?.version, lock.packages[path]?.integrity],
      );
    }
    assert.equal(shrinkwrap.packages[""]?.devDependencies, undefined);
  });
});
