/** A file's text with its parse: users by address, the anchors and who refers to them. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { emailKey } from "../../model/desired.ts";
import { unusual } from "./collection.ts";

export interface Parsed {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly root: YAMLMap;
  /** Null where the file has no `users` (its includes have them). */
  readonly users: YAMLSeq | null;
  /** In the order of the text: every alias with the node it stands for. */
  readonly references: readonly Reference[];
}

interface Reference {
  readonly alias: Alias;
  readonly target: Node;
}

/** The text has been checked before: it is a users file. */
export function parsed(text: string): Parsed {
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
  if (!isMap(root)) throw unusual();
  const users = valueOf(root, "users");
  if (users !== null && !isSeq(users)) throw unusual();
  return { text, document, root, users, references: referencesIn(root) };
}

export function indexOf(map: YAMLMap, key: string): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** As it stands there: an alias is not followed. */
export function valueOf(map: YAMLMap, key: string): Node | null {
  const value = map.items[indexOf(map, key)]?.value;
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : null;
}

/** The index of each user in the list, by address. */
export function usersByEmail({ users, document }: Parsed): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  users?.items.forEach((item, index) => {
    if (!isMap(item)) throw unusual();
    const email: unknown = valueOf(item, "email")?.toJS(document);
    if (typeof email === "string") found.set(emailKey(email), index);
  });
  return found;
}

function referencesIn(root: Node): readonly Reference[] {
  const anchored = new Map<string, Node>();
  const references: Reference[] = [];
  const visit = (node: unknown): void => {
    if (isAlias(node)) {
      const target = anchored.get(node.source);
      if (target !== undefined) references.push({ alias: node, target });
      return;
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    }
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        visit(key);
        visit(value);
      }
    }
  };
  visit(root);
  return references;
}
