/**
 * Edits a YAML text so that it has another value, with as few edits as possible. Comments, order, style and other
 * lines stay unchanged.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { columnOf, insertEntries, removeEntries } from "./block.ts";
import { editFlow } from "./flow.ts";
import {
  type Collection,
  readCollection,
  contentEnd,
  contentStart,
  type Entry,
  isFlow,
  parse,
  type Parsed,
} from "./nodes.ts";
import {
  flowText,
  isList,
  isValueMap,
  itemLines,
  mapLines,
  pairLines,
  pairText,
  valueText,
  type Value,
  type ValueMap,
} from "./render.ts";
import { lineAfter, lineStart, TextEdits } from "./text-edits.ts";

/** `text` is a valid users file. Throws `NotEditable`; callers must read the result again. */
export function rewrite(text: string, wanted: ValueMap): TextEdits {
  const rewriter = new Rewriter(text, parse(text));
  rewriter.run(wanted);
  return rewriter.edits;
}

class Rewriter {
  readonly edits: TextEdits;
  readonly #file: Parsed;
  /** Nodes whose content is another afterwards. */
  readonly #changed = new Set<Node>();

  constructor(text: string, file: Parsed) {
    this.edits = new TextEdits(text);
    this.#file = file;
  }

  run(wanted: ValueMap): void {
    this.#map(this.#file.root, wanted);
    this.#moveAnchors();
  }

  #change(entry: Entry, wanted: Value, within: Collection, likeKey: Node | null): void {
    const node = entry.value;
    if (isDeepStrictEqual(this.#valueOf(node), wanted)) return;
    this.#changed.add(node);
    if (isMap(node) && isValueMap(wanted)) this.#map(node, wanted);
    else if (isSeq(node) && isList(wanted)) this.#list(node, wanted, entry, within);
    else this.#replace(entry, wanted, within, likeKey);
  }

  /** With a value of another kind, or another scalar. */
  #replace(entry: Entry, wanted: Value, within: Collection, likeKey: Node | null): void {
    const { value: node } = entry;
    const { text } = this.edits;
    const start = this.#firstOf(node);
    let end = contentEnd(node);
    while (end > start && /[\r\n]/.test(text[end - 1] ?? "")) end -= 1;
    const like = within.entries.map(({ value }) => value).find(isMap) ?? null;
    const isItem = entry.key === null && within.style === "block";
    if (isItem && isValueMap(wanted) && (like === null || !isFlow(like))) {
      const [first = "", ...lines] = mapLines(wanted, like);
      const indent = " ".repeat(columnOf(text, entry) + 2);
      this.edits.replace(start, end, first);
      this.edits.insertLines(
        lineAfter(text, end),
        lines.map((line) => indent + line),
      );
      return;
    }
    // Comments inside it go above it.
    const comments = [...new Lexer().lex(text.slice(start, end))].filter((one) =>
      one.startsWith("#"),
    );
    const indent = " ".repeat(columnOf(text, entry));
    this.edits.insertLines(
      lineStart(text, entry.start),
      comments.map((one) => indent + one),
    );
    const neighbour = isScalar(node) && !isValueMap(wanted) ? node : like;
    this.edits.replace(start, end, valueText(entry.key ?? "", wanted, neighbour, likeKey));
  }

  #firstOf(node: Node): number {
    if ((!isMap(node) && !isSeq(node)) || isFlow(node)) return contentStart(node);
    return readCollection(node).entries[0]?.start ?? contentStart(node);
  }

  #map(map: YAMLMap, wanted: ValueMap): void {
    const collection = readCollection(map);
    const { entries, style } = collection;
    const dropped = new Set<number>();
    for (const [index, entry] of entries.entries()) {
      const value = wanted[entry.key ?? ""];
      if (value === undefined) dropped.add(index);
      else this.#change(entry, value, collection, entry.keyNode);
    }
    const there = new Map(entries.map(({ key }, index) => [key, index]));
    const added = new Map<number, (readonly [string, Value])[]>();
    let after = -1;
    for (const pair of Object.entries(wanted)) {
      const index = there.get(pair[0]);
      if (index !== undefined) after = index;
      else added.set(after, [...(added.get(after) ?? []), pair]);
    }
    if (style === "flow") {
      const keyNode = entries[0]?.keyNode ?? null;
      editFlow(
        this.edits,
        collection,
        dropped,
        mapValues(added, ([key, value]) => pairText(key, value, map, keyNode)),
      );
    } else {
      removeEntries(this.edits, collection, dropped, false);
      insertEntries(
        this.edits,
        collection,
        mapValues(added, ([key, value]) => pairLines(key, value, map)),
      );
    }
  }

  #list(list: YAMLSeq, wanted: readonly Value[], at: Entry, within: Collection): void {
    const collection = readCollection(list);
    const { entries, style } = collection;
    const origins = matchOrigins(this.#valueOf(list), wanted);
    const dropped = new Set(entries.keys());
    const added = new Map<number, Value[]>();
    let after = -1;
    for (const [index, value] of wanted.entries()) {
      const origin = origins[index] ?? -1;
      const entry = entries[origin];
      if (entry === undefined || origin < after) {
        added.set(after, [...(added.get(after) ?? []), value]);
        continue;
      }
      after = origin;
      dropped.delete(origin);
      this.#change(entry, value, collection, at.keyNode);
    }
    const like = (index: number): Node | null => (entries[index] ?? entries[0])?.value ?? null;
    if (style === "flow") {
      if (entries.length === 0 && within.style === "block" && wanted.some(isValueMap)) {
        return this.#fill(list, wanted, at);
      }
      editFlow(
        this.edits,
        collection,
        dropped,
        mapValues(added, (one, index) => flowText(one, like(index), at.keyNode)),
      );
      return;
    }
    if (wanted.length === 0) this.edits.insert(at.valueStart, " []");
    removeEntries(this.edits, collection, dropped, at.key === "users");
    insertEntries(
      this.edits,
      collection,
      mapValues(added, (one, index) => itemLines(one, like(index))),
    );
  }

  /** In place of `[]`. */
  #fill(list: YAMLSeq, wanted: readonly Value[], at: Entry): void {
    const { text, eol } = this.edits;
    const [start, end] = rangeOf(list);
    const lines = wanted.flatMap((one) => itemLines(one, null));
    if (text.slice(at.valueStart, start).includes("\n")) {
      const indent = " ".repeat(start - lineStart(text, start));
      this.edits.replace(start, end, lines.join(`${eol}${indent}`));
      return;
    }
    const indent = " ".repeat(at.start - lineStart(text, at.start) + 2);
    this.edits.replace(at.valueStart, end, "");
    this.edits.insertLines(
      lineAfter(text, end),
      lines.map((line) => indent + line),
    );
  }

  /**
   * Where the content of an anchor goes or changes, the first alias that stays takes over what it was, and the
   * anchor.
   */
  #moveAnchors(): void {
    const moved = new Set<Node>();
    for (const [alias, target] of this.#file.references) {
      const [from, to] = rangeOf(alias);
      if (moved.has(target) || this.edits.covers(from, to)) continue;
      const [start, end] = rangeOf(target);
      const goes = this.edits.covers(start, Math.max(start + 1, end)) && !this.#changed.has(target);
      if (!goes && !this.#changed.has(target)) continue;
      moved.add(target);
      this.edits.replace(from, to, `&${alias.source} ${this.#source(target)}`);
      if (!goes) this.#removeAnchor(alias, start);
    }
  }

  /** As it is written where that is one line; else its value on one line. */
  #source(target: Node): string {
    const source = this.edits.text.slice(...rangeOf(target));
    const inline = isScalar(target) || ((isMap(target) || isSeq(target)) && isFlow(target));
    return inline && !source.includes("\n") ? source : flowText(this.#valueOf(target));
  }

  #valueOf(node: unknown): Value {
    if (isAlias(node)) return this.#valueOf(this.#file.references.get(node));
    if (isSeq(node)) return node.items.map((item) => this.#valueOf(item));
    if (!isMap(node)) return isScalar(node) ? (node.value as Value) : null;
    const pairs = node.items.map(({ key, value }) => [String(key), this.#valueOf(value)]);
    return Object.fromEntries(pairs) as ValueMap;
  }

  #removeAnchor(alias: Alias, before: number): void {
    const { text } = this.edits;
    const name = `&${alias.source}`;
    const at = text.lastIndexOf(name, before);
    if (at < 0) return;
    const end = at + name.length;
    const blanks = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
    const endsLine = /^\r?\n/.test(text.slice(end + blanks)) && text[at - 1] === " ";
    this.edits.replace(endsLine ? at - 1 : at, end + blanks, "");
  }
}

function rangeOf(node: Node): [start: number, end: number] {
  return [contentStart(node), contentEnd(node)];
}

function mapValues<T, U>(
  map: ReadonlyMap<number, readonly T[]>,
  change: (value: T, key: number) => U,
): ReadonlyMap<number, readonly U[]> {
  return new Map([...map].map(([key, values]) => [key, values.map((value) => change(value, key))]));
}

/** For each wanted entry the index of the entry that it comes from: by its name, or by a rename; -1 for a new one. */
function matchOrigins(before: Value, wanted: readonly Value[]): readonly number[] {
  const byName = new Map<string, number>();
  const byFormer = new Map<string, number>();
  for (const [index, item] of (isList(before) ? before : []).entries()) {
    const [name, former] = namesOf(item);
    if (name !== null && !byName.has(name)) byName.set(name, index);
    if (former !== null) byFormer.set(former, index);
  }
  const taken = new Set(wanted.map((one) => byName.get(namesOf(one)[0] ?? "")));
  return wanted.map((one) => {
    const [name, former] = namesOf(one);
    const same = name === null ? undefined : byName.get(name);
    if (same !== undefined) return same;
    const renamed = byName.get(former ?? "") ?? byFormer.get(name ?? "");
    return renamed === undefined || taken.has(renamed) ? -1 : renamed;
  });
}

/** What an entry of a list goes by, and the former address of a user. */
function namesOf(value: Value): readonly [name: string | null, former: string | null] {
  if (typeof value === "string") return [value.toLowerCase(), null];
  if (!isValueMap(value)) return [null, null];
  const text = (one: Value | undefined): string | null =>
    typeof one === "string" ? one.toLowerCase() : null;
  return [text(value["email"] ?? value["role"] ?? value["group"]), text(value["previously"])];
}
