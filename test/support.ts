/** Shared by all tests; nothing here is specific to one of them. */
import { accessSync, constants, statSync } from "node:fs";
import { mkdtemp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { once } from "node:events";
import type { Server } from "node:net";
import { delimiter, dirname, join } from "node:path";

/** Makes a folder with these files (path → text); returns its absolute path. */
export async function folderWith(
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "polytomic-users-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** Starts a server on any free port of this machine; returns the port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** The path of an installed program; null if there is none. */
export function pathOf(program: string): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * For `skip:` of tests that need a program which the machine may not have. Also says so on stderr; with
 * SKIP_NOTHING=1 it is an error.
 */
export function skipWithout(program: string): string | false {
  return pathOf(program) === null && skipped(program, `Debian: apt-get install ${program}`);
}

export function skipped(what: string, install: string): string {
  const reason = `${what} is not installed (${install})`;
  if (process.env["SKIP_NOTHING"] !== undefined) throw new Error(reason);
  console.error(`Skipping tests: ${reason}`);
  return reason;
}
