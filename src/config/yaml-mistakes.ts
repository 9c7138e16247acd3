/**
 * The YAML package's syntax errors → the probable mistake and its place. The package reports where parsing stopped,
 * often lines after the mistake.
 */
import { Lexer, type YAMLParseError } from "yaml";
import type { Report } from "../model/problem.ts";
import type { SyntaxMistake } from "../model/problem-words.ts";
import type { PlaceOf } from "./yaml-document.ts";
import { SCALAR_FOLLOWS } from "./yaml-tokens.ts";

const MAX_ERRORS = 10;

interface Diagnosis {
  readonly offset: number;
  readonly mistake: SyntaxMistake;
}

/** After these errors the parser recovers; after others, further errors are consequences. */
const LOCAL: ReadonlySet<SyntaxMistake["kind"]> = new Set([
  "reserved-character",
  "escape",
  "colon-in-text",
  "missing-comma",
  "space-before-comment",
]);

/** True when there was one. */
export function reportSyntaxErrors(
  errors: readonly YAMLParseError[],
  text: string,
  placeOf: PlaceOf,
  report: Report,
): boolean {
  const lines = new Set<number>();
  const marker = errors.length > 0 ? /^(?:<{7}|={7}|>{7})(?= |\r?$)/m.exec(text) : null;
  if (marker !== null) {
    report(placeOf(marker.index), "yaml-syntax", { mistake: { kind: "conflict-marker" } });
    return true;
  }
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    if (lines.size === MAX_ERRORS) break;
    const { offset, mistake } = diagnose(error, text);
    const place = placeOf(offset);
    if (!lines.has(place.line)) report(place, "yaml-syntax", { mistake });
    lines.add(place.line);
    if (!LOCAL.has(mistake.kind)) break;
  }
  return errors.length > 0;
}

function diagnose(error: YAMLParseError, text: string): Diagnosis {
  const offset = error.pos[0];
  const found = lookCloser(error, text, offset);
  return found ?? { offset, mistake: { kind: "other", error: error.code } };
}

function lookCloser(
  { code: yamlCode, message }: YAMLParseError,
  text: string,
  offset: number,
): Diagnosis | null {
  const line = lineAt(text, offset);
  const rest = restOfLine(text, offset);
  const odd = /[\u00A0\u2000-\u200B\u202F\u205F\u3000]/.exec(line.text);
  if (odd !== null) {
    const code = `U+${odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    return { offset: line.start + odd.index, mistake: { kind: "odd-space", code } };
  }
  const here = (mistake: SyntaxMistake): Diagnosis => ({ offset, mistake });
  const code: string = yamlCode;
  switch (code) {
    case "TAB_AS_INDENT": {
      const tab = text.indexOf("\t", offset);
      return { offset: tab < 0 ? offset : tab, mistake: { kind: "tab" } };
    }
    case "BAD_SCALAR_START": {
      const word = inBrackets(text, offset) ? (/^[^,\]}]*/.exec(rest)?.[0] ?? rest) : rest;
      const character = text[offset] ?? "";
      return here({ kind: "reserved-character", character, text: word.trimEnd() });
    }
    case "BAD_DQ_ESCAPE":
      return here({ kind: "escape", escape: text.slice(offset, offset + 2) });
    case "MULTILINE_IMPLICIT_KEY":
      return misplacedEntry(text, line) ?? spaceOrColon(line) ?? null;
    case "BLOCK_AS_IMPLICIT_KEY":
      // The error stands before a dash: it is the entry that is not aligned.
      if (/^ *- /.test(rest)) return misplacedEntry(text, line);
      if (/: |:$/.test(rest))
        return spaceAfterDash(line) ?? here({ kind: "colon-in-text", text: rest });
      return (
        misplacedEntry(text, line) ??
        spaceAfterDash(line) ??
        misplacedKey(text, nextLine(text, line))
      );
    case "BLOCK_IN_FLOW": {
      const next = /\s([A-Za-z_][\w-]*:)(?:\s|$)/.exec(rest);
      if (next?.[1] === undefined) return null;
      return {
        offset: offset + next.index + 1,
        mistake: { kind: "missing-comma", before: next[1] },
      };
    }
    case "BAD_INDENT":
      return / end with a /.test(message)
        ? wrongBracket(text, offset)
        : (misplacedEntry(text, line) ?? misplacedKey(text, line));
    case "MISSING_CHAR":
      if (message.startsWith("Missing closing")) return unclosedQuote(text, offset);
      if (message.startsWith("Sequence item")) return misplacedKey(text, line);
      if (message.startsWith("Missing , ")) {
        return here({ kind: "missing-comma", before: /^[^\s,\]}]*/.exec(rest)?.[0] ?? rest });
      }
      if (message.startsWith("Comments must")) return here({ kind: "space-before-comment" });
      return message.startsWith("Implicit map keys") ? spaceOrColon(line) : null;
    case "UNEXPECTED_TOKEN":
      return /^[\]}]/.test(rest) ? wrongBracket(text, offset) : null;
    default:
      return null;
  }
}

interface Line {
  /** Its offset in the text. */
  readonly start: number;
  readonly text: string;
}

function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return { start, text: restOfLine(text, start) };
}

function restOfLine(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(offset, end < 0 ? text.length : end).trimEnd();
}

/** The next line that is not blank; the same where there is none. */
function nextLine(text: string, line: Line): Line {
  const next = /\n[ \t]*(?=[^\s])/g;
  next.lastIndex = line.start + line.text.length;
  const found = next.exec(text);
  return found === null ? line : lineAt(text, found.index + found[0].length);
}

/** What a line has after its indentation and dashes, and in which column (from 1). */
function contentOf(line: Line): { readonly column: number; readonly content: string } {
  const indent = /^[ ]*(?:- +)*/.exec(line.text)?.[0].length ?? 0;
  return { column: indent + 1, content: line.text.slice(indent) };
}

/** `key:value`, `-text`, or a key that lacks its colon. */
function spaceOrColon(line: Line): Diagnosis | null {
  const { column, content } = contentOf(line);
  const offset = line.start + column - 1;
  const pair = /^([A-Za-z_][\w-]*):(\S.*)$/.exec(content);
  if (pair?.[1] !== undefined && pair[2] !== undefined) {
    const mistake = { kind: "space-after-colon", key: pair[1], value: pair[2] } as const;
    return { offset: offset + pair[1].length, mistake };
  }
  const dash = spaceAfterDash(line);
  if (dash !== null) return dash;
  const key = /^[A-Za-z_][\w-]*/.exec(content)?.[0];
  if (key === undefined) return null;
  return { offset, mistake: { kind: "missing-colon", key } };
}

function spaceAfterDash(line: Line): Diagnosis | null {
  const { column, content } = contentOf(line);
  if (!/^-[^\s-]/.test(content)) return null;
  const mistake = { kind: "space-after-dash", text: content.slice(1) } as const;
  return { offset: line.start + column - 1, mistake };
}

/** The largest indentation difference that counts as a slip. */
const NEARLY = 3;

/** A key that is not in the column of those before it. */
function misplacedKey(text: string, line: Line): Diagnosis | null {
  if (!/^ *[\w"'-][^:]*:(?: |$)/.test(line.text) || /^ *- /.test(line.text)) return null;
  return misplaced(text, line, "key", (other) => contentOf(other).column);
}

/** A list entry whose dash is not in the column of those before it. */
function misplacedEntry(text: string, line: Line): Diagnosis | null {
  if (!/^ *- /.test(line.text)) return null;
  return misplaced(text, line, "entry", (other) =>
    /^ *- /.test(other.text) ? other.text.indexOf("-") + 1 : null,
  );
}

function misplaced(
  text: string,
  line: Line,
  what: "key" | "entry",
  columnOf: (line: Line) => number | null,
): Diagnosis | null {
  const column = line.text.search(/\S/) + 1;
  for (let other = line, searched = 0; other.start > 0 && searched < 1_000; searched += 1) {
    other = lineAt(text, other.start - 1);
    if (/^\s*(?:#|$)/.test(other.text)) continue;
    const expected = columnOf(other);
    if (expected === column) return null;
    if (expected === null || Math.abs(expected - column) > NEARLY) continue;
    const number = text.slice(0, other.start).split("\n").length;
    const mistake = { kind: "misaligned", what, column, expected, line: number } as const;
    return { offset: line.start + column - 1, mistake };
  }
  return null;
}

interface Lexeme {
  readonly offset: number;
  readonly source: string;
}

/** Lexer tokens that are not in the text: document start, early end of brackets, scalar marker. */
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", SCALAR_FOLLOWS]);

/** Brackets and quoted texts that begin before an offset. */
function* lexemesBefore(text: string, end: number): Generator<Lexeme> {
  let offset = 0;
  let isScalar = false;
  for (const source of new Lexer().lex(text)) {
    if (offset >= end) return;
    if (!isScalar && /^(?:[[\]{}]$|["'])/.test(source)) yield { offset, source };
    isScalar = source === SCALAR_FOLLOWS;
    if (!MARKS.has(source)) offset += source.length;
  }
}

function unclosedQuote(text: string, end: number): Diagnosis | null {
  let last: Lexeme | null = null;
  for (const lexeme of lexemesBefore(text, end)) if (/^["']/.test(lexeme.source)) last = lexeme;
  const character = last?.source[0];
  if (last === null || character === undefined) return null;
  return { offset: last.offset, mistake: { kind: "unclosed", what: "quote", character } };
}

/** The brackets that are open at an offset. */
function openBrackets(text: string, end: number): readonly Lexeme[] {
  const open: Lexeme[] = [];
  for (const lexeme of lexemesBefore(text, end)) {
    if (lexeme.source === "[" || lexeme.source === "{") open.push(lexeme);
    else if (lexeme.source === "]" || lexeme.source === "}") open.pop();
  }
  return open;
}

function inBrackets(text: string, offset: number): boolean {
  return openBrackets(text, offset).length > 0;
}

/** A bracket that closes nothing, or the one that was not closed. */
function wrongBracket(text: string, offset: number): Diagnosis | null {
  const open = openBrackets(text, offset);
  const character = text[offset] ?? "";
  const opening = character === "]" ? "[" : character === "}" ? "{" : null;
  if (opening !== null && !open.some(({ source }) => source === opening)) {
    return { offset, mistake: { kind: "extra-bracket", character } };
  }
  const last = open.at(-1);
  if (last === undefined) return null;
  return {
    offset: last.offset,
    mistake: { kind: "unclosed", what: "bracket", character: last.source },
  };
}
