/** How the values of flags are read: numbers, dates, limits, shards and outputs. */
import { InvalidArgumentError } from "commander";
import { type Limit, parseLimit } from "../model/desired.ts";
import { type Day, isDay } from "../model/days.ts";
import { Failure } from "../model/failure.ts";

export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `--output FORMAT[=FILE]`; a null file is stdout. */
export interface OutputTarget {
  readonly format: string;
  readonly file: string | null;
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

export function positive(text: string): number {
  const number = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError("Expected a number greater than 0.");
}

const LONGEST_TIMEOUT = 86_400;

export function seconds(text: string): number {
  const number = positive(text);
  if (number <= LONGEST_TIMEOUT) return number;
  throw new InvalidArgumentError(`Expected at most ${LONGEST_TIMEOUT} seconds (one day).`);
}

export function day(text: string): Day {
  if (isDay(text)) return text;
  throw new InvalidArgumentError("Expected a date such as 2026-12-31.");
}

export function limit(text: string): Limit {
  const parsed = parseLimit(text);
  if (parsed !== null) return parsed;
  throw new InvalidArgumentError("Expected a number such as 12, or a percentage such as 25%.");
}

export function shard(text: string): Shard {
  const [, index = "", count = ""] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const value = { index: Number(index), count: Number(count) };
  if (value.index >= 1 && value.index <= value.count) return value;
  throw new InvalidArgumentError("Expected K/N with K from 1 to N, such as 2/3.");
}

/** For commands about one organization. Throws `Failure`. */
export function onlyOrganization(command: string, names: readonly string[]): string | null {
  if (names.length > 1) throw new Failure(`${command} takes one --organization`);
  return names[0] ?? null;
}

/** Other names of standard output. Opening one would truncate a file that stdout is redirected to. */
const STDOUT: ReadonlySet<string> = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

export function outputTarget(
  formats: readonly string[],
): (text: string, previous: readonly OutputTarget[]) => readonly OutputTarget[] {
  return (text, previous) => {
    const at = text.indexOf("=");
    const file = at < 0 ? null : text.slice(at + 1);
    const target = {
      format: at < 0 ? text : text.slice(0, at),
      file: file === null || STDOUT.has(file) ? null : file,
    };
    if (!formats.includes(target.format)) {
      throw new InvalidArgumentError(`Expected one of ${formats.join(", ")}.`);
    }
    if (target.file === "") throw new InvalidArgumentError("The file name after = is missing.");
    const sameFile = previous.find(({ file }) => file !== null && file === target.file);
    if (sameFile !== undefined) {
      throw new InvalidArgumentError(
        `${sameFile.format} is already written to ${sameFile.file}: use a different file for each format.`,
      );
    }
    const toStdout = previous.find(({ file }) => file === null);
    if (target.file === null && toStdout !== undefined) {
      throw new InvalidArgumentError(
        `Only one format can be written to stdout (${toStdout.format} is): write the other to a file, ${target.format}=FILE.`,
      );
    }
    return [...previous, target];
  };
}
