import type { Place, Problem } from "./problem.ts";

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

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For the codes of Node's system errors. */
export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
