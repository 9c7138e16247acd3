/**
 * Reads the simple YAML that users files are written in, many times faster than a reader that knows all
 * of YAML: maps and lists by indentation, a value a line, and comments. It gives exactly what the checked
 * way (`yaml.ts`) gives, or gives up: what is unusual, wrong or might be either is read there, and a
 * differential test holds the two together.
 */
import type { Reading } from "./reading.ts";
import { Lines } from "./simple-lines.ts";
import { readingOf, type SimpleNode } from "./simple-places.ts";
import { keyAt, NotSimple, valueOf } from "./simple-values.ts";

/** The checked way refuses ten million lexemes (`tokens.ts`): a line or a value has no more than five. */
const MOST_LINES_AND_VALUES = 2_000_000;

/** Levels of maps and lists. The format itself needs five. */
const DEEPEST = 16;

/** `- `, with all the spaces. */
const DASH = /^- +/;

/** Null when the text is not simple. It has come through `textOf`: no control characters, no lone `\r`. */
export function readSimpleYaml(path: string, text: string): Reading | null {
  if (/[\t\uFEFF]/.test(text)) return null;
  try {
    return readingOf(path, text, new Blocks(text).document());
  } catch (error) {
    if (error instanceof NotSimple) return null;
    throw error;
  }
}

class Blocks {
  readonly #lines: Lines;
  #values = 0;

  constructor(text: string) {
    this.#lines = new Lines(text);
  }

  document(): SimpleNode {
    const lines = this.#lines;
    if (/^---(?: +#[^]*)?$/.test(lines.rest) && lines.column === 0) lines.next();
    if (lines.column !== 0) throw new NotSimple();
    const root = this.#block(DEEPEST);
    if (!lines.ended) throw new NotSimple();
    return root;
  }

  /** A list or a map whose first entry is what is left of the line. */
  #block(deeper: number): SimpleNode {
    this.#count(1);
    if (deeper <= 0) throw new NotSimple();
    return this.#atItem() ? this.#list(deeper) : this.#map(deeper);
  }

  #list(deeper: number): SimpleNode {
    const lines = this.#lines;
    const { column, offset } = lines;
    const parts: SimpleNode[] = [];
    while (lines.column === column && this.#atItem()) {
      lines.skip(DASH.exec(lines.rest)?.[0].length ?? 0);
      parts.push(keyAt(lines.rest, 0) === null ? this.#lineValue() : this.#map(deeper - 1));
    }
    return { value: parts.map(({ value }) => value), at: offset, keyAt: null, parts };
  }

  #map(deeper: number): SimpleNode {
    const lines = this.#lines;
    const { column, offset } = lines;
    const value: Record<string, unknown> = {};
    const parts: Record<string, SimpleNode> = {};
    while (lines.column === column) {
      const key = keyAt(lines.rest, 0);
      if (key === null || Object.hasOwn(value, key.name)) throw new NotSimple();
      const keyOffset = lines.offset;
      lines.skip(key.length);
      const part = { ...this.#mapValue(column, deeper), keyAt: keyOffset };
      parts[key.name] = part;
      value[key.name] = part.value;
    }
    return { value, at: offset, keyAt: null, parts };
  }

  /** On the key's line, or on the next ones: deeper than the key, or a list right below it. */
  #mapValue(keyColumn: number, deeper: number): SimpleNode {
    const lines = this.#lines;
    if (lines.rest !== "" && !lines.rest.startsWith("#")) return this.#lineValue();
    lines.next();
    const isBelow = lines.column > keyColumn || (lines.column === keyColumn && this.#atItem());
    if (!isBelow) throw new NotSimple();
    return this.#block(deeper - 1);
  }

  #lineValue(): SimpleNode {
    const value = valueOf(this.#lines.rest, this.#lines.offset);
    this.#count(sizeOf(value));
    this.#lines.next();
    return value;
  }

  #atItem(): boolean {
    return DASH.test(this.#lines.rest);
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values + this.#lines.count > MOST_LINES_AND_VALUES) throw new NotSimple();
  }
}

/** How many values there are in a value, itself and the keys of maps included. */
function sizeOf({ parts, keyAt }: SimpleNode): number {
  const own = keyAt === null ? 1 : 2;
  return parts === null ? own : Object.values(parts).reduce((sum, part) => sum + sizeOf(part), own);
}
