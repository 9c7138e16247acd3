/** A unified diff of one person's roles, one role a line (`--diff`). */
import { formatPatch, OMIT_HEADERS, structuredPatch } from "diff";
import type { Entry } from "../entries.ts";
import { plainText } from "../escape.ts";
import type { Paint } from "./paint.ts";

const INDENT = " ".repeat(12);

/** Without file headers: the entry's own line names the person. */
export function rolesDiff(entry: Entry, paint: Paint): readonly string[] {
  const patch = structuredPatch("", "", lines(entry.before), lines(entry.after), "", "", {
    context: Number.POSITIVE_INFINITY,
  });
  return formatPatch(patch, OMIT_HEADERS)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => INDENT + coloured(line, paint));
}

function lines(roles: readonly string[] | null): string {
  return (roles ?? []).map((name) => `${plainText(name)}\n`).join("");
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith("@@")) return paint.faint(line);
  if (line.startsWith("+")) return paint.good(line);
  return line.startsWith("-") ? paint.bad(line) : line;
}
