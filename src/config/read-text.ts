/** Bytes → text: checks size, UTF-8 and control characters. Also splits a text into lines, for messages. */
import { isUtf8 } from "node:buffer";
import { createReadStream, readFileSync, statSync } from "node:fs";
import type { Report } from "../model/problem.ts";
import type { Place } from "../model/place.ts";
import { placesIn } from "./yaml-document.ts";

/** In bytes. A hundred thousand users take about 10 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads at most the limit, because a file may be endless (a device). Rejects with the system's error. */
export async function readBytes(absolutePath: string): Promise<Uint8Array> {
  const status = statSync(absolutePath);
  // Synchronous: faster for thousands of small files, and nothing else runs meanwhile.
  if (status.isFile() && status.size <= MAX_BYTES) return readFileSync(absolutePath);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(absolutePath, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** The text without its byte order mark; null if a problem was reported. */
export function decodeText(path: string, bytes: Uint8Array, report: Report): string | null {
  const top = { path, line: 1, column: 1 };
  if (bytes.length > MAX_BYTES) {
    report(top, "too-large", { limit: `${MAX_BYTES / 1024 / 1024} MiB` });
    return null;
  }
  if (!isUtf8(bytes)) {
    reportEncoding(path, Buffer.from(bytes), report);
    return null;
  }
  const text = Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  return reportControlCharacters(path, text, report) ? null : text;
}

function reportEncoding(path: string, bytes: Buffer, report: Report): void {
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe" || mark === "feff") {
    return report({ path, line: 1, column: 1 }, "not-utf8", { utf16: true });
  }
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const part = bytes.subarray(start, end);
    if (!isUtf8(part)) {
      const column = Math.max(0, part.toString("utf8").indexOf("\uFFFD")) + 1;
      return report({ path, line, column }, "not-utf8", { utf16: false });
    }
    start = end;
  }
}

/** What YAML does not allow in a text, and a carriage return that ends no line. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]|\r(?!\n)/g;

const MAX_REPORTED = 10;

function reportControlCharacters(path: string, text: string, report: Report): boolean {
  const placeOf = placesIn(path, text);
  let found = 0;
  for (const { 0: character, index } of text.matchAll(FORBIDDEN)) {
    found += 1;
    if (found > MAX_REPORTED) break;
    report(placeOf(index), "control-character", { character });
  }
  return found > 0;
}

/** The lines of the files that were read, for messages that show them. Files that were refused are not among them. */
export class SourceLines {
  /** By path as shown: the real path, or the bytes of standard input. */
  readonly #sources = new Map<string, string | Uint8Array>();
  #last: { readonly path: string; readonly lines: readonly string[] } | null = null;

  add(path: string, source: string | Uint8Array): void {
    this.#sources.set(path, source);
  }

  /** Each file that was read from the disk: its path as shown, and its real path. */
  *files(): Iterable<readonly [shown: string, real: string]> {
    for (const [path, source] of this.#sources)
      if (typeof source === "string") yield [path, source];
  }

  /** Null where the file was not read, or cannot be read again. */
  at({ path, line }: Place): string | null {
    if (this.#last?.path !== path) this.#last = { path, lines: this.#read(path) };
    return this.#last.lines[line - 1] ?? null;
  }

  #read(path: string): readonly string[] {
    const source = this.#sources.get(path);
    if (source === undefined) return [];
    try {
      const bytes = typeof source === "string" ? readFileSync(source) : Buffer.from(source);
      return bytes
        .toString("utf8")
        .replace(/^\uFEFF/, "")
        .split(/\r?\n/);
    } catch {
      return [];
    }
  }
}
