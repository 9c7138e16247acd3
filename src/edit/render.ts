/** Writes new values as YAML, in the style of the values next to them. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { isFlow } from "./nodes.ts";
import { quotedText, scalarText } from "../output/yaml-scalar.ts";

export type Value = string | number | boolean | null | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

/** The neighbour that something new is written like; null where there is none. */
type Like = Node | null;

/** On one line, fit for any place. `likeKey` is a neighbouring key: quoted keys mean JSON. */
export function flowText(value: Value, like: Like = null, likeKey: Like = null): string {
  if (isList(value)) {
    const item = isSeq(like) ? firstNode(like.items) : null;
    return `[${value.map((one) => flowText(one, item, likeKey)).join(", ")}]`;
  }
  if (isValueMap(value)) {
    const pairs = Object.entries(value).map(([key, one]) => pairText(key, one, like, likeKey));
    return `{ ${pairs.join(", ")} }`;
  }
  return scalarLike(value, like, likeKey);
}

/** `key: value` in flow style, as in the map `like`. */
export function pairText(key: string, value: Value, like: Like, likeKey: Like): string {
  const sibling = isMap(like) ? like : null;
  const aKey = keyOf(sibling) ?? likeKey;
  return `${scalarLike(key, aKey, null)}: ${valueText(key, value, valueOf(sibling, key), aKey)}`;
}

/** The lines of an entry of a block list: `- email: …`, and what belongs to it. */
export function itemLines(value: Value, like: Like): readonly string[] {
  const inFlow = isMap(like) && isFlow(like);
  if (!isValueMap(value) || inFlow) return [`- ${flowText(value, like, keyOf(like))}`];
  return mapLines(value, like).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

export function mapLines(value: ValueMap, like: Like): readonly string[] {
  return Object.entries(value).flatMap(([key, one]) => pairLines(key, one, like));
}

/** The lines of a pair of a block map. */
export function pairLines(key: string, value: Value, like: Like): readonly string[] {
  const sibling = isMap(like) ? valueOf(like, key) : null;
  const word = scalarLike(key, keyOf(like), null);
  const asBlock = isSeq(sibling) || isMap(sibling) ? !isFlow(sibling) : isNested(value);
  if (isList(value) && value.length > 0 && asBlock) {
    const item = isSeq(sibling) ? firstNode(sibling.items) : null;
    return [`${word}:`, ...value.flatMap((one) => itemLines(one, item)).map((line) => `  ${line}`)];
  }
  if (isValueMap(value) && asBlock) {
    return [`${word}:`, ...mapLines(value, sibling).map((line) => `  ${line}`)];
  }
  return [`${word}: ${valueText(key, value, sibling, keyOf(like))}`];
}

/** The value of a key. A day needs no quotes where a day is expected. */
export function valueText(key: string, value: Value, like: Like, likeKey: Like): string {
  const isDay = key === "expires" || key === "reviewed";
  if (isDay && typeof value === "string" && quoteOf(like, likeKey) === "") return value;
  return flowText(value, like, likeKey);
}

function scalarLike(value: Value, like: Like, likeKey: Like): string {
  return typeof value === "string"
    ? quotedText(value, quoteOf(like, likeKey))
    : JSON.stringify(value);
}

/** The quotes of the neighbour, where it has them by choice. */
function quoteOf(like: Like, likeKey: Like): "" | "'" | '"' {
  const node = isScalar(like) && typeof like.value === "string" ? like : likeKey;
  if (!isScalar(node) || typeof node.value !== "string") return "";
  const plain = scalarText(node.value) === node.value || /^\d{4}-\d\d-\d\d$/.test(node.value);
  if (node === likeKey && node.type !== "QUOTE_DOUBLE") return "";
  if (!plain) return "";
  return node.type === "QUOTE_DOUBLE" ? '"' : node.type === "QUOTE_SINGLE" ? "'" : "";
}

function keyOf(map: Like): Like {
  return isMap(map) ? firstNode(map.items.map(({ key }) => key)) : null;
}

export function valueOf(map: YAMLMap | null, key: string): Like {
  const pair = map?.items.find((one) => isScalar(one.key) && one.key.value === key);
  return firstNode([pair?.value]);
}

function firstNode(items: readonly unknown[]): Like {
  const [item] = items;
  return isScalar(item) || isMap(item) || isSeq(item) ? item : null;
}

function isNested(value: Value): boolean {
  return isValueMap(value) || (isList(value) && value.some(isValueMap));
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isValueMap(value: Value): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
