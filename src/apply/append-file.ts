/** An append-only file of lines, flushed to disk before a line counts as written. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorMessage, Failure, hasCode, writeErrorMessage } from "../model/failure.ts";

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Each line is one write call with O_APPEND, so lines of several programs do not mix.
 * Lines that wait at the same moment share one flush.
 */
export class AppendFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #waiting: Waiting[] = [];
  #busy = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Creates the file (mode 0600) if needed. Rejects with `Failure`. */
  static async open(path: string): Promise<AppendFile> {
    const { O_APPEND, O_CREAT, O_RDWR } = constants;
    try {
      const file = await open(path, O_APPEND | O_CREAT | O_RDWR, 0o600);
      await endTornLine(file);
      return new AppendFile(path, file);
    } catch (cause) {
      throw new Failure(`cannot open the audit log ${path}: ${writeErrorMessage(path, cause)}`, {
        hint: hasCode(cause, ["ENOENT"])
          ? "create the folder, or choose another file with --audit-log"
          : "check your permission to write, or choose another file with --audit-log",
        cause,
      });
    }
  }

  /** `line` ends with its line break. Resolves once it is on the disk; rejects with `Failure`. */
  append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      if (!this.#busy) void this.#drain();
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#write(batch);
    }
    this.#busy = false;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      for (const { line } of batch) await writeWhole(this.#file, line);
      await flush(this.#file);
      for (const { resolve } of batch) resolve();
    } catch (cause) {
      const error = new Failure(
        `cannot write to the audit log ${this.#path}: ${errorMessage(cause)}`,
        {
          hint: "check the free space and your permission to write, or choose another file with --audit-log",
          cause,
        },
      );
      for (const { reject } of batch) reject(error);
    }
  }
}

async function writeWhole(file: FileHandle, line: string): Promise<void> {
  const bytes = Buffer.from(line);
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten < bytes.length) throw new Error("only part of the line was written");
}

/** A pipe or device cannot be flushed. */
async function flush(file: FileHandle): Promise<void> {
  try {
    await file.datasync();
  } catch (error) {
    if (!hasCode(error, ["EINVAL", "ENOTSUP", "EROFS"])) throw error;
  }
}

/** Ends a line that a killed run left incomplete. */
async function endTornLine(file: FileHandle): Promise<void> {
  const stat = await file.stat();
  if (!stat.isFile() || stat.size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, stat.size - 1);
  if (last.toString() !== "\n") await writeWhole(file, "\n");
}
