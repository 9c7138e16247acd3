/** Prints the command that usually comes next as the last line of the output. */
import { plainText } from "../output/escape.ts";
import type { GlobalFlags, OutputFlags } from "./flags.ts";
import { type Io, print } from "./io.ts";

/** On stderr; not with `--quiet`, nor where a program reads the results from stdout. */
export async function printNext(
  io: Io,
  { quiet, output = [] }: Pick<GlobalFlags, "quiet"> & Partial<Pick<OutputFlags, "output">>,
  next: string | null,
): Promise<void> {
  const forProgram = output.some(({ format, file }) => file === null && format !== "text");
  if (next !== null && !quiet && !forProgram) {
    await print(io.stderr, `Next: ${plainText(next)}\n`);
  }
}

/** The command as it can be typed into a shell. */
export function shellCommand(words: readonly string[]): string {
  return ["polytomic-users", ...words.map(shellWord)].join(" ");
}

export function shellWord(word: string): string {
  return /^[A-Za-z0-9_\-./:@=%+,]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
