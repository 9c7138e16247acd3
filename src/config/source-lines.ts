/** The lines of the files that were read, for messages that show them. Files that were refused are not among them. */
import { readFileSync } from "node:fs";
import type { Place } from "../model/place.ts";

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
