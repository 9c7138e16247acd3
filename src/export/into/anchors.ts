/**
 * Anchors whose content goes or changes while others still refer to it: the first that does takes the content over,
 * with the anchor.
 */
import { type Alias, isMap, isScalar, isSeq, type Node } from "yaml";
import { scalarText } from "../scalar.ts";
import { contentEnd } from "./collection.ts";
import type { Editing } from "./user.ts";

export function moveAnchors({ file, edits, changed }: Editing): void {
  const moved = new Set<Node>();
  for (const { alias, target } of file.references) {
    if (moved.has(target) || edits.removes(...rangeOf(alias))) continue;
    const [start, end] = rangeOf(target);
    const goes = edits.removes(start, Math.max(start + 1, end));
    if (!goes && !changed.has(target)) continue;
    moved.add(target);
    const [from, to] = rangeOf(alias);
    edits.replace(from, to, `&${alias.source} ${sourceOf(target, file)}`);
    if (!goes) removeAnchor(alias, start, file.text, edits);
  }
}

function rangeOf(node: Node): [start: number, end: number] {
  return [node.range?.[0] ?? 0, contentEnd(node)];
}

/** As it is written where that is one line; else its value on one line. */
function sourceOf(target: Node, { text, document }: Editing["file"]): string {
  const source = text.slice(...rangeOf(target));
  const inline = isScalar(target) || ((isSeq(target) || isMap(target)) && target.flow === true);
  return inline && !source.includes("\n") ? source : flowText(target.toJS(document));
}

function flowText(value: unknown): string {
  if (typeof value === "string") return scalarText(value);
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const pairs = Object.entries(value).map(([key, one]) => `${scalarText(key)}: ${flowText(one)}`);
  return `{ ${pairs.join(", ")} }`;
}

function removeAnchor(alias: Alias, before: number, text: string, edits: Editing["edits"]): void {
  const name = `&${alias.source}`;
  const at = text.lastIndexOf(name, before);
  if (at < 0) return;
  const rest = text.slice(at + name.length);
  const blanks = /^[ \t]*/.exec(rest)?.[0].length ?? 0;
  const endsLine = /^[ \t]*\r?\n/.test(rest) && text[at - 1] === " ";
  edits.remove(endsLine ? at - 1 : at, at + name.length + blanks);
}
