/** Reads YAML 1.2 with the core schema through the `yaml` package: the reader that knows all of YAML. */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import { type PlaceOf, placesIn } from "./lines.ts";
import type { Note } from "./notes.ts";
import type { Path, Reading } from "./reading.ts";
import { noteSyntaxErrors } from "./syntax.ts";
import { allowedTokens } from "./tokens.ts";
import { keyOf, offsetOf, valuesOf } from "./values.ts";

/** Null when the text is no YAML or not the YAML that is allowed here; problems were noted then. */
export function readYaml(path: string, text: string, note: Note): Reading | null {
  const placeOf = placesIn(path, text);
  let refused = false;
  const tokens = allowedTokens(text, (offset, code, message) => {
    refused = true;
    note(placeOf(offset), code, message);
  });
  const document = compose(tokens, text.length);
  if (refused) return null;
  if (noteSyntaxErrors(document.errors, placeOf, note)) return null;
  const values = valuesOf(document.contents, placeOf, note);
  if (values === null) return null;
  return readingOf(document.contents, values.value, values.targets, placeOf);
}

function compose(tokens: Iterable<CST.Token>, end: number): Document.Parsed {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    // Looked for in values.ts: here it would take quadratic time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document] = composer.compose(tokens, true, end);
  if (document === undefined) throw new Error("the YAML package gave no document");
  return document;
}

interface Found {
  readonly key: unknown;
  readonly value: unknown;
}

function readingOf(
  root: Node | null,
  value: unknown,
  targets: ReadonlyMap<Alias, Node>,
  placeOf: PlaceOf,
): Reading {
  const pairs = pairFinder();
  const find = (path: Path): Found => {
    let found: Found = { key: null, value: root };
    for (const step of path) {
      const node = isAlias(found.value) ? targets.get(found.value) : found.value;
      const next = isMap(node) ? pairs(node, step) : isSeq(node) ? itemOf(node.items, step) : null;
      if (next === null) break;
      found = next;
    }
    return found;
  };
  return {
    value,
    locate: (path) => {
      const found = find(path);
      const empty =
        isScalar(found.value) &&
        found.value.value === null &&
        found.value.source === "" &&
        found.key !== null;
      return placeOf(offsetOf(empty || found.value === null ? found.key : found.value));
    },
    locateKey: (path) => {
      const found = find(path);
      return placeOf(offsetOf(found.key ?? found.value));
    },
    written: (path) => {
      const node = find(path).value;
      return isScalar(node) ? (node.source ?? null) : null;
    },
  };
}

function itemOf(items: readonly unknown[], step: string | number): Found | null {
  const value = items[Number(step)];
  return value === undefined ? null : { key: null, value };
}

/** Maps with more keys than this get an index when something in them is looked for. */
const SMALL = 16;

/** Finds the first pair with a key, in large maps without going through all of them each time. */
function pairFinder(): (map: YAMLMap, key: string | number) => Pair | null {
  const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  const indexOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
    const known = indexes.get(map);
    if (known !== undefined) return known;
    const index = new Map(map.items.toReversed().map((pair) => [keyOf(pair.key), pair]));
    indexes.set(map, index);
    return index;
  };
  return (map, key) => {
    if (map.items.length > SMALL) return indexOf(map).get(String(key)) ?? null;
    return map.items.find((pair) => keyOf(pair.key) === key) ?? null;
  };
}
