/** What is wrong with the files, as data: a place, a code and its values. `problem-words.ts` words each code. */
import { comparePlaces, compareText, formatPlace, type Place } from "./place.ts";
import { problemWords, quote } from "./problem-words.ts";
import { counted } from "./text.ts";

/** Stable, kebab-case, e.g. `unknown-group`. Tests assert it. */
export type ProblemCode = keyof typeof problemWords;

/** What the words of each code need to know. */
export type ProblemValues = {
  [Code in ProblemCode]: Parameters<(typeof problemWords)[Code]>[0];
};

interface ProblemOf<Code extends ProblemCode> {
  readonly place: Place;
  readonly code: Code;
  readonly values: ProblemValues[Code];
}

export type Problem = { [Code in ProblemCode]: ProblemOf<Code> }[ProblemCode];

export type Report = <Code extends ProblemCode>(
  place: Place,
  code: Code,
  values: ProblemValues[Code],
) => void;

const wordings: { readonly [Code in ProblemCode]: (values: ProblemValues[Code]) => string } =
  problemWords;

export function problemAt<Code extends ProblemCode>(
  place: Place,
  code: Code,
  values: ProblemValues[Code],
): Problem {
  // A generic code and its values are one of the union; the compiler does not see that.
  return { place, code, values } as Problem;
}

/** What is wrong, and what to do: one line. */
export function problemText<Code extends ProblemCode>({
  code,
  values,
}: Pick<ProblemOf<Code>, "code" | "values">): string {
  return wordings[code](values);
}

/** `key`: what has the date, such as `expires`. */
export function reportDay(key: string, day: string, place: Place, report: Report): void {
  const values = { subject: key, what: "a date that exists", found: quote(day) };
  report(place, "bad-date", { ...values, hint: "correct it" });
}

/** How many there are, and the first: one line for where the whole list does not fit. */
export function summarizeProblems(problems: readonly Problem[]): string {
  const [first] = problems;
  const count = counted(problems.length, "problem");
  if (first === undefined) return count;
  return `${count}${problems.length === 1 ? "" : ", the first"}: ${formatPlace(first.place)}: ${problemText(first)}`;
}

/** Order of the files, then of the places in them, then of the codes. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    comparePlaces(a.place, b.place) ||
    compareText(a.code, b.code) ||
    compareText(problemText(a), problemText(b))
  );
}

/** More than these of one file are one mistake repeated: the rest is counted. */
const SHOWN_PER_FILE = 100;

/** The problems that are worth printing, and how many there are of each file beyond them. */
export function capProblems(sorted: readonly Problem[]): {
  readonly shown: readonly Problem[];
  readonly hidden: readonly { readonly path: string; readonly count: number }[];
} {
  const counts = new Map<string, number>();
  const shown = sorted.filter(({ place }) => {
    const count = (counts.get(place.path) ?? 0) + 1;
    counts.set(place.path, count);
    return count <= SHOWN_PER_FILE;
  });
  const hidden = [...counts].flatMap(([path, count]) =>
    count > SHOWN_PER_FILE ? [{ path, count: count - SHOWN_PER_FILE }] : [],
  );
  return { shown, hidden };
}

/** Collects the problems of all files. */
interface ProblemCollector {
  readonly report: Report;
  readonly sorted: () => readonly Problem[];
}

/** Each problem once, since many files may include the same one. */
export function collectProblems(): ProblemCollector {
  const problems = new Map<string, Problem>();
  return {
    report(place, code, values) {
      const problem = problemAt(place, code, values);
      const key = JSON.stringify([
        place.path,
        place.line,
        place.column,
        code,
        problemText(problem),
      ]);
      problems.set(key, problem);
    },
    sorted: () => [...problems.values()].sort(compareProblems),
  };
}
