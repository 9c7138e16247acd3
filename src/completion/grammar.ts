/** The words that are valid on the command line, taken from the program's commander definitions. */
import type { Argument, Command, Option } from "commander";

/** The shells that there is a completion script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** What a flag or an argument takes, as far as a shell can help with it. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** `json` or `json=FILE`. */
  | { readonly kind: "formats"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  | { readonly kind: "anything"; readonly name: string };

export interface FlagGrammar {
  /** With its dashes: `--output`. */
  readonly name: string;
  readonly description: string;
  /** Null for a switch. */
  readonly value: Value | null;
  readonly repeatable: boolean;
}

export interface CommandGrammar {
  readonly name: string;
  readonly description: string;
  /** The program's own flags included. */
  readonly flags: readonly FlagGrammar[];
  readonly argument: { readonly value: Value; readonly repeatable: boolean } | null;
}

export interface Grammar {
  readonly program: string;
  readonly flags: readonly FlagGrammar[];
  readonly commands: readonly CommandGrammar[];
}

export function readGrammar(program: Command): Grammar {
  return {
    program: program.name(),
    flags: readFlags(program),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.summary(),
      flags: [...readFlags(command), ...readFlags(program).filter(({ name }) => name !== "--help")],
      argument: readArgument(command),
    })),
  };
}

function readFlags(command: Command): readonly FlagGrammar[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      name: option.long ?? option.flags,
      description: option.description,
      value: option.required || option.optional ? flagValue(option) : null,
      repeatable: Array.isArray(option.defaultValue),
    }));
}

function flagValue({ flags, argChoices }: Option): Value {
  const name = /<(.+)>/.exec(flags)?.[1] ?? "value";
  if (argChoices === undefined) return readValue(name);
  return { kind: name.endsWith("[=file]") ? "formats" : "words", words: argChoices };
}

function readArgument(command: Command): CommandGrammar["argument"] {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return null;
  return { value: argumentValue(argument), repeatable: argument.variadic };
}

function argumentValue(argument: Argument): Value {
  const words = argument.argChoices;
  return words === undefined ? readValue(argument.name()) : { kind: "words", words };
}

function readValue(name: string): Value {
  if (name === "file" || name === "path") return { kind: "file" };
  if (name === "folder") return { kind: "folder" };
  return { kind: "anything", name };
}
