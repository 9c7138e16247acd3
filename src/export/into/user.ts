/** Edits one person's entry: roles and groups that are not right, an end that has passed, an address. */
import { isAlias, isMap, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { scalarText } from "../scalar.ts";
import { insertEntries, removeEntries } from "./block.ts";
import { collectionOf, unusual } from "./collection.ts";
import type { Edits } from "./edits.ts";
import { editFlow } from "./flow.ts";
import { indexOf, type Parsed, valueOf } from "./parsed.ts";
import type { RoleListsChange, WrittenEntry, WrittenLists } from "./role-lists.ts";

export interface UserChange {
  readonly lists: RoleListsChange;
  readonly written: WrittenLists;
  /** The added roles as the file writes them, quoted. */
  readonly added: readonly string[];
  readonly dropsExpiry: boolean;
  /** The address that takes the place of the entry's, and of its `previously`. */
  readonly address: string | null;
}

/** What a run of edits adds to: `changed` has the nodes whose content is another afterwards. */
export interface Editing {
  readonly file: Parsed;
  readonly edits: Edits;
  readonly changed: Set<Node>;
}

export function editUser(user: YAMLMap, change: UserChange, editing: Editing): void {
  const { lists, written, added } = change;
  const dropped = new Set<string>();
  if (change.dropsExpiry) dropped.add("expires");
  const groups = editNames(user, "groups", lists.droppedGroups, [], written.groups, editing);
  const roles = editNames(user, "roles", lists.droppedRoles, added, written.roles, editing);
  if (groups === "empty") dropped.add("groups");
  if (roles === "empty") dropped.add("roles");
  if (change.address !== null) {
    dropped.add("previously");
    editAddress(user, change.address, editing);
  }
  const after = groups === "there" ? "groups" : "email";
  const pairs = roles === "missing" ? [`roles: [${added.join(", ")}]`] : [];
  editPairs(user, dropped, after, pairs, editing);
}

/** there: the key stays. empty: nothing is left under it. missing: it has to be added. absent: nor that. */
type Left = "there" | "empty" | "missing" | "absent";

function editNames(
  user: YAMLMap,
  key: "roles" | "groups",
  dropped: ReadonlySet<number>,
  added: readonly string[],
  written: readonly WrittenEntry[],
  { file, edits, changed }: Editing,
): Left {
  const value = valueOf(user, key);
  if (value === null) return added.length > 0 ? "missing" : "absent";
  if (written.length - dropped.size + added.length === 0) return "empty";
  if (dropped.size === 0 && added.length === 0) return "there";
  if (isAlias(value)) {
    const word = key === "roles" ? "role" : "group";
    const kept = written.filter((_, index) => !dropped.has(index));
    const [start = 0, end = 0] = value.range ?? [];
    edits.replace(
      start,
      end,
      `[${[...kept.map((one) => entryText(one, word)), ...added].join(", ")}]`,
    );
  } else if (isSeq(value)) {
    changed.add(value);
    editList(file.text, value, dropped, added, edits);
  } else throw unusual();
  return "there";
}

function entryText({ name, expires }: WrittenEntry, key: string): string {
  return expires === null
    ? scalarText(name)
    : `{ ${key}: ${scalarText(name)}, expires: ${expires} }`;
}

function editList(
  text: string,
  list: YAMLSeq,
  dropped: ReadonlySet<number>,
  added: readonly string[],
  edits: Edits,
): void {
  const collection = collectionOf(list);
  const last = collection.entries.length - 1;
  if (collection.style === "flow") {
    editFlow(text, collection, dropped, new Map([[last, added]]), edits);
    return;
  }
  removeEntries(text, collection, dropped, edits);
  insertEntries(
    text,
    collection,
    last,
    added.map((one) => [`- ${one}`]),
    edits,
  );
}

function editAddress(user: YAMLMap, address: string, { edits, changed }: Editing): void {
  const email = valueOf(user, "email");
  if (email === null) throw unusual();
  const [start = 0, end = 0] = email.range ?? [];
  edits.replace(start, end, scalarText(address));
  changed.add(email);
}

function editPairs(
  user: YAMLMap,
  keys: ReadonlySet<string>,
  after: string,
  added: readonly string[],
  { file, edits }: Editing,
): void {
  const indexes = [...keys].map((key) => indexOf(user, key)).filter((index) => index >= 0);
  const dropped = new Set(indexes);
  if (dropped.size === 0 && added.length === 0) return;
  const collection = collectionOf(user);
  const at = indexOf(user, after);
  if (collection.style === "flow") {
    editFlow(file.text, collection, dropped, new Map([[at, added]]), edits);
    return;
  }
  removeEntries(file.text, collection, dropped, edits);
  insertEntries(
    file.text,
    collection,
    at,
    added.map((pair) => [pair]),
    edits,
  );
}

/** The entries of `roles` or `groups`, aliases followed. */
export function writtenEntries(
  user: YAMLMap,
  key: "roles" | "groups",
  { document }: Parsed,
): readonly WrittenEntry[] {
  const list: unknown = valueOf(user, key)?.toJS(document);
  const word = key === "roles" ? "role" : "group";
  return Array.isArray(list) ? list.map((entry: unknown) => writtenEntry(entry, word)) : [];
}

/** The file has been checked by its schema: anything else cannot be. */
function writtenEntry(entry: unknown, key: string): WrittenEntry {
  if (typeof entry === "string") return { name: entry, expires: null };
  if (typeof entry !== "object" || entry === null) throw unusual();
  const name: unknown = Reflect.get(entry, key);
  const expires: unknown = Reflect.get(entry, "expires");
  if (typeof name !== "string") throw unusual();
  return { name, expires: typeof expires === "string" ? expires : null };
}

export function userAt({ users }: Parsed, index: number): YAMLMap {
  const user = users?.items[index];
  if (!isMap(user)) throw unusual();
  return user;
}
