/**
 * Writes completion for bash that does not need the bash-completion package. readline completes file names
 * (`-o default`), because it handles quoting; where no file name is expected, this is turned off.
 */
import type { CommandGrammar, FlagGrammar, Grammar, Value } from "./grammar.ts";

export function bashScript({ program, flags, commands }: Grammar): string {
  const name = `_${program.replaceAll("-", "_")}`;
  return `# bash completion for ${program}, made by: ${program} completion bash
${name}() {
  local words=() word command= flag= current i
  COMPREPLY=()
  # bash splits words at = and :, here they are put together again
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [=:]* || \${COMP_WORDS[i - 1]} == *[=:] ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  current=\${words[\${#words[@]} - 1]}
  unset "words[\${#words[@]} - 1]"
  for word in "\${words[@]}"; do
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done
  if [[ $current == --*=* ]]; then
    flag=\${current%%=*}
    current=\${current#*=}
  elif ((\${#words[@]})); then
    flag=\${words[\${#words[@]} - 1]}
  fi
  case "$command $flag" in
${cases(flagValues(commands))}
  esac
  case "$command $current" in
${cases([
  ["' -'*", `${name}_words ${quoted(flags.map((flag) => flag.name))}`],
  ...commands.map((one): Case => [`'${one.name} -'*`, `${name}_words ${quoted(names(one))}`]),
  ["' '*", `${name}_words ${quoted(commands.map((one) => one.name))}`],
  ...commands.map((one): Case => [`'${one.name} '*`, action(one.argument?.value ?? NOTHING)]),
])}
  esac
}

# Those of the words that begin with $current; never a file.
${name}_words() {
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$*" -- "$current"))
}

# A format, or a format and a file.
${name}_formats() {
  [[ $current == *=* ]] && return
  compopt -o nospace 2>/dev/null
  ${name}_words "$@"
}

complete -o default -F ${name} ${program}
`.replaceAll("@NAME@", name);
}

/** A pattern, and what is done where it fits. */
type Case = readonly [pattern: string, action: string];

const NOTHING: Value = { kind: "anything", name: "" };

/** What a flag takes: told once for all commands where it is the same for all. */
function flagValues(commands: readonly CommandGrammar[]): readonly Case[] {
  const rows = commands.flatMap((command) =>
    command.flags.flatMap(({ name, value }) =>
      value === null ? [] : [{ command: command.name, name, action: action(value) }],
    ),
  );
  return rows.map(({ command, name, action }) => {
    const same = rows.every((other) => other.name !== name || other.action === action);
    return [same ? `*' ${name}'` : `'${command} ${name}'`, action];
  });
}

/** Patterns of the same action that follow one another stand together. */
function cases(all: readonly Case[]): string {
  const groups: { readonly patterns: Set<string>; readonly action: string }[] = [];
  for (const [pattern, action] of all) {
    const last = groups.find((group) => group.action === action);
    if (last === undefined) groups.push({ patterns: new Set([pattern]), action });
    else last.patterns.add(pattern);
  }
  return groups
    .map(
      ({ patterns, action }) =>
        `    ${[...patterns].join(" | ")})\n      ${action}\n      return ;;`,
    )
    .join("\n");
}

function action(value: Value): string {
  switch (value.kind) {
    case "words":
      return `@NAME@_words ${quoted(value.words)}`;
    case "formats":
      return `@NAME@_formats ${quoted(value.words)}`;
    case "file":
      return "# a file";
    case "folder":
      return "compopt +o default -o dirnames 2>/dev/null";
    case "anything":
      return "compopt +o default 2>/dev/null";
  }
}

function names({ flags }: { readonly flags: readonly FlagGrammar[] }): readonly string[] {
  return flags.map(({ name }) => name);
}

function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}
