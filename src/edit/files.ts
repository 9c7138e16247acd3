/** Files on disk that are edited: opened once, compared before they are replaced, and replaced whole. */
import { chmod, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { includeRoots, isInside } from "../config/include-root.ts";
import { Failure } from "../model/failure.ts";

const BYTE_ORDER_MARK = "\uFEFF";

export interface OpenFile {
  /** As the user named it. */
  readonly path: string;
  readonly real: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly mark: string;
}

/** A symbolic link is followed within the repository (or `root`), and refused where it leads out of it. */
export async function openFile(
  path: string,
  { cwd, root }: { readonly cwd: string; readonly root: string | null },
): Promise<OpenFile> {
  const absolute = resolve(cwd, path);
  let real: string;
  let content: string;
  try {
    real = await realpath(absolute);
    content = await readFile(real, "utf8");
  } catch (cause) {
    throw new Failure(`could not read ${path}: ${reasonOf(cause)}`, { cause });
  }
  const folder = await realpath(dirname(absolute));
  const top = await (await includeRoots(root, cwd)).ofFolder(folder);
  if (real !== join(folder, basename(absolute)) && !isInside(real, top)) {
    throw new Failure(`${path} is a symbolic link that leads out of ${top}: it is not edited`, {
      hint: "name the file itself, or choose a wider folder with --root",
    });
  }
  const mark = content.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  return { path, real, text: content.slice(mark.length), mark };
}

export interface Edited {
  readonly file: OpenFile;
  readonly text: string;
}

/** `write` replaces a whole file. Permissions are kept. Nothing is written where a file was changed meanwhile. */
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
