/**
 * The folder that includes may not leave: what a change in one repository can make the program read
 * stays inside it.
 */
import { stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** By the absolute folder of the including file → the folder that bounds its includes. */
export type Boundary = (folder: string) => Promise<string>;

/** `root` as given, else the nearest folder upwards that has a `.git`, else the working folder. */
export function boundary(root: string | null, cwd: string): Boundary {
  const known = new Map<string, Promise<string>>();
  const nearestRepository = async (folder: string): Promise<string> => {
    if (await exists(join(folder, ".git"))) return folder;
    const parent = dirname(folder);
    return parent === folder ? cwd : remembered(parent);
  };
  const remembered = (folder: string): Promise<string> => {
    const found = known.get(folder) ?? nearestRepository(folder);
    known.set(folder, found);
    return found;
  };
  return (folder) => (root === null ? remembered(folder) : Promise.resolve(root));
}

export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
