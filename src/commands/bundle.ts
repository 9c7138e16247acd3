/** `report --bundle DIR` and `report --verify DIR`: writes and checks an evidence bundle. */
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { errorMessage, Failure, hasCode } from "../model/failure.ts";
import { compareText } from "../model/place.ts";
import { plainText } from "../output/escape.ts";
import { counted } from "../model/text.ts";
import { type BundleFiles, differencesFrom, MANIFEST, sha256 } from "../report/manifest.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";

/** Throws `Failure` if the folder is not empty: a bundle never replaces files. */
export async function checkBundleFolder(io: Io, folder: string): Promise<void> {
  const path = resolve(io.cwd, folder);
  const entries = await readdir(path).catch((error: unknown) => {
    if (hasCode(error, ["ENOENT"])) return [];
    throw new Failure(`the bundle cannot be written to ${folder}: ${errorMessage(error)}`, {
      hint: "name an empty folder or one that does not exist yet",
      cause: error,
    });
  });
  if (entries.length > 0) {
    throw new Failure(`${folder} is not empty, and report --bundle does not overwrite files`, {
      hint: "name an empty folder or one that does not exist yet",
    });
  }
}

/** Atomic: the whole folder or nothing. */
export async function writeBundle(io: Io, folder: string, files: BundleFiles): Promise<void> {
  const path = resolve(io.cwd, folder);
  try {
    await mkdir(dirname(path), { recursive: true });
    const temporary = await mkdtemp(`${path}.tmp-`);
    try {
      for (const [name, content] of files) await writeFile(join(temporary, name), content);
      await rmdir(path).catch(() => {}); // rename needs an absent target
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  } catch (cause) {
    throw new Failure(`could not write the bundle ${folder}: ${errorMessage(cause)}`, {
      hint: "check that its parent folder is writable",
      cause,
    });
  }
}

export async function verifyBundle(io: Io, folder: string): Promise<ExitCode> {
  const files = await readBundle(resolve(io.cwd, folder), folder);
  const manifest = files.get(MANIFEST);
  if (manifest === undefined) {
    throw new Failure(`${folder} has no ${MANIFEST}`, {
      hint: "name the folder that report --bundle wrote",
    });
  }
  const others = new Map([...files].filter(([path]) => path !== MANIFEST));
  const differences = differencesFrom(manifest, others);
  if (differences.length === 0) {
    const digest = `The manifest's SHA-256 is ${sha256(manifest)}.`;
    await print(io.stdout, `Verified: ${counted(others.size, "file")}, none changed. ${digest}\n`);
    return EXIT.done;
  }
  const lines = differences.map((difference) => `  ${plainText(difference)}\n`).join("");
  const shown = plainText(folder);
  await print(io.stdout, `${shown} differs from the bundle that was written:\n${lines}`);
  return EXIT.failed;
}

/** By path from the folder, with `/`. Links are not followed: the bundle has none. */
async function readBundle(folder: string, shown: string): Promise<BundleFiles> {
  try {
    const files = new Map<string, Buffer>();
    const entries = await readdir(folder, { recursive: true });
    for (const entry of entries.sort(compareText)) {
      const path = join(folder, entry);
      const status = await lstat(path);
      if (status.isDirectory()) continue;
      const name = relative(folder, path).split(sep).join("/");
      files.set(name, status.isFile() ? await readFile(path) : Buffer.from("not a file"));
    }
    return files;
  } catch (cause) {
    throw new Failure(`could not read the bundle ${shown}: ${errorMessage(cause)}`, {
      hint: "name the folder that report --bundle wrote",
      cause,
    });
  }
}
