/** Bytes → text: bounded, UTF-8, without control characters. */
import { isUtf8 } from "node:buffer";
import { createReadStream, readFileSync, statSync } from "node:fs";
import type { Note } from "./notes.ts";
import { placesIn } from "./lines.ts";

/** In bytes. A hundred thousand people take about 10 MiB. */
const LARGEST = 64 * 1024 * 1024;

/** A file without an end is a mistake: what is too large is not read to its end. */
export const tooLarge = Symbol("larger than any users file");

/** Rejects with the system's error when the file cannot be read. */
export async function readBounded(absolutePath: string): Promise<Buffer | typeof tooLarge> {
  const status = statSync(absolutePath);
  // At once, since a run may read thousands of small files and has nothing else to do meanwhile.
  if (status.isFile()) return status.size > LARGEST ? tooLarge : readFileSync(absolutePath);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(absolutePath, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > LARGEST) return tooLarge;
  }
  return Buffer.concat(chunks);
}

/** The text without its byte order mark, or null when a problem was noted. */
export function textOf(path: string, bytes: Buffer | typeof tooLarge, note: Note): string | null {
  const top = { path, line: 1, column: 1 };
  if (bytes === tooLarge || bytes.length > LARGEST) {
    note(
      top,
      "too-large",
      `the file is larger than ${LARGEST / 1024 / 1024} MiB: divide it, and bring the parts together with include`,
    );
    return null;
  }
  if (!isUtf8(bytes)) {
    noteEncoding(path, bytes, note);
    return null;
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  return noteControlCharacters(path, text, note) ? null : text;
}

function noteEncoding(path: string, bytes: Buffer, note: Note): void {
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) {
    note(
      { path, line: 1, column: 1 },
      "not-utf8",
      "the file is in UTF-16 (some Windows shells write that): save it as UTF-8",
    );
    return;
  }
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const part = bytes.subarray(start, end);
    if (!isUtf8(part)) {
      const column = Math.max(0, part.toString("utf8").indexOf("\uFFFD")) + 1;
      note({ path, line, column }, "not-utf8", "this is not UTF-8: save the file as UTF-8");
      return;
    }
    start = end;
  }
}

/** What YAML does not allow in a text, and a carriage return that ends no line. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]|\r(?!\n)/g;

const MOST_CONTROL_CHARACTERS = 10;

function noteControlCharacters(path: string, text: string, note: Note): boolean {
  let found = 0;
  const placeOf = placesIn(path, text);
  for (const { 0: character, index } of text.matchAll(FORBIDDEN)) {
    found += 1;
    if (found > MOST_CONTROL_CHARACTERS) break;
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    note(
      placeOf(index),
      "control-character",
      `the character U+${code} (${nameOf(character)}) cannot be in a YAML file: take it out`,
    );
  }
  return found > 0;
}

function nameOf(character: string): string {
  if (character === "\0") return "NUL";
  if (character === "\r") return "a carriage return without a line feed";
  return "a control character";
}
