/** A YAML or JSON file as values that know where they stand, so that every complaint names a line. */
import { LineCounter, isMap, isNode, isScalar, parseDocument } from "yaml";
import type { Document } from "yaml";

import { InvalidFiles } from "../model/failure.ts";
import type { Place, Problem } from "../model/problem.ts";

type Path = readonly (string | number)[];

const MAX_ALIASES = 100;
const START = { line: 1, column: 1 };

export interface StateDocument {
  readonly path: string;
  readonly problems: Problem[];
  placeOf(path: Path, what: "key" | "value"): Place;
}

/** Reads with the core schema (no tags) and gives the top entry; throws `InvalidFiles` where it is not YAML. */
export function readDocument(text: string, path: string): { top: Entry; document: StateDocument } {
  const lines = new LineCounter();
  const yaml = parse(text, path, lines);
  if (yaml.errors.length + yaml.warnings.length > 0) throw syntaxProblem(yaml, path, lines);
  const document = {
    path,
    problems: [],
    placeOf: (where: Path, what: "key" | "value") => {
      return { path, ...at(lines, offsetOf(yaml, where, what)) };
    },
  };
  return { top: new Entry(values(yaml, path), [], document), document };
}

function parse(text: string, path: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, schema: "core", uniqueKeys: true });
  } catch (cause) {
    // The parser calls itself for every level: a stack that ends is a file that is too deep.
    throw cause instanceof RangeError ? tooDeep(path) : cause;
  }
}

/** The first only: what follows a mistake in the syntax is mostly its echo. */
function syntaxProblem(yaml: Document.Parsed, path: string, lines: LineCounter): InvalidFiles {
  const all = [...yaml.errors, ...yaml.warnings];
  if (all.some(({ message }) => message.startsWith("Maximum call stack"))) return tooDeep(path);
  const [first] = all;
  const message = first?.message.split(/ at line |:\n|; please use/)[0] ?? "";
  const place = { path, ...at(lines, first?.pos[0] ?? 0) };
  return new InvalidFiles([{ place, code: "sandbox-state", values: { kind: "yaml", message } }]);
}

function values(yaml: Document.Parsed, path: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw cause instanceof RangeError ? tooDeep(path) : atStart(path, "aliases grow too large");
  }
}

function tooDeep(path: string): InvalidFiles {
  return atStart(path, "it is nested too deeply");
}

function atStart(path: string, message: string): InvalidFiles {
  const values = { kind: "yaml", message };
  return new InvalidFiles([{ place: { path, ...START }, code: "sandbox-state", values }]);
}

function at(lines: LineCounter, offset: number) {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

/** The offset of what stands at the path, or of the nearest thing around it. */
function offsetOf(yaml: Document.Parsed, path: Path, what: "key" | "value"): number {
  if (what === "key" && path.length > 0) {
    const parent = nodeAt(yaml, path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
      : undefined;
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(yaml, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return yaml.contents?.range[0] ?? 0;
}

function nodeAt(yaml: Document.Parsed, path: Path): unknown {
  return path.length === 0 ? yaml.contents : yaml.getIn(path, true);
}

/** One value of the file. What is wrong with it becomes a problem of the document, and the answer null. */
export class Entry {
  readonly value: unknown;
  readonly path: Path;
  readonly #document: StateDocument;

  constructor(value: unknown, path: Path, document: StateDocument) {
    this.value = value;
    this.path = path;
    this.#document = document;
  }

  problem(code: string, message: string, what: "key" | "value" = "value"): null {
    const place = this.#document.placeOf(this.path, what);
    this.#document.problems.push({ place, code: "sandbox-state", values: { kind: code, message } });
    return null;
  }

  /** The fields of a mapping that are there and not null; complains of those that are not `known`. */
  fields(known: readonly string[]): ReadonlyMap<string, Entry> {
    const fields = new Map<string, Entry>();
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.problem("type", `${this.#name} must be a mapping with ${known.join(", ")}`);
      return fields;
    }
    for (const [key, value] of Object.entries(this.value)) {
      const entry = new Entry(value, [...this.path, key], this.#document);
      if (!known.includes(key)) {
        const message = `unknown key ${JSON.stringify(key)}; known here: ${known.join(", ")}`;
        entry.problem("unknown-key", message, "key");
      } else if (value !== null) fields.set(key, entry);
    }
    return fields;
  }

  items(): readonly Entry[] {
    if (!Array.isArray(this.value)) {
      this.problem("type", `${this.#name} must be a list`);
      return [];
    }
    return this.value.map(
      (value, index) => new Entry(value, [...this.path, index], this.#document),
    );
  }

  text(): string | null {
    if (typeof this.value === "string" && this.value !== "") return this.value;
    return this.problem(
      "type",
      `${this.#name} must be a text that is not empty; quote it if it is`,
    );
  }

  /** A finite number from `min` to `max`, both included. */
  number(min: number, max: number, whole = false): number | null {
    const { value } = this;
    const fits = typeof value === "number" && value >= min && value <= max;
    if (fits && (!whole || Number.isInteger(value))) return value;
    const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
    return this.problem("range", `${this.#name} must be a ${whole ? "whole " : ""}number ${range}`);
  }

  flag(): boolean | null {
    if (typeof this.value === "boolean") return this.value;
    return this.problem("type", `${this.#name} must be true or false`);
  }

  oneOf<Word extends string>(words: readonly Word[]): Word | null {
    const word = words.find((word) => word === this.value);
    return word ?? this.problem("value", `${this.#name} must be one of ${words.join(", ")}`);
  }

  get #name(): string {
    return this.path.findLast((part) => typeof part === "string") ?? "the file";
  }
}
