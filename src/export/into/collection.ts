/** A list or a map of a parsed file, with where each of its entries stands in the text. */
import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { Failure } from "../../model/failure.ts";

export interface Entry {
  /** Its first character: a dash, a key, an anchor, or its value. */
  readonly start: number;
  /** After its value; a comment behind it is not in it. */
  readonly end: number;
  /** Null for a list's. */
  readonly key: Node | null;
  readonly value: Node | null;
}

export interface Collection {
  readonly node: YAMLMap | YAMLSeq;
  /** Over several lines with dashes or keys, or between brackets. */
  readonly style: "block" | "flow";
  readonly entries: readonly Entry[];
  /** In flow style: after the opening bracket, and before the closing one. */
  readonly inside: { readonly start: number; readonly end: number };
}

export function collectionOf(node: YAMLMap | YAMLSeq): Collection {
  const token = node.srcToken;
  const style = token?.type === "flow-collection" ? "flow" : "block";
  const tokens = (token !== undefined && "items" in token ? token.items : []).filter(isEntry);
  if (tokens.length !== node.items.length) throw unusual();
  const [from = 0, to = 0] = node.range ?? [];
  return {
    node,
    style,
    entries: node.items.map((item, index) => entryOf(item, tokens[index])),
    inside: { start: from + 1, end: to - 1 },
  };
}

type ItemToken = {
  readonly start: readonly CST.SourceToken[];
  readonly key?: unknown;
  readonly sep?: unknown;
  readonly value?: unknown;
};

/** Comments at the end and a comma behind the last entry have tokens of their own. */
function isEntry(token: ItemToken): boolean {
  return (
    token.key !== undefined ||
    token.sep !== undefined ||
    token.value !== undefined ||
    token.start.some(({ type }) => type === "seq-item-ind")
  );
}

function entryOf(item: unknown, token: ItemToken | undefined): Entry {
  const marks = token?.start ?? [];
  if (marks.some(({ type }) => type === "explicit-key-ind")) throw unusual();
  const mark = marks.find(({ type }) => type === "seq-item-ind" || type === "anchor");
  const pair = isPairLike(item) ? item : { key: null, value: item };
  const key = nodeOf(pair.key);
  const value = nodeOf(pair.value);
  const first = key ?? value;
  const start = mark?.offset ?? first?.range?.[0];
  if (start === undefined) throw unusual();
  const end = value === null ? (key?.range?.[1] ?? start + 1) : contentEnd(value);
  return { start, end: Math.max(end, start), key, value };
}

function isPairLike(item: unknown): item is { readonly key: unknown; readonly value: unknown } {
  return typeof item === "object" && item !== null && "key" in item && !isNodeLike(item);
}

function isNodeLike(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function nodeOf(value: unknown): Node | null {
  return isNodeLike(value) ? value : null;
}

/** Where the last character of a node is over; a block's own range takes the comments behind it along. */
export function contentEnd(node: Node): number {
  const [, end = 0] = node.range ?? [];
  if ((!isMap(node) && !isSeq(node)) || node.flow === true) return end;
  return collectionOf(node).entries.at(-1)?.end ?? end;
}

export function unusual(): Failure {
  return new Failure("the file is laid out in a way that export cannot edit", {
    hint: "write the users as a list with dashes, or export to a new file",
  });
}
