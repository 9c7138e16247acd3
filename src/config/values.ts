/** The nodes of a YAML document → plain values; aliases are followed, within bounds, and keys are unique. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { PlaceOf } from "./lines.ts";
import type { Note } from "./notes.ts";
import { at, quote } from "./wording.ts";

/** Values that aliases may repeat: a small file must not become a large one. */
const MOST_REPEATED = 1_000_000;

interface Anchored {
  readonly node: Node;
  /** Null while it is being built: an alias inside its own anchor would have no end. */
  built: { readonly value: unknown; readonly size: number } | null;
}

export interface Values {
  readonly value: unknown;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** Null when an alias made it useless; a problem was noted then. */
export function valuesOf(root: Node | null, placeOf: PlaceOf, note: Note): Values | null {
  const builder = new Builder(placeOf, note);
  const value = builder.build(root);
  return builder.useless ? null : { value, targets: builder.targets };
}

class Builder {
  readonly targets = new Map<Alias, Node>();
  useless = false;
  readonly #anchors = new Map<string, Anchored>();
  readonly #placeOf: PlaceOf;
  readonly #note: Note;
  /** Values so far, those that aliases repeat included. */
  #size = 0;
  #repeated = 0;

  constructor(placeOf: PlaceOf, note: Note) {
    this.#placeOf = placeOf;
    this.#note = note;
  }

  /** The depth is bounded: `tokens.ts` has seen to that. */
  build(node: unknown): unknown {
    this.#size += 1;
    if (isAlias(node)) return this.#repeat(node);
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
        this.#at(
          key,
          "merge-key",
          "merge keys (<<) are not allowed: write the keys out, or use groups",
        );
      } else if (Object.hasOwn(object, name)) {
        this.#duplicate(map, key, name);
        this.build(value);
      } else {
        setOwn(object, name, this.build(value));
      }
    }
    return object;
  }

  #duplicate(map: YAMLMap, key: unknown, name: string): void {
    const first = map.items.find((pair) => keyOf(pair.key) === name);
    const place = this.#placeOf(offsetOf(first?.key));
    this.#at(
      key,
      "duplicate-key",
      `the key ${quote(name)} is there already, at ${at(place)}: keep one`,
    );
  }

  #repeat(alias: Alias): unknown {
    const anchored = this.#anchors.get(alias.source);
    const name = quote(`*${alias.source}`);
    if (anchored === undefined) {
      return this.#give(
        alias,
        "unknown-alias",
        `there is no anchor above for the alias ${name}: put it in quotes if * is part of the text`,
      );
    }
    if (anchored.built === null) {
      return this.#give(alias, "alias-in-itself", `${name} would contain itself: write it out`);
    }
    this.targets.set(alias, anchored.node);
    this.#size += anchored.built.size;
    this.#repeated += anchored.built.size;
    if (this.#repeated > MOST_REPEATED && !this.useless) {
      return this.#give(
        alias,
        "alias-bomb",
        `aliases repeat more than ${MOST_REPEATED} values up to here: use groups instead`,
      );
    }
    return anchored.built.value;
  }

  #give(alias: Alias, code: string, message: string): null {
    this.useless = true;
    this.#at(alias, code, message);
    return null;
  }

  #at(node: unknown, code: string, message: string): void {
    this.#note(this.#placeOf(offsetOf(node)), code, message);
  }
}

/** Keys are read as text (`stringKeys`), so `0123` and `yes` are themselves. */
export function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

export function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}

/** As an assignment, also for `__proto__`. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    object[name] = value;
  }
}
