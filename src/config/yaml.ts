/**
 * Reads YAML 1.2 with the core schema and keeps the place of everything: no tags, no code, no merge keys,
 * unique keys, and bounds on nesting, size and what aliases repeat. For users files and the sandbox's state.
 */
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
import type { ProblemCode, Report } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { type Path, type PlaceOf, placesIn, type YamlDocument } from "./yaml-document.ts";
import { reportSyntaxErrors } from "./yaml-mistakes.ts";
import { allowedTokens } from "./yaml-tokens.ts";

/**
 * Null when the text cannot be read; problems were reported then. A document may have problems too: YAML that is not
 * allowed here, which leaves the rest of the text readable.
 */
export function readYaml(path: string, text: string, report: Report): YamlDocument | null {
  const placeOf = placesIn(path, text);
  const refused: Place[] = [];
  let isReadable = true;
  const refuse: Report = (...problem) => {
    const [place, code] = problem;
    refused.push(place);
    isReadable &&= READABLE.has(code);
    report(...problem);
  };
  const document = compose(allowedTokens(text, placeOf, refuse), text.length);
  if (!isReadable) return null;
  // A tag was reported as such, whatever it is a tag of.
  const errors = document.errors.filter(({ code }) => code !== "TAG_RESOLVE_FAILED");
  if (reportSyntaxErrors(errors, text, placeOf, report)) return null;
  const builder = new ValueBuilder(placeOf, report);
  const value = builder.build(document.contents);
  if (builder.isBomb) return null;
  refused.push(...builder.refused);
  return { ...yamlDocument(document.contents, value, builder.targets, placeOf), refused };
}

/** Problems after which the rest of the text still means what it says. */
const READABLE: ReadonlySet<ProblemCode> = new Set(["yaml-tag", "several-documents"]);

function compose(tokens: Iterable<CST.Token>, end: number): Document.Parsed {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    // `ValueBuilder` looks for duplicates: the package takes quadratic time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document] = composer.compose(tokens, true, end);
  if (document === undefined) throw new Error("the YAML package gave no document");
  return document;
}

/** Limit on values repeated by aliases, against alias bombs. */
const MAX_REPEATED = 1_000_000;

interface Anchored {
  readonly node: Node;
  /** Null while it is being built, to detect an alias inside its own anchor. */
  built: { readonly value: unknown; readonly size: number } | null;
}

/** Nodes → plain values. `yaml-tokens.ts` has bounded the depth. */
class ValueBuilder {
  /** What each alias stands for. */
  readonly targets = new Map<Alias, Node>();
  /** Where a value is not what the text means: a tag, or an alias of nothing. */
  readonly refused: Place[] = [];
  isBomb = false;
  readonly #anchors = new Map<string, Anchored>();
  readonly #placeOf: PlaceOf;
  readonly #report: Report;
  /** Values so far, including those that aliases repeat. */
  #size = 0;
  #repeated = 0;

  constructor(placeOf: PlaceOf, report: Report) {
    this.#placeOf = placeOf;
    this.#report = report;
  }

  build(node: unknown): unknown {
    this.#size += 1;
    if (isAlias(node)) return this.#follow(node);
    if (isTagged(node)) this.refused.push(this.#placeOf(offsetOf(node)));
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor === undefined) return this.#content(node);
    const anchored: Anchored = { node, built: null };
    this.#anchors.set(node.anchor, anchored);
    const before = this.#size;
    const value = this.#content(node);
    anchored.built = { value, size: this.#size - before + 1 };
    return value;
  }

  #content(node: unknown): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item) => this.build(item));
    return isMap(node) ? this.#map(node) : null;
  }

  #map(map: YAMLMap): unknown {
    const object: Record<string, unknown> = {};
    for (const { key, value } of map.items) {
      const name = keyOf(key);
      if (name === "<<" && isScalar(key) && key.type === "PLAIN") {
        this.#report(this.#placeOf(offsetOf(key)), "merge-key", {});
      } else if (Object.hasOwn(object, name)) {
        const first = map.items.find((pair) => keyOf(pair.key) === name);
        const at = this.#placeOf(offsetOf(first?.key));
        this.#report(this.#placeOf(offsetOf(key)), "duplicate-key", { name, at });
        this.build(value);
      } else {
        setOwn(object, name, this.build(value));
        // The place of an empty value is that of its key.
        if (isTagged(value) && isEmpty(value)) this.refused.push(this.#placeOf(offsetOf(key)));
      }
    }
    return object;
  }

  #follow(alias: Alias): unknown {
    const name = alias.source;
    const place = this.#placeOf(offsetOf(alias));
    const anchored = this.#anchors.get(name);
    if (anchored === undefined || anchored.built === null) {
      const code = anchored === undefined ? "unknown-alias" : "alias-in-itself";
      this.#report(place, code, { name });
      this.refused.push(place);
      return null;
    }
    this.targets.set(alias, anchored.node);
    this.#size += anchored.built.size;
    this.#repeated += anchored.built.size;
    if (this.#repeated > MAX_REPEATED && !this.isBomb) {
      this.isBomb = true;
      this.#report(place, "alias-bomb", { limit: MAX_REPEATED });
      return null;
    }
    return anchored.built.value;
  }
}

/** Keys are read as text (`stringKeys`), so `0123` and `yes` are themselves. */
function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function isTagged(node: unknown): boolean {
  return (isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined;
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === "";
}

function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}

/** As an assignment, also for `__proto__`. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value;
  else {
    const own = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, name, own);
  }
}

interface Found {
  readonly key: unknown;
  readonly value: unknown;
}

function yamlDocument(
  root: Node | null,
  value: unknown,
  targets: ReadonlyMap<Alias, Node>,
  placeOf: PlaceOf,
): Omit<YamlDocument, "refused"> {
  const findPair = pairFinder();
  const find = (path: Path): Found => {
    let found: Found = { key: null, value: root };
    for (const step of path) {
      const node = isAlias(found.value) ? targets.get(found.value) : found.value;
      const item: unknown = isSeq(node) ? node.items[Number(step)] : undefined;
      const next = isMap(node)
        ? findPair(node, step)
        : item === undefined
          ? null
          : { key: null, value: item };
      if (next === null) break;
      found = next;
    }
    return found;
  };
  return {
    value,
    locate: (path) => {
      const { key, value } = find(path);
      const atKey = value === null || (isEmpty(value) && key !== null);
      return placeOf(offsetOf(atKey ? key : value));
    },
    locateKey: (path) => {
      const { key, value } = find(path);
      return placeOf(offsetOf(key ?? value));
    },
    written: (path) => {
      const node = find(path).value;
      return isScalar(node) ? (node.source ?? null) : null;
    },
  };
}

/** Maps with more keys than this get an index when something in them is looked for. */
const SMALL_MAP = 16;

/** Finds the first pair with a key. */
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
    if (map.items.length > SMALL_MAP) return indexOf(map).get(String(key)) ?? null;
    return map.items.find((pair) => keyOf(pair.key) === key) ?? null;
  };
}
