/** Writes completion for fish 3 and newer, for a file in `~/.config/fish/completions` or for `source`. */
import type { CommandGrammar, FlagGrammar, Grammar, Value } from "./grammar.ts";

export function fishScript({ program, flags, commands }: Grammar): string {
  const name = `__${program.replaceAll("-", "_")}`;
  const lines = [
    `complete -c ${program} -e`,
    `complete -c ${program} -f`,
    ...flags.map((flag) => flagLine(program, `${name}_command ''`, name, flag)),
    ...commands.map(
      (one) =>
        `complete -c ${program} -n "${name}_command ''" -a ${one.name} -d ${quoted(one.description)}`,
    ),
    ...commands.flatMap((one) => commandLines(program, name, one)),
  ];
  return `# fish completion for ${program}, made by: ${program} completion fish

# Whether this is the command on the line; '' where there is none yet.
function ${name}_command
    set -l words (commandline -opc)
    for word in $words[2..]
        string match -q -- '-*' $word; and continue
        test "$word" = "$argv[1]"
        return
    end
    test -z "$argv[1]"
end

# A format, or a format and a file.
function ${name}_formats
    set -l token (string replace -r -- '^--[a-z-]+=' '' (commandline -ct))
    if set -l format (string match -r -- '^[^=]*=' $token)
        printf "$format%s\\n" (__fish_complete_path (string replace -- $format '' $token))
    else
        printf '%s\\n' $argv
    end
end

${lines.join("\n")}
`;
}

function commandLines(program: string, name: string, command: CommandGrammar): readonly string[] {
  const condition = `${name}_command ${command.name}`;
  const lines = command.flags.map((flag) => flagLine(program, condition, name, flag));
  const value = command.argument?.value ?? null;
  if (value === null || value.kind === "anything") return lines;
  return [...lines, `complete -c ${program} -n ${quoted(condition)} ${valueWords(name, value)}`];
}

function flagLine(program: string, condition: string, name: string, flag: FlagGrammar): string {
  const long = `-l ${flag.name.replace(/^--/, "")} -d ${quoted(flag.description)}`;
  // -x: it takes a value, which is no file unless said.
  const value =
    flag.value === null
      ? ""
      : ` ${flag.value.kind === "file" ? "-r" : "-x"} ${valueWords(name, flag.value)}`;
  return `complete -c ${program} -n ${quoted(condition)} ${long}${value}`.trimEnd();
}

function valueWords(name: string, value: Value): string {
  switch (value.kind) {
    case "words":
      return `-a ${quoted(value.words.join(" "))}`;
    case "formats":
      return `-a ${quoted(`(${name}_formats ${value.words.join(" ")})`)}`;
    case "file":
      return "-F";
    case "folder":
      return "-a '(__fish_complete_directories)'";
    case "anything":
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
