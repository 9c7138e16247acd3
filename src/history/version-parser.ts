/**
 * Parses the versions of users files. Most entries of `users` do not change from one version to the next, so each text
 * of an entry is parsed once, and so is each text of the rest of a file. The positions in the result are not correct.
 * A file with a problem is not parsed here: the caller parses it as a whole.
 */
import { type ParsedFile, parseSimpleFile } from "../config/parsed-file.ts";
import type { DesiredUser } from "../model/desired.ts";

/** Above this a file is parsed whole, which has the reader's limits. */
const MOST_CHARACTERS = 8_000_000;

const MOST_KEPT = 200_000;

export class VersionParser {
  /** By the entry's text; null where it is not simple, or has a problem. */
  readonly #users = new Map<string, DesiredUser | null>();
  readonly #rests = new Map<string, ParsedFile | null>();

  /** Null where the file has to be parsed whole. Of the result, the places mean nothing. */
  async parse(path: string, text: string): Promise<ParsedFile | null> {
    const parts = text.length > MOST_CHARACTERS ? null : splitUsers(text);
    if (parts === null) return null;
    const rest = await remembered(this.#rests, parts.rest, (text) => parseSimpleFile(path, text));
    if (rest === null) return null;
    const users: DesiredUser[] = [];
    for (const entry of parts.entries) {
      const known = this.#users.get(entry);
      const user =
        known ?? (await remembered(this.#users, entry, (text) => parseEntry(path, text)));
      if (user === null) return null;
      users.push(user);
    }
    return { ...rest, users };
  }
}

async function remembered<T>(
  known: Map<string, T>,
  text: string,
  parse: (text: string) => Promise<T>,
): Promise<T> {
  const found = known.get(text);
  if (found !== undefined) return found;
  const parsed = await parse(text);
  if (known.size >= MOST_KEPT) known.clear();
  // A copy: a part of a text would keep the whole of it in memory.
  known.set(Buffer.from(text).toString(), parsed);
  return parsed;
}

async function parseEntry(path: string, entry: string): Promise<DesiredUser | null> {
  const file = await parseSimpleFile(path, `version: 1\nusers:\n${entry}`);
  const [user, another] = file?.users ?? [];
  return another === undefined ? (user ?? null) : null;
}

interface Parts {
  /** The text of each entry of `users`, with the comments that follow it. */
  readonly entries: readonly string[];
  /** The file without them. */
  readonly rest: string;
}

/**
 * Null where `users` is not a list over several lines. In simple YAML, where no value goes over several lines, an
 * entry begins with a dash at the list's indentation and goes on while lines are indented more.
 */
function splitUsers(text: string): Parts | null {
  const key = /^users: *(?:#.*)?\r?\n/m.exec(text);
  const first = /^( *)- /m.exec(text.slice((key?.index ?? 0) + (key?.[0].length ?? 0)));
  if (key === null || first === null) return null;
  const begin = key.index + key[0].length;
  const indentation = first[1]?.length ?? 0;
  const entries: string[] = [];
  let start = -1;
  let end = text.length;
  for (let line = begin; line < text.length;) {
    const next = text.indexOf("\n", line) + 1 || text.length;
    let column = line;
    while (text.charCodeAt(column) === SPACE) column += 1;
    const character = text.charCodeAt(column);
    const isBlank = column >= next || BLANK.has(character);
    if (!isBlank && column - line <= indentation) {
      const isEntry = column - line === indentation && text.startsWith("- ", column);
      if (!isEntry && column > line) return null;
      if (start >= 0) entries.push(text.slice(start, line));
      start = isEntry ? line : -1;
      if (!isEntry) {
        end = line;
        break;
      }
    } else if (!isBlank && start < 0) return null;
    line = next;
  }
  if (start >= 0) entries.push(text.slice(start));
  if (entries.length === 0) return null;
  return { entries, rest: `${text.slice(0, key.index)}users: []\n${text.slice(end)}` };
}

const SPACE = 0x20;
/** Line ends and the beginning of a comment. */
const BLANK: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x23]);
