/**
 * Reads the simple YAML of most users files many times faster than a full YAML reader: maps and lists by
 * indentation, one-line values, comments. It returns exactly what `yaml.ts` returns, or gives up on anything
 * unusual, wrong or ambiguous, which `yaml.ts` then reads. A differential test compares the two.
 */
import { type Path, placesIn, type YamlDocument } from "./yaml-document.ts";

/** The full reader refuses ten million tokens; a line or a value has no more than five. */
const MAX_LINES_AND_VALUES = 2_000_000;

/** Levels of maps and lists, and of those in brackets. The format itself needs five. */
const MAX_DEPTH = 16;
const MAX_FLOW_DEPTH = 8;
const MAX_KEY_LENGTH = 1_000;

/** Thrown to give up. */
class NotSimple extends Error {}

/** A value with its parts in the same form: a list's by index, a map's by key; null for a scalar. */
interface Node {
  readonly value: unknown;
  /** Offset in the text. */
  readonly at: number;
  /** Offset of its key; null where it has none. */
  readonly keyAt: number | null;
  readonly parts: readonly Node[] | Readonly<Record<string, Node>> | null;
}

/** Null if the text is not simple. Expects text from `decodeText`: no control characters, no lone `\r`. */
export function readFastYaml(path: string, text: string): YamlDocument | null {
  if (/[\t\uFEFF]/.test(text)) return null;
  try {
    return yamlDocument(path, text, new BlockReader(text).document());
  } catch (error) {
    if (error instanceof NotSimple) return null;
    throw error;
  }
}

function yamlDocument(path: string, text: string, root: Node): YamlDocument {
  const placeOf = placesIn(path, text);
  const find = (path: Path): Node => {
    let found = root;
    for (const step of path) {
      const next = partAt(found.parts, step);
      if (next === null) break;
      found = next;
    }
    return found;
  };
  return {
    value: root.value,
    locate: (path) => placeOf(find(path).at),
    locateKey: (path) => {
      const { at, keyAt } = find(path);
      return placeOf(keyAt ?? at);
    },
    written: (path) => {
      const { value, parts } = find(path);
      return parts === null ? String(value) : null;
    },
    refused: [],
  };
}

function partAt(parts: Node["parts"], step: string | number): Node | null {
  if (parts === null) return null;
  if (isList(parts)) return parts[Number(step)] ?? null;
  return Object.hasOwn(parts, step) ? (parts[step] ?? null) : null;
}

function isList(parts: NonNullable<Node["parts"]>): parts is readonly Node[] {
  return Array.isArray(parts);
}

/** The lines of a text that are neither blank nor a comment, one after the other. */
class LineReader {
  count = 0;
  ended = false;
  /** Column (from 0) and offset of the first character that is left of the line. */
  column = 0;
  offset = 0;
  /** What is left of the line, without trailing spaces; it may end with a comment. */
  rest = "";
  readonly #text: string;
  #nextLine = 0;

  constructor(text: string) {
    this.#text = text;
    this.next();
  }

  next(): void {
    const text = this.#text;
    while (this.#nextLine < text.length) {
      const start = this.#nextLine;
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      this.#nextLine = end + 1;
      this.count += 1;
      let first = start;
      while (first < end && text.charCodeAt(first) === 0x20) first += 1;
      let last = text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
      while (last > first && text.charCodeAt(last - 1) === 0x20) last -= 1;
      if (first >= last || text.charCodeAt(first) === 0x23) continue;
      this.column = first - start;
      this.offset = first;
      this.rest = text.slice(first, last);
      return;
    }
    this.ended = true;
    this.column = -1;
    this.rest = "";
  }

  skip(characters: number): void {
    this.column += characters;
    this.offset += characters;
    this.rest = this.rest.slice(characters);
  }
}

const DASH = /^- +/;

/** Maps and lists by their indentation. */
class BlockReader {
  readonly #lines: LineReader;
  #values = 0;

  constructor(text: string) {
    this.#lines = new LineReader(text);
  }

  document(): Node {
    const lines = this.#lines;
    if (/^---(?: +#[^]*)?$/.test(lines.rest) && lines.column === 0) lines.next();
    if (lines.column !== 0) throw new NotSimple();
    const root = this.#block(MAX_DEPTH);
    if (!lines.ended) throw new NotSimple();
    return root;
  }

  /** A list or a map whose first entry is what is left of the line. */
  #block(depth: number): Node {
    this.#count(1);
    if (depth <= 0) throw new NotSimple();
    return DASH.test(this.#lines.rest) ? this.#list(depth) : this.#map(depth);
  }

  #list(depth: number): Node {
    const lines = this.#lines;
    const { column, offset } = lines;
    const parts: Node[] = [];
    while (lines.column === column && DASH.test(lines.rest)) {
      lines.skip(DASH.exec(lines.rest)?.[0].length ?? 0);
      parts.push(keyAt(lines.rest, 0) === null ? this.#lineValue() : this.#map(depth - 1));
    }
    return { value: parts.map(({ value }) => value), at: offset, keyAt: null, parts };
  }

  #map(depth: number): Node {
    const lines = this.#lines;
    const { column, offset } = lines;
    const value: Record<string, unknown> = {};
    const parts: Record<string, Node> = {};
    while (lines.column === column) {
      const key = keyAt(lines.rest, 0);
      if (key === null || Object.hasOwn(value, key.name)) throw new NotSimple();
      const keyOffset = lines.offset;
      lines.skip(key.length);
      const part = { ...this.#mapValue(column, depth), keyAt: keyOffset };
      parts[key.name] = part;
      value[key.name] = part.value;
    }
    return { value, at: offset, keyAt: null, parts };
  }

  /** On the key's line, or on the next ones: deeper than the key, or a list right below it. */
  #mapValue(keyColumn: number, depth: number): Node {
    const lines = this.#lines;
    if (lines.rest !== "" && !lines.rest.startsWith("#")) return this.#lineValue();
    lines.next();
    const isBelow =
      lines.column > keyColumn || (lines.column === keyColumn && DASH.test(lines.rest));
    if (!isBelow) throw new NotSimple();
    return this.#block(depth - 1);
  }

  #lineValue(): Node {
    const value = lineValue(this.#lines.rest, this.#lines.offset);
    this.#count(sizeOf(value));
    this.#lines.next();
    return value;
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values + this.#lines.count > MAX_LINES_AND_VALUES) throw new NotSimple();
  }
}

/** How many values there are in a value, itself and the keys of maps included. */
function sizeOf({ parts, keyAt }: Node): number {
  const own = keyAt === null ? 1 : 2;
  return parts === null ? own : Object.values(parts).reduce((sum, part) => sum + sizeOf(part), own);
}

/** Plain text cannot begin with an indicator, nor with what looks like one. */
const PLAIN_START = /^[A-Za-z0-9_./+$(\u00A1-\uFEFE\uFF00-\uFFFD]/;

/** With its colon and the spaces after it. Keys are text, whatever they look like. */
const KEY =
  /(?:[A-Za-z0-9_\u00A1-\uFEFE\uFF00-\uFFFD](?:[A-Za-z0-9_./@+\- \u00A1-\uFEFE\uFF00-\uFFFD]*[A-Za-z0-9_./@+\-\u00A1-\uFEFE\uFF00-\uFFFD])?|"[^"\\]*"|'[^']*'):(?: +|$)/y;

const QUOTED = /"[^"\\]*"|'(?:[^']|'')*'/y;
const UP_TO_INDICATOR = /[^,[\]{}]*/y;
const SPACES = / */y;
const END_OF_LINE = /(?: +#[^]*)?$/y;

/** What the core schema reads as a whole number, in its usual form. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;

/** What the core schema reads as something else than text, or nearly so. */
const PERHAPS_NOT_TEXT =
  /^(?:null|true|false|[-+]?(?:0[ox][\da-f]*|\.inf|\.nan|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))$/i;

/** The key at this index; null when there is none. */
function keyAt(
  line: string,
  index: number,
): { readonly name: string; readonly length: number } | null {
  const matched = matchAt(KEY, line, index);
  if (matched === null) return null;
  const colon = matched.lastIndexOf(":");
  const name = /^["']/.test(matched) ? matched.slice(1, colon - 1) : matched.slice(0, colon);
  if (name === "__proto__" || name.length > MAX_KEY_LENGTH) throw new NotSimple();
  return { name, length: matched.length };
}

/** The value that is all that is left of a line, but for a comment. `offset` is where the line begins in the text. */
function lineValue(line: string, offset: number): Node {
  if (!/^[[{"']/.test(line)) {
    const comment = line.indexOf(" #");
    return plain(comment < 0 ? line : line.slice(0, comment), offset);
  }
  const reader = new FlowReader(line, offset);
  const value = reader.value(MAX_FLOW_DEPTH);
  reader.end();
  return value;
}

function plain(text: string, at: number): Node {
  // A regular expression takes quadratic time, and trimEnd removes other spaces too.
  let end = text.length;
  while (text[end - 1] === " ") end -= 1;
  const source = end === text.length ? text : text.slice(0, end);
  const odd = source.includes(": ") || source.includes(" #") || source.endsWith(":");
  if (odd || !PLAIN_START.test(source)) throw new NotSimple();
  if (NUMBER.test(source)) return { value: Number(source), at, keyAt: null, parts: null };
  if (source === "true" || source === "false") {
    return { value: source === "true", at, keyAt: null, parts: null };
  }
  if (PERHAPS_NOT_TEXT.test(source)) throw new NotSimple();
  return { value: source, at, keyAt: null, parts: null };
}

/** Quoted text, `[lists]` and `{ maps }` on one line. */
class FlowReader {
  readonly #line: string;
  readonly #offset: number;
  #index = 0;

  constructor(line: string, offset: number) {
    this.#line = line;
    this.#offset = offset;
  }

  value(depth: number): Node {
    if (depth === 0) throw new NotSimple();
    const at = this.#offset + this.#index;
    const first = this.#line[this.#index];
    if (first === "[") return this.#list(at, depth);
    if (first === "{") return this.#map(at, depth);
    if (first !== '"' && first !== "'") return plain(this.#take(UP_TO_INDICATOR), at);
    const inner = this.#take(QUOTED).slice(1, -1);
    return {
      value: first === "'" ? inner.replaceAll("''", "'") : inner,
      at,
      keyAt: null,
      parts: null,
    };
  }

  /** Nothing but a comment may follow. */
  end(): void {
    this.#take(END_OF_LINE);
  }

  #list(at: number, depth: number): Node {
    const parts: Node[] = [];
    if (!this.#opens("]")) {
      do parts.push(this.value(depth - 1));
      while (this.#continues("]"));
    }
    return { value: parts.map(({ value }) => value), at, keyAt: null, parts };
  }

  #map(at: number, depth: number): Node {
    const value: Record<string, unknown> = {};
    const parts: Record<string, Node> = {};
    if (!this.#opens("}")) {
      do {
        const offset = this.#offset + this.#index;
        const key = keyAt(this.#line, this.#index);
        if (key === null || Object.hasOwn(value, key.name)) throw new NotSimple();
        this.#index += key.length;
        const part = { ...this.value(depth - 1), keyAt: offset };
        parts[key.name] = part;
        value[key.name] = part.value;
      } while (this.#continues("}"));
    }
    return { value, at, keyAt: null, parts };
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
  #continues(close: string): boolean {
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
}

function matchAt(sticky: RegExp, line: string, index: number): string | null {
  sticky.lastIndex = index;
  return sticky.exec(line)?.[0] ?? null;
}
