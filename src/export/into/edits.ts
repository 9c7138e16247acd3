/** Edits of a text by offsets of the original: what they do not touch stays byte for byte. */

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class Edits {
  readonly #edits: Edit[] = [];

  insert(at: number, text: string): void {
    this.#edits.push({ start: at, end: at, text });
  }

  remove(start: number, end: number): void {
    this.#edits.push({ start, end, text: "" });
  }

  replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  /** Whether this range goes, whole. */
  removes(start: number, end: number): boolean {
    return this.#edits.some(
      (edit) => edit.start <= start && end <= edit.end && edit.start < edit.end,
    );
  }

  /** Insertions at one offset stand in the order in which they were made, before what is removed there. */
  applyTo(text: string): string {
    const sorted = this.#edits
      .map((edit, order) => ({ ...edit, order }))
      .sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    const parts: string[] = [];
    let at = 0;
    for (const edit of sorted) {
      if (edit.start > at) parts.push(text.slice(at, edit.start));
      parts.push(edit.text);
      at = Math.max(at, edit.end);
    }
    return parts.concat(text.slice(at)).join("");
  }
}
