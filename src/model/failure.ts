import type { Problem } from "./problem.ts";
import type { Place } from "./place.ts";

/**
 * An error the user can act on: what failed, and (hint) what to do next. Anything else that is thrown is a bug.
 * Never put a credential in it.
 */
export class Failure extends Error {
  readonly hint: string | null;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.hint = options.hint ?? null;
  }
}

/** The files are wrong: every problem that was found, of every file, sorted. */
export class InvalidFiles extends Failure {
  readonly problems: readonly Problem[];
  /** The line of a file that was read; null where there is none to show. */
  readonly lineAt: (place: Place) => string | null;

  constructor(problems: readonly Problem[], lineAt: (place: Place) => string | null = () => null) {
    super(`${problems.length} problem${problems.length === 1 ? "" : "s"} in the files`);
    this.name = "InvalidFiles";
    this.problems = problems;
    this.lineAt = lineAt;
  }
}

/**
 * Failed after writing had begun (exit code 4). The cause is a `Failure` or a bug.
 */
export class AfterWriting extends Error {
  constructor(cause: unknown) {
    super("failed after writing had begun", { cause });
    this.name = "AfterWriting";
  }
}

/** The run was interrupted while it was still reading; nothing was written (exit code 130). */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** Refused by a guard before the first write (exit code 3). */
export class Refused extends Failure {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options);
    this.name = "Refused";
  }
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "the port is already in use",
  EEXIST: "it already exists",
  EISDIR: "it is a folder",
  ELOOP: "its symbolic links form a loop",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or folder",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "permission denied",
  EPIPE: "its reader is gone",
  EROFS: "the file system is read-only",
};

/** What went wrong. A system error without its path, which may be a temporary one: the caller names the file. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  const known = SYSTEM_ERRORS[code ?? ""];
  if (known !== undefined) return known;
  // `EXDEV: cross-device link not permitted, rename '…' -> '…'`
  const text = /^[A-Z0-9]+: ([^,]+),/.exec(error.message)?.[1];
  return code === null || text === undefined ? error.message : `${text} (${code})`;
}

/** Why `path` could not be written. */
export function writeErrorMessage(path: string, error: unknown): string {
  const folder = /^(.+)[/\\]/.exec(path)?.[1];
  return errorCode(error) === "ENOENT" && folder !== undefined
    ? `the folder ${folder} does not exist`
    : errorMessage(error);
}

/** The code of a system error, such as `ENOENT`; null for any other error. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** For the codes of Node's system errors. */
export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(errorCode(error) ?? "");
}
