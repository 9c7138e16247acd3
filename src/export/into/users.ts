/** Edits the list of users: who is gone goes, who is new comes where they belong. */
import { isMap, type Node } from "yaml";
import { compareText } from "../../model/problem.ts";
import { scalarText } from "../scalar.ts";
import { insertEntries, type Lines, removeEntries } from "./block.ts";
import { type Collection, collectionOf, unusual } from "./collection.ts";
import { editFlow } from "./flow.ts";
import { lineAfter, lineEnding } from "./lines.ts";
import { indexOf, type Parsed } from "./parsed.ts";
import type { Editing } from "./user.ts";

/** A person as the file will list them. */
export interface NewEntry {
  readonly email: string;
  /** As the file writes them, quoted. */
  readonly roles: readonly string[];
}

/** `emails` are the list's, in its order, as keys. */
export function editUsers(
  emails: readonly string[],
  gone: ReadonlySet<number>,
  arrived: readonly NewEntry[],
  editing: Editing,
): void {
  if (gone.size === 0 && arrived.length === 0) return;
  const { file, edits } = editing;
  if (file.users === null) return addList(arrived, editing);
  const collection = collectionOf(file.users);
  const inFlow = collection.style === "flow";
  if (inFlow && emails.length === 0 && collectionOf(file.root).style === "block") {
    return fillList(arrived, editing);
  }
  const places = placesFor(arrived, emails, gone);
  if (inFlow) {
    const added = new Map([...places].map(([after, people]) => [after, people.map(flowEntry)]));
    return editFlow(file.text, collection, gone, added, edits);
  }
  if (gone.size === emails.length && arrived.length === 0) edits.insert(valueStart(file), " []");
  removeEntries(file.text, collection, gone, edits);
  const lines = prefersFlow(collection) ? flowLines : blockLines;
  for (const [after, people] of places) {
    insertEntries(file.text, collection, after, people.map(lines), edits);
  }
}

/**
 * Behind which entry (-1: before the first) each newcomer belongs: by address in a list that is sorted by
 * address, else at the end. Only entries that stay count. Newcomers come sorted by address.
 */
function placesFor(
  arrived: readonly NewEntry[],
  emails: readonly string[],
  gone: ReadonlySet<number>,
): ReadonlyMap<number, readonly NewEntry[]> {
  const stay = emails.flatMap((email, index) => (gone.has(index) ? [] : [{ email, index }]));
  const sorted = emails.every((email, index) => compareText(emails[index - 1] ?? "", email) <= 0);
  const places = new Map<number, NewEntry[]>();
  let passed = sorted ? 0 : stay.length;
  for (const person of arrived) {
    while (passed < stay.length && compareText(stay[passed]?.email ?? "", person.email) < 0) {
      passed += 1;
    }
    const after = stay[passed - 1]?.index ?? -1;
    const place = places.get(after);
    if (place === undefined) places.set(after, [person]);
    else place.push(person);
  }
  return places;
}

function blockLines({ email, roles }: NewEntry): Lines {
  return [`- email: ${scalarText(email)}`, `  roles: [${roles.join(", ")}]`];
}

function flowEntry({ email, roles }: NewEntry): string {
  return `{ email: ${scalarText(email)}, roles: [${roles.join(", ")}] }`;
}

function flowLines(person: NewEntry): Lines {
  return [`- ${flowEntry(person)}`];
}

/** As most of the others are written. */
function prefersFlow({ entries }: Collection): boolean {
  const flow = entries.filter(({ value }) => isMap(value) && value.flow === true).length;
  return flow * 2 > entries.length;
}

/** In place of `users: []`. */
function fillList(arrived: readonly NewEntry[], { file, edits }: Editing): void {
  const end = endOf(file.users);
  edits.remove(valueStart(file), end);
  const eol = lineEnding(file.text);
  const at = lineAfter(file.text, end);
  const start = at === file.text.length && !file.text.endsWith("\n") ? eol : "";
  edits.insert(at, `${start}${listText(arrived, eol)}`);
}

/** A file whose users have all been in its includes. */
function addList(arrived: readonly NewEntry[], { file, edits }: Editing): void {
  if (collectionOf(file.root).style === "flow") throw unusual();
  const eol = lineEnding(file.text);
  const start = file.text.endsWith("\n") ? eol : `${eol}${eol}`;
  edits.insert(file.text.length, `${start}users:${eol}${listText(arrived, eol)}`);
}

function listText(arrived: readonly NewEntry[], eol: string): string {
  return arrived
    .flatMap(blockLines)
    .map((line) => `  ${line}${eol}`)
    .join("");
}

/** After `users:` and its anchor. */
function valueStart({ root }: Parsed): number {
  const pair = root.items[indexOf(root, "users")];
  const marks = pair?.srcToken?.sep ?? [];
  const last = marks.findLast(({ type }) => type === "map-value-ind" || type === "anchor");
  if (last === undefined) throw unusual();
  return last.offset + last.source.length;
}

function endOf(node: Node | null): number {
  return node?.range?.[1] ?? 0;
}
