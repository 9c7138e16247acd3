/** Files to edit: each is read once, compared with the disk before it is replaced, and replaced atomically. */
import {
  access,
  chmod,
  constants,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorMessage, Failure, hasCode } from "../model/failure.ts";

const BYTE_ORDER_MARK = "\uFEFF";

export interface OpenFile {
  /** As the user named it. */
  readonly path: string;
  readonly real: string;
  /** The name of its lock for messages: beside `path`, unless that is a symbolic link. */
  readonly lockPath: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly mark: string;
}

/** The loader has read the file before, and refused a symbolic link that leads out of the repository. */
export async function openFile(path: string, cwd: string): Promise<OpenFile> {
  try {
    const absolute = resolve(cwd, path);
    const real = await realpath(absolute);
    const isLink = real !== join(await realpath(dirname(absolute)), basename(absolute));
    const content = await readFile(real, "utf8");
    const mark = content.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    const lockPath = `${isLink ? real : path}.lock`;
    return { path, real, lockPath, text: content.slice(mark.length), mark };
  } catch (cause) {
    throw new Failure(`could not read ${path}: ${errorMessage(cause)}`, { cause });
  }
}

export interface Edited {
  readonly file: OpenFile;
  readonly text: string;
}

/**
 * `write` replaces a file atomically. Permissions are kept. Nothing is written if a file was changed in the
 * meantime, or while another command writes one of them.
 */
export async function replaceFiles(
  edits: readonly Edited[],
  write: (real: string, shown: string, text: string) => Promise<void>,
): Promise<void> {
  const locks: string[] = [];
  try {
    for (const { file } of edits) locks.push(await lock(file));
    for (const { file } of edits) {
      const now = await readFile(file.real, "utf8").catch(() => null);
      if (now === file.mark + file.text) continue;
      throw new Failure(`${file.path} was changed in the meantime: nothing was written`, {
        hint: "run the command again",
      });
    }
    for (const { file, text } of edits) {
      const { mode } = await stat(file.real);
      await write(file.real, file.path, file.mark + text);
      await chmod(file.real, mode & 0o7777);
    }
  } finally {
    for (const path of locks) await rm(path, { force: true });
  }
}

/** Between the comparison and the replacement no other command of this program may replace the file. As git does it. */
async function lock({ path, real, lockPath }: OpenFile): Promise<string> {
  const name = `${real}.lock`;
  try {
    // Replacing a file needs no permission to write it.
    await access(real, constants.W_OK);
    await writeFile(name, "", { flag: "wx" });
    return name;
  } catch (cause) {
    if (!hasCode(cause, ["EEXIST"])) {
      throw new Failure(`could not write ${path}: ${errorMessage(cause)}`, {
        hint: "check that the file and its folder are writable",
        cause,
      });
    }
    throw new Failure(`another command is writing ${path}: nothing was written`, {
      hint: `run the command again; if no other command is running, delete ${lockPath} first`,
    });
  }
}
