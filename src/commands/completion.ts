/** `completion SHELL`: prints a static script generated from the program's commands and flags. */
import type { Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { type Grammar, readGrammar, type Shell } from "../completion/grammar.ts";
import { zshScript } from "../completion/zsh.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export async function completion(io: Io, shell: Shell, program: Command): Promise<ExitCode> {
  await print(io.stdout, SCRIPTS[shell](readGrammar(program)));
  return EXIT.done;
}
