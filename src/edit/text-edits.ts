/** Edits of a text, and its lines by offset. Unedited parts keep every byte. */

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class TextEdits {
  readonly text: string;
  readonly eol: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.text = text;
    this.eol = text.includes("\r\n") ? "\r\n" : "\n";
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** Lines of their own at the start of a line; at the end of a text that ends within a line, after that line. */
  insertLines(at: number, lines: readonly string[]): void {
    if (lines.length === 0) return;
    const unfinished = at === this.text.length && !this.text.endsWith("\n");
    const text = lines.join(this.eol);
    this.insert(at, unfinished ? `${this.eol}${text}` : `${text}${this.eol}`);
  }

  replace(start: number, end: number, text: string): void {
    if (start < end || text !== "") this.#edits.push({ start, end, text });
  }

  /** The same edits of a larger text. Null where one of them has no place there. */
  movedTo(text: string, placeOf: (start: number, end: number) => number | null): TextEdits | null {
    const moved = new TextEdits(text);
    for (const { start, end, text: inserted } of this.#edits) {
      const at = placeOf(start, end);
      if (at === null) return null;
      moved.replace(at, at + end - start, inserted);
    }
    return moved;
  }

  /** Whether this whole range is removed or replaced. */
  covers(start: number, end: number): boolean {
    return this.#edits.some(
      (edit) => edit.start <= start && end <= edit.end && edit.start < edit.end,
    );
  }

  /** Insertions at one offset keep the order in which they were made, and come before what is removed there. */
  result(): string {
    const sorted = this.#edits
      .map((edit, order) => ({ ...edit, order }))
      .sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    const parts: string[] = [];
    let at = 0;
    for (const edit of sorted) {
      if (edit.start > at) parts.push(this.text.slice(at, edit.start));
      parts.push(edit.text);
      at = Math.max(at, edit.end);
    }
    return this.#sameEnd(parts.concat(this.text.slice(at)).join(""));
  }

  /** The end of the file stays as it was: with or without a line break, and with no blank line more. */
  #sameEnd(edited: string): string {
    if (/\n[ \t\r]*\n$/.test(this.text) || edited === this.text) return edited;
    const end = /(?:\r?\n[ \t]*)*$/;
    return edited.replace(end, "") + (end.exec(this.text)?.[0] ?? "");
  }
}

/** The start of the line that this offset is on. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** The start of the next line, or the end of the text; an offset that begins a line is its own. */
export function lineAfter(text: string, at: number): number {
  if (at > 0 && text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** The line that begins at this offset, without its end; null at the end of the text. */
function lineAt(text: string, start: number): string | null {
  if (start >= text.length) return null;
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, "");
}

export function isBlank(text: string, start: number): boolean {
  return lineAt(text, start)?.trim() === "";
}

/** How far a comment on a line of its own is indented; null for any other line. */
export function commentColumn(text: string, start: number): number | null {
  return /^( *)#/.exec(lineAt(text, start) ?? "")?.[1]?.length ?? null;
}
