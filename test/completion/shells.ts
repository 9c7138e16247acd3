/**
 * Asks real shells for their completions. bash and zsh run in their own terminal (`script`), with a key that inserts
 * all completions and one that shows the line; fish has a command for it.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Shell } from "../../src/completion/grammar.ts";
import { folderWith } from "../support.ts";

const INSERT_ALL = "\x14"; // Ctrl-T
const SHOW = "\x0f"; // Ctrl-O

const SETTINGS = {
  bash: {
    file: ".bashrc",
    command: "bash --noprofile --rcfile .bashrc -i",
    text: `PS1=
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind '"\\C-t": insert-completions'
show() { printf '\\n<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; }
bind -x '"\\C-o": show'
source ./script
cd files
printf '<<ready>>\\n'
`,
  },
  zsh: {
    file: ".zshrc",
    command: "zsh -d -i",
    text: `PS1=
unsetopt prompt_cr prompt_sp
autoload -U compinit && compinit -u -D
zle -C insert-all complete-word _generic
zstyle ':completion:insert-all:*' completer _all_matches _complete
zstyle ':completion:insert-all:*' insert true
bindkey '^T' insert-all
show() { printf '\\n<<%s>>\\n' "$BUFFER"; BUFFER= }
zle -N show
bindkey '^O' show
source ./script
cd files
printf '<<ready>>\\n'
`,
  },
} as const;

const FILES = {
  "files/access/team.yaml": "",
  "files/plan.json": "",
  "files/users.yaml": "",
  "files/with space.yaml": "",
};

/** The possible ends of each line, sorted; if there are none, the start of the word itself. */
export async function completions(
  shell: Shell,
  script: string,
  lines: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const shown =
    shell === "fish" ? await askFish(script, lines) : await askTerminal(shell, script, lines);
  return shown.map((words) => [...new Set(words.map(plain))].filter(Boolean).sort());
}

async function askTerminal(
  shell: "bash" | "zsh",
  script: string,
  lines: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const { file, command, text } = SETTINGS[shell];
  const home = await folderWith({ ...FILES, script, [file]: text });
  const shown = await typed(home, command, lines);
  return lines.map((line, at) => {
    const before = wordsOf(line).length - 1;
    return wordsOf(shown[at] ?? "").slice(before);
  });
}

/** The whole line after each completion. The next line is typed once the one before was shown. */
async function typed(
  home: string,
  command: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    ZDOTDIR: home,
    TERM: "xterm",
    COLUMNS: "500",
  };
  const child = spawn("script", ["-qec", command, "/dev/null"], { cwd: home, env });
  const ended = once(child, "exit");
  let output = "";
  let sent = -1;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (marked(output).length <= sent + 1) return;
    sent += 1;
    const line = lines[sent];
    child.stdin.write(line === undefined ? "exit\r" : `${line}${INSERT_ALL}${SHOW}`);
  });
  await ended;
  return marked(output).slice(1);
}

function marked(output: string): readonly string[] {
  return [...output.matchAll(/<<(.*?)>>/g)].map(([, line]) => line ?? "");
}

async function askFish(
  script: string,
  lines: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const home = await folderWith({ ...FILES, script });
  const asked = lines.map((line) => `complete -C '${line}'; echo '<<>>'`);
  const program = `source ${join(home, "script")}\ncd ${join(home, "files")}\n${asked.join("\n")}`;
  const { stdout } = await promisify(execFile)("fish", ["--no-config", "-c", program], {
    env: { PATH: process.env["PATH"], HOME: home },
  });
  const answers = stdout.split("<<>>\n").slice(0, lines.length);
  return answers.map((answer) => answer.split("\n").map((line) => line.split("\t")[0] ?? ""));
}

function wordsOf(line: string): readonly string[] {
  return line.split(/(?<!\\) /);
}

/** The word without quotes, without what precedes its =, and without the = or / that a shell adds. */
function plain(word: string): string {
  return word.trim().replace(/\\ /g, " ").replace(/[=/]$/, "").replace(/^.*=/, "");
}
