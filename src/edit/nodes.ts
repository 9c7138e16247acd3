/** The nodes of a users file, each with its position in the text. */
import {
  type Alias,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** The layout of the file cannot be edited automatically; the caller reports the place. */
export class NotEditable extends Error {
  readonly offset: number;
  /** True for `? key`. */
  readonly isExplicitKey: boolean;

  constructor(offset: number, isExplicitKey = false) {
    super("the layout of this part of the file cannot be edited automatically");
    this.name = "NotEditable";
    this.offset = offset;
    this.isExplicitKey = isExplicitKey;
  }
}

export interface Parsed {
  readonly root: YAMLMap;
  /** Every alias with the node it stands for, in the order of the text. */
  readonly references: ReadonlyMap<Alias, Node>;
}

/** The text has been checked before: it is a users file. */
export function parse(text: string): Parsed {
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const root = document.contents;
  if (!isMap(root)) throw new NotEditable(0);
  return { root, references: referencesIn(document) };
}

function referencesIn(document: Document): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const references = new Map<Alias, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = anchored.get(alias.source);
      if (target !== undefined) references.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return references;
}

export interface Entry {
  /** Its first character: a dash, a key, an anchor, or its value. */
  readonly start: number;
  /** After its value; a comment behind it is not in it. */
  readonly end: number;
  /** After the colon, or the anchor of the value; in a list the start. */
  readonly valueStart: number;
  /** Null in a list. */
  readonly key: string | null;
  readonly keyNode: Node | null;
  readonly value: Node;
}

export interface Collection {
  readonly style: "block" | "flow";
  readonly entries: readonly Entry[];
  /** In flow style: after the opening bracket, and before the closing one. */
  readonly inside: { readonly start: number; readonly end: number };
}

export function readCollection(node: YAMLMap | YAMLSeq): Collection {
  const token = node.srcToken;
  const tokens = (token !== undefined && "items" in token ? token.items : []).filter(isEntry);
  const [from = 0, to = 0] = node.range ?? [];
  if (tokens.length !== node.items.length) throw new NotEditable(from);
  return {
    style: isFlow(node) ? "flow" : "block",
    entries: node.items.map((item, index) => readEntry(item, tokens[index])),
    inside: { start: from + 1, end: to - 1 },
  };
}

export function isFlow(node: YAMLMap | YAMLSeq): boolean {
  return node.srcToken?.type === "flow-collection";
}

type ItemToken = {
  readonly start: readonly CST.SourceToken[];
  readonly key?: unknown;
  readonly sep?: readonly CST.SourceToken[];
  readonly value?: unknown;
};

/** Comments at the end of a collection and a comma behind the last entry have tokens of their own. */
function isEntry({ key, sep, value, start }: ItemToken): boolean {
  const isItem = start.some(({ type }) => type === "seq-item-ind");
  return key !== undefined || sep !== undefined || value !== undefined || isItem;
}

function readEntry(item: unknown, token: ItemToken | undefined): Entry {
  const pair = isNode(item) ? { key: null, value: item } : pairOf(item);
  const marks = token?.start ?? [];
  const mark = marks.find(({ type }) => type === "seq-item-ind" || type === "anchor");
  const start = mark?.offset ?? (pair.key ?? pair.value).range?.[0] ?? 0;
  const explicit = marks.find(({ type }) => type === "explicit-key-ind");
  if (explicit !== undefined) throw new NotEditable(explicit.offset, true);
  const separator = token?.sep?.findLast(
    ({ type }) => type === "map-value-ind" || type === "anchor",
  );
  return {
    start,
    end: Math.max(start, contentEnd(pair.value)),
    valueStart: separator === undefined ? start : separator.offset + separator.source.length,
    key: isScalar(pair.key) ? String(pair.key.value) : null,
    keyNode: pair.key,
    value: pair.value,
  };
}

function pairOf(item: unknown): { readonly key: Node; readonly value: Node } {
  const { key, value } =
    typeof item === "object" && item !== null && "key" in item && "value" in item
      ? item
      : { key: null, value: null };
  if (isScalar(key) && isNode(value)) return { key, value };
  throw new NotEditable(isNode(key) ? (key.range?.[0] ?? 0) : 0);
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

/**
 * Where the last character of a node is over (a block scalar's line break included); the range of a block takes in
 * the comments behind it.
 */
export function contentEnd(node: Node): number {
  const [, end = 0] = node.range ?? [];
  if (isMap(node) || isSeq(node)) {
    return isFlow(node) ? end : (readCollection(node).entries.at(-1)?.end ?? end);
  }
  return end;
}

export function contentStart(node: Node): number {
  return node.range?.[0] ?? 0;
}
