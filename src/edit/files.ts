/** Files to edit: opened once, compared with the disk before they are replaced, and replaced atomically. */
import { chmod, readFile, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage, Failure } from "../model/failure.ts";

const BYTE_ORDER_MARK = "\uFEFF";

export interface OpenFile {
  /** As the user named it. */
  readonly path: string;
  readonly real: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly mark: string;
}

/** The loader has read the file before, and refused a symbolic link that leads out of the repository. */
export async function openFile(path: string, cwd: string): Promise<OpenFile> {
  try {
    const real = await realpath(resolve(cwd, path));
    const content = await readFile(real, "utf8");
    const mark = content.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    return { path, real, text: content.slice(mark.length), mark };
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
 * meantime.
 */
export async function replaceFiles(
  edits: readonly Edited[],
  write: (real: string, shown: string, text: string) => Promise<void>,
): Promise<void> {
  for (const { file } of edits) {
    if ((await readFile(file.real, "utf8").catch(() => null)) === file.mark + file.text) continue;
    throw new Failure(`${file.path} was changed in the meantime: nothing was written`, {
      hint: "run the command again",
    });
  }
  for (const { file, text } of edits) {
    const { mode } = await stat(file.real);
    await write(file.real, file.path, file.mark + text);
    await chmod(file.real, mode & 0o7777);
  }
}
