/** Arguments, environment, streams and folder in; exit code out. */
import {
  checkPrinted,
  EXIT,
  type ExitCode,
  type Io,
  print,
  rememberLosses,
} from "./commands/io.ts";
import { VERSION } from "./version.ts";

/** `args` are the words after the program's name. Resolves with the exit code and never rejects. */
export function main(args: readonly string[], io: Io): Promise<number> {
  return exitCodeFrom(io, !args.includes("--no-color"), () => run(args, io));
}

/** The exit code of a command: its errors are explained, and what it printed must have arrived. Never rejects. */
export async function exitCodeFrom(
  io: Io,
  color: boolean,
  command: () => Promise<number>,
): Promise<number> {
  rememberLosses(io);
  const exitCode = await command().catch((error: unknown) => reportError(error, io, color));
  // The run succeeded, but its output was lost, which is a failure.
  if (exitCode !== EXIT.done && exitCode !== EXIT.changes) return exitCode;
  return checkPrinted(io).then(
    () => exitCode,
    (error: unknown) => reportError(error, io, false),
  );
}

async function run(args: readonly string[], io: Io): Promise<number> {
  // Handled without loading commander, which is slow.
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    await print(io.stdout, `${VERSION}\n`);
    return EXIT.done;
  }
  const [{ CommanderError }, { buildProgram }] = await Promise.all([
    import("commander"),
    import("./commands-and-flags.ts"),
  ]);
  let exitCode: ExitCode = EXIT.done;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  try {
    const [first, named = ""] = args;
    const isKnown = named.startsWith("-") || program.commands.some((one) => one.name() === named);
    // `help nope` is `nope`: the error of an unknown command, with a suggestion.
    const words = first === "help" && args.length === 2 && !isKnown ? [named] : [...args];
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

/** Shown also after an interruption, for example if a key may be lost. */
async function reportError(error: unknown, io: Io, color: boolean): Promise<ExitCode> {
  await explain(error, io, color);
  const { statusOfError } = await import("./run/status.ts");
  return EXIT[statusOfError(error, io.interrupt.aborted)];
}

/** Shows an error that the user can fix, or a bug with its stack trace. */
async function explain(error: unknown, io: Io, color: boolean): Promise<void> {
  const { AfterWriting, Failure, Interrupted, InvalidFiles } = await import("./model/failure.ts");
  if (error instanceof Interrupted) {
    await print(io.stderr, "Interrupted: nothing was written.\n");
    return;
  }
  if (error instanceof AfterWriting) {
    await explain(error.cause, io, color);
    await print(
      io.stderr,
      "Changes made before the error remain; run plan to see what is left to do.\n",
    );
    return;
  }
  const { formatFailure } = await import("./output/problems.ts");
  if (error instanceof InvalidFiles) {
    const { showProblems } = await import("./commands/show-problems.ts");
    await showProblems(io, error.problems, { color }, { lineAt: error.lineAt });
    await print(io.stderr, `${error.message}\n`);
    return;
  }
  if (error instanceof Failure) {
    await print(io.stderr, `${formatFailure(error)}\n`);
    return;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await print(
    io.stderr,
    `This is a bug in polytomic-users; please report it with these lines:\n${detail}\n`,
  );
}
