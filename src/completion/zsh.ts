/** Writes completion for zsh: to be evaluated after compinit, or saved as the file `_PROGRAM` in `$fpath`. */
import type { CommandGrammar, FlagGrammar, Grammar, Value } from "./grammar.ts";

export function zshScript({ program, flags, commands }: Grammar): string {
  const name = `_${program}`;
  return `#compdef ${program}
# zsh completion for ${program}, made by: ${program} completion zsh
${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${specs(flags.map((flag) => flagSpec(name, flag)))}
    '1:command:${name}_commands' \\
    '*:: :->rest' && return
  [[ $state == rest ]] || return
  case $line[1] in
${commands.map((command) => commandCase(name, command)).join("\n")}
  esac
}

${name}_commands() {
  local -a commands=(
${commands.map((one) => `    ${quoted(`${one.name}:${one.description}`)}`).join("\n")}
  )
  _describe command commands
}

# A format, or a format and a file: the = goes away where a blank is typed.
${name}_formats() {
  if compset -P '*='; then _files; else compadd -q -S '=' "$@"; fi
}

if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

function commandCase(name: string, { name: command, flags, argument }: CommandGrammar): string {
  const all = flags.map((flag) => flagSpec(name, flag));
  if (argument !== null) {
    const place = argument.repeatable ? "*" : "1";
    all.push(quoted(`${place}${valueSpec(name, argument.value)}`));
  }
  return `    ${command})\n      _arguments \\\n${specs(all, "        ").replace(/ \\$/, " ;;")}`;
}

function specs(all: readonly string[], indent = "    "): string {
  return all.map((spec) => `${indent}${spec} \\`).join("\n");
}

/** `*--output=[description]:format:action`. */
function flagSpec(name: string, flag: FlagGrammar): string {
  const description = flag.description.replace(/[[\]\\]/g, "\\$&");
  const text = `${flag.repeatable ? "*" : ""}${flag.name}`;
  if (flag.value === null) return quoted(`${text}[${description}]`);
  return quoted(`${text}=[${description}]${valueSpec(name, flag.value)}`);
}

function valueSpec(name: string, value: Value): string {
  switch (value.kind) {
    case "words":
      return `:value:(${value.words.join(" ")})`;
    case "formats":
      return `:format:${name}_formats ${value.words.join(" ")}`;
    case "file":
      return ":file:_files";
    case "folder":
      return ":folder:_files -/";
    case "anything":
      return `:${value.name.replace(/[:\\]/g, "\\$&")}: `;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
