/**
 * Completion for bash 4 and newer, without the bash-completion package. Files are left to readline
 * (`-o default`, which knows about quoting); where no file belongs, that is switched off.
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
  current=\${words[\${#words[@]} - 1]-}
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
${valueCases(commands)}
  esac
  case $command in
    "") ${name}_words ${quoted([...commands.map((one) => one.name), ...names(flags)])} ;;
${commands.map((one) => commandCase(name, one)).join("\n")}
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

/** One case for each thing that flags take, with all commands and flags that take it. */
function valueCases(commands: readonly CommandGrammar[]): string {
  const patterns = new Map<string, string[]>();
  for (const command of commands) {
    for (const { name, value } of command.flags) {
      if (value === null) continue;
      const action = valueAction(value);
      patterns.set(action, [...(patterns.get(action) ?? []), `"${command.name} ${name}"`]);
    }
  }
  return [...patterns]
    .map(
      ([action, flags]) => `    ${flags.join(" | \\\n      ")})\n      ${action}\n      return ;;`,
    )
    .join("\n");
}

function valueAction(value: Value): string {
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

function commandCase(name: string, { name: command, flags, argument }: CommandGrammar): string {
  const value = argument?.value ?? null;
  const words = value?.kind === "words" ? value.words : [];
  const all = `${name}_words ${quoted([...words, ...names(flags)])}`;
  // A path: flags only where the word begins like one.
  const action = value?.kind === "file" ? `[[ $current == -* ]] && ${all}` : all;
  return `    ${command}) ${action} ;;`;
}

function names(flags: readonly FlagGrammar[]): readonly string[] {
  return flags.map(({ name }) => name);
}

function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}
