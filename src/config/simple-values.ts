/**
 * Values of simple YAML that stand on one line: text with and without quotes, whole numbers, and
 * `[lists]` and `{ maps }` of them. Whatever is not plainly one of these is `NotSimple`.
 */
import type { SimpleNode } from "./simple-places.ts";

/** The text must be read by the reader that knows all of YAML; it may well be right. */
export class NotSimple extends Error {}

/** Where plain text cannot begin with an indicator, nor with what looks like one. */
const PLAIN_START = /^[A-Za-z0-9_./+$(\u00A1-\uFEFE\uFF00-\uFFFD]/;

/** With the spaces after its colon. Keys are text, whatever they look like. */
const KEY =
  /(?:[A-Za-z0-9_\u00A1-\uFEFE\uFF00-\uFFFD](?:[A-Za-z0-9_./@+\- \u00A1-\uFEFE\uFF00-\uFFFD]*[A-Za-z0-9_./@+\-\u00A1-\uFEFE\uFF00-\uFFFD])?|"[^"\\]*"|'[^']*'):(?: +|$)/y;

const QUOTED = /"[^"\\]*"|'(?:[^']|'')*'/y;
const UP_TO_INDICATOR = /[^,[\]{}]*/y;
const SPACES = / */y;
const NOTHING_MORE = /(?: +#[^]*)?$/y;

/** What the core schema reads as a whole number, in its most usual form. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;

/** What the core schema reads as something else than text, or nearly so. */
const PERHAPS_NOT_TEXT =
  /^(?:null|true|false|[-+]?(?:0[ox][\da-f]*|\.inf|\.nan|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))$/i;

/** Longer ones are not keys but a mistake. */
const LONGEST_KEY = 1_000;
const DEEPEST = 8;

export interface SimpleKey {
  readonly name: string;
  /** Of the key with its colon and the spaces after it. */
  readonly length: number;
}

/** The key that a line, or a map within one, goes on with at this index; null when there is none. */
export function keyAt(line: string, index: number): SimpleKey | null {
  const matched = matchAt(KEY, line, index);
  if (matched === null) return null;
  const colon = matched.lastIndexOf(":");
  const quoted = matched.startsWith('"') || matched.startsWith("'");
  const name = quoted ? matched.slice(1, colon - 1) : matched.slice(0, colon);
  if (name === "__proto__" || name.length > LONGEST_KEY) throw new NotSimple();
  return { name, length: matched.length };
}

/** The value that is all that is left of a line, but for a comment. `offset` is where the line begins in the text. */
export function valueOf(line: string, offset: number): SimpleNode {
  const first = line[0];
  if (first !== "[" && first !== "{" && first !== '"' && first !== "'") {
    const comment = line.indexOf(" #");
    return plain(comment < 0 ? line : line.slice(0, comment), offset);
  }
  const scanner = new Scanner(line, offset);
  const value = scanner.value(DEEPEST);
  scanner.end();
  return value;
}

function plain(text: string, at: number): SimpleNode {
  const source = withoutSpacesAtEnd(text);
  const odd = source.includes(": ") || source.includes(" #") || source.endsWith(":");
  if (odd || !PLAIN_START.test(source)) throw new NotSimple();
  if (NUMBER.test(source)) return { value: Number(source), at, keyAt: null, parts: null };
  if (PERHAPS_NOT_TEXT.test(source)) throw new NotSimple();
  return { value: source, at, keyAt: null, parts: null };
}

/** By hand: a regular expression takes quadratic time, and trimEnd takes other spaces too. */
function withoutSpacesAtEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

class Scanner {
  readonly #line: string;
  readonly #offset: number;
  #index = 0;

  constructor(line: string, offset: number) {
    this.#line = line;
    this.#offset = offset;
  }

  value(deeper: number): SimpleNode {
    if (deeper === 0) throw new NotSimple();
    const at = this.#at();
    const first = this.#line[this.#index];
    if (first === "[") return this.#list(at, deeper);
    if (first === "{") return this.#map(at, deeper);
    if (first === '"' || first === "'") return this.#quoted(at);
    return plain(this.#take(UP_TO_INDICATOR), at);
  }

  /** Nothing but a comment may follow. */
  end(): void {
    this.#take(NOTHING_MORE);
  }

  #quoted(at: number): SimpleNode {
    const source = this.#take(QUOTED);
    const inner = source.slice(1, -1);
    const value = source.startsWith("'") ? inner.replaceAll("''", "'") : inner;
    return { value, at, keyAt: null, parts: null };
  }

  #list(at: number, deeper: number): SimpleNode {
    const parts: SimpleNode[] = [];
    if (!this.#opens("]")) {
      do parts.push(this.value(deeper - 1));
      while (this.#goesOn("]"));
    }
    return { value: parts.map(({ value }) => value), at, keyAt: null, parts };
  }

  #map(at: number, deeper: number): SimpleNode {
    const value: Record<string, unknown> = {};
    const parts: Record<string, SimpleNode> = {};
    if (!this.#opens("}")) {
      do {
        const keyAt = this.#at();
        const name = this.#key();
        if (Object.hasOwn(value, name)) throw new NotSimple();
        const part = { ...this.value(deeper - 1), keyAt };
        parts[name] = part;
        value[name] = part.value;
      } while (this.#goesOn("}"));
    }
    return { value, at, keyAt: null, parts };
  }

  #key(): string {
    const key = keyAt(this.#line, this.#index);
    if (key === null) throw new NotSimple();
    this.#index += key.length;
    return key.name;
  }

  /** After the opening bracket: true when it is closed at once. */
  #opens(close: string): boolean {
    this.#index += 1;
    this.#take(SPACES);
    if (this.#line[this.#index] !== close) return false;
    this.#index += 1;
    return true;
  }

  /** After an entry: true before another one, false when the bracket is closed. */
  #goesOn(close: string): boolean {
    this.#take(SPACES);
    const next = this.#line[this.#index];
    this.#index += 1;
    if (next === close) return false;
    if (next !== ",") throw new NotSimple();
    this.#take(SPACES);
    return true;
  }

  #take(pattern: RegExp): string {
    const taken = matchAt(pattern, this.#line, this.#index);
    if (taken === null) throw new NotSimple();
    this.#index += taken.length;
    return taken;
  }

  #at(): number {
    return this.#offset + this.#index;
  }
}

function matchAt(sticky: RegExp, line: string, index: number): string | null {
  sticky.lastIndex = index;
  return sticky.exec(line)?.[0] ?? null;
}
