/** Prints problems and failures for users of the command line. */
import { styleText } from "node:util";
import stringWidth from "string-width";
import type { Failure } from "../model/failure.ts";
import { capProblems, problemText, type Problem } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { findingSentence } from "../model/rule-words.ts";
import { plainText } from "./escape.ts";
import { paragraph } from "./text/style.ts";

/** `path:line:column: code: message`, one line. */
export function formatProblem(problem: Problem): string {
  const { place, code } = problem;
  // `rule: "few-admins": …` rather than `rule: rule "few-admins": …`
  const text =
    problem.code === "rule"
      ? `${JSON.stringify(problem.values.finding.rule)}: ${findingSentence(problem.values.finding)}`
      : problemText(problem);
  return `${placeText(place)}: ${code}: ${plainText(text)}`;
}

export interface ProblemTerminal {
  readonly width: number;
  readonly color: boolean;
  /** The line of a file that was read; null where there is none to show. */
  readonly lineAt: (place: Place) => string | null;
}

/**
 * A line for each problem, at most a hundred of each file. On a terminal it is folded and followed by the
 * line of the file, with a caret below what is wrong.
 */
export function formatProblems(
  problems: readonly Problem[],
  terminal: ProblemTerminal | null,
  level: "error" | "warning" = "error",
): string {
  const { shown, hidden } = capProblems(problems);
  const lines = shown.flatMap((problem) =>
    terminal === null
      ? [withLevel(formatProblem(problem), problem, level)]
      : onTerminal(problem, terminal, level),
  );
  for (const { path, count } of hidden) {
    lines.push(`${plainText(path)}: ${count} more problems in this file are not shown`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** `path:line:column: code: warning: message` */
function withLevel(text: string, { code }: Problem, level: "error" | "warning"): string {
  return level === "error" ? text : text.replace(`: ${code}: `, `: ${code}: warning: `);
}

function onTerminal(
  problem: Problem,
  { width, color, lineAt }: ProblemTerminal,
  level: "error" | "warning",
): readonly string[] {
  const { place, code } = problem;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const text = withLevel(formatProblem(problem), problem, level);
  const start = placeText(place);
  const [first = "", ...others] = paragraph(text, { indent: 0, width });
  const head = first.startsWith(`${start}: ${code}:`)
    ? `${paint("bold", start)}: ${paint(level === "error" ? "red" : "yellow", code)}${first.slice(start.length + 2 + code.length)}`
    : first;
  const source = lineAt(place);
  if (source === null || source.trim() === "") return [head, ...others];
  const { shown, caret } = excerpt(source, place.column - 1, width - 10);
  const number = String(place.line).padStart(5);
  return [
    head,
    ...others,
    `${paint("dim", `${number} |`)} ${shown}`,
    `${paint("dim", "      |")} ${paint(level === "error" ? "red" : "yellow", caret)}`,
  ];
}

/** As much of a line as fits, with carets below the word at an index. */
function excerpt(line: string, index: number, width: number): { shown: string; caret: string } {
  const from = index > width / 2 && line.length > width ? index - Math.floor(width / 2) : 0;
  const word = /^(?:"[^"]*"?|'[^']*'?|[[\]{}]|[^\s,:[\]{}]+)/.exec(line.slice(index))?.[0] ?? "";
  const before = (from > 0 ? "…" : "") + plainText(line.slice(from, index).replaceAll("\t", " "));
  const rest = plainText(line.slice(index).replaceAll("\t", " ").trimEnd());
  const room = Math.max(0, width - stringWidth(before));
  const shown =
    before + (stringWidth(rest) > room ? `${rest.slice(0, Math.max(0, room - 1))}…` : rest);
  const length = Math.max(1, Math.min(stringWidth(plainText(word)), room));
  return { shown, caret: " ".repeat(stringWidth(before)) + "^".repeat(length) };
}

function placeText({ path, line, column }: Place): string {
  return `${plainText(path)}:${line}:${column}`;
}

/** `error: …`, and `hint: …` on the next line where there is one. */
export function formatFailure({ message, hint }: Failure): string {
  const error = `error: ${plainText(message)}`;
  return hint === null ? error : `${error}\nhint: ${plainText(hint)}`;
}
