/** `npm run reference` writes docs/reference.md from the program's own definitions; a test says when it is old. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PassThrough } from "node:stream";
import type { Argument, Command, Option } from "commander";
import { systemClock } from "../src/clock.ts";
import * as manual from "../src/manual.ts";
import { buildProgram } from "../src/commands-and-flags.ts";

const FILE = new URL("../docs/reference.md", import.meta.url);

/** Flags that several commands share, told once: the headings of `--help`. */
const GROUPS = ["Guards:", "Connection:"];

/** All of the page. */
export function reference(): string {
  const program = definitions();
  const { commands } = program;
  return `${[
    "# Reference",
    "Made from the program by `npm run reference`: change `src/commands-and-flags.ts`, `src/commands/flags.ts` or `src/manual.ts`, not this.",
    "## Name",
    `**${program.name()}**: ${program.description()}`,
    "## Synopsis",
    synopsis(program, commands),
    "Results go to stdout, everything else to stderr. These flags work with every command:",
    flagTable(program, program.createHelp().visibleOptions(program)),
    "## Commands",
    ...commands.flatMap((command) => commandPage(program, command)),
    ...GROUPS.flatMap((group) => groupPage(commands, group)),
    "## Exit codes",
    table(
      ["code", "meaning"],
      manual.EXIT_CODES.map(({ code, meaning }) => [String(code), meaning]),
    ),
    "## Environment",
    "Credentials and the address come from here, never from a flag:",
    variables(manual.CREDENTIALS),
    "Also read:",
    variables(manual.ENVIRONMENT),
    "## Files",
    variables(manual.FILES),
  ].join("\n\n")}\n`;
}

/** The program as it is, with nothing to talk to: only its definitions are asked. */
export function definitions(): Command {
  const io = {
    env: {},
    cwd: "/",
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    clock: systemClock,
    random: () => 0,
    writeFile: () => Promise.resolve(),
    interrupt: new AbortController().signal,
    interruptAgain: new AbortController().signal,
  };
  return buildProgram(io, () => {});
}

function synopsis(program: Command, commands: readonly Command[]): string {
  const lines = commands.map((command) => `${program.name()} ${command.name()} ${usage(command)}`);
  return ["```", ...lines.map((line) => line.trimEnd()), "```"].join("\n");
}

function usage(command: Command): string {
  return command.createHelp().commandUsage(command).split(" ").slice(2).join(" ");
}

function commandPage(program: Command, command: Command): readonly string[] {
  const all = command.createHelp().visibleOptions(command);
  const own = all.filter((option) => option.long !== "--help" && groupOf(option) === null);
  const { summary, detail, examples } = manual.COMMANDS[nameOf(command)];
  const shared = GROUPS.filter((group) => all.some((option) => groupOf(option) === group));
  return [
    `### ${command.name()}`,
    `\`${program.name()} ${command.name()} ${usage(command)}\``,
    `${sentence(summary)} ${detail}`,
    ...(command.registeredArguments.length > 0 ? [argumentTable(command)] : []),
    ...(own.length > 0 ? [flagTable(command, own)] : []),
    ...(shared.length > 0 ? [`And the flags of ${shared.map(linked).join(" and ")}.`] : []),
    ["```sh", ...examples, "```"].join("\n"),
  ];
}

function groupPage(commands: readonly Command[], group: string): readonly string[] {
  const tables = commands.flatMap((command) => {
    const options = command
      .createHelp()
      .visibleOptions(command)
      .filter((option) => groupOf(option) === group);
    return options.length > 0 ? [flagTable(command, options)] : [];
  });
  const [same, ...others] = new Set(tables);
  if (same === undefined || others.length > 0)
    throw new Error(`${group} is not one group of flags`);
  return [`### ${titleOf(group)}`, same];
}

function groupOf({ helpGroupHeading }: Option): string | null {
  return helpGroupHeading !== undefined && GROUPS.includes(helpGroupHeading)
    ? helpGroupHeading
    : null;
}

function titleOf(group: string): string {
  return group.replace(/:$/, "");
}

function linked(group: string): string {
  return `[${titleOf(group)}](#${titleOf(group).toLowerCase()})`;
}

function nameOf(command: Command): manual.CommandName {
  for (const name of Object.keys(manual.COMMANDS)) {
    if (name === command.name()) return name as manual.CommandName;
  }
  throw new Error(`src/manual.ts says nothing of ${command.name()}`);
}

function argumentTable(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [
    code(command.createHelp().argumentTerm(argument)),
    argument.description,
    argumentDefault(argument),
  ]);
  return table(["argument", "meaning", "default"], rows);
}

function argumentDefault(argument: Argument): string {
  if (argument.argChoices !== undefined)
    return `one of ${argument.argChoices.map(code).join(", ")}`;
  if (argument.required) return "required";
  return argument.defaultValueDescription ?? "none";
}

function flagTable(command: Command, options: readonly Option[]): string {
  const help = command.createHelp();
  return table(
    ["flag", "meaning", "default", "variable"],
    options.map((option) => [
      code(help.optionTerm(option)),
      `${option.description}${choices(option)}`,
      optionDefault(option),
      option.envVar === undefined ? "" : code(option.envVar),
    ]),
  );
}

function choices({ argChoices }: Option): string {
  return argChoices === undefined ? "" : `; ${argChoices.map(code).join(", ")}`;
}

/** A switch is off unless given. */
function optionDefault(option: Option): string {
  if (!option.required && !option.optional) return "";
  return option.defaultValueDescription ?? String(option.defaultValue);
}

function variables(rows: readonly { readonly name: string; readonly meaning: string }[]): string {
  return table(
    ["name", "meaning"],
    rows.map(({ name, meaning }) => [code(name), meaning]),
  );
}

/** Columns that hold nothing at all are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = head.map((_, at) => rows.some((row) => row[at] !== ""));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, at) => kept[at])
      .map((cell) => cell.replaceAll("|", "\\|"))
      .join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, reference());
