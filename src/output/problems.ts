/** The one place that words problems and failures for people. */
import type { Failure } from "../model/failure.ts";
import { messageOf, type Problem } from "../model/problem.ts";
import { plainText } from "./escape.ts";

/** `path:line:column: code: message`, one line. */
export function formatProblem(problem: Problem): string {
  const { place, code } = problem;
  const where = `${plainText(place.path)}:${place.line}:${place.column}`;
  return `${where}: ${plainText(code)}: ${plainText(messageOf(problem))}`;
}

/** `error: …`, and `hint: …` on the next line where there is one. */
export function formatFailure({ message, hint }: Failure): string {
  const error = `error: ${plainText(message)}`;
  return hint === null ? error : `${error}\nhint: ${plainText(hint)}`;
}
