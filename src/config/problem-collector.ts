/** Collects the problems of all files: sorted, and each once, since many files may include the same one. */
import {
  compareProblems,
  messageOf,
  type Problem,
  problemAt,
  type Report,
} from "../model/problem.ts";

export interface ProblemCollector {
  readonly report: Report;
  readonly sorted: () => readonly Problem[];
}

export function collectProblems(): ProblemCollector {
  const problems = new Map<string, Problem>();
  return {
    report(place, code, values) {
      const problem = problemAt(place, code, values);
      const key = JSON.stringify([place.path, place.line, place.column, code, messageOf(problem)]);
      problems.set(key, problem);
    },
    sorted: () => [...problems.values()].sort(compareProblems),
  };
}
