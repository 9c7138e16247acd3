/** The lines of a text that say something, one after the other: without blank ones and comments alone. */

const SPACE = 0x20;
const HASH = 0x23;
const RETURN = 0x0d;

export class Lines {
  /** Lines so far, all of them. */
  count = 0;
  ended = false;
  /** Of the first character that is left of the line: its column, from 0, and its offset in the text. */
  column = 0;
  offset = 0;
  /** What is left of the line, without spaces at its end; a comment may stand there. */
  rest = "";
  readonly #text: string;
  #nextLine = 0;

  constructor(text: string) {
    this.#text = text;
    this.next();
  }

  next(): void {
    const text = this.#text;
    while (this.#nextLine < text.length) {
      const start = this.#nextLine;
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      this.#nextLine = end + 1;
      this.count += 1;
      const first = this.#skipSpaces(start, end);
      const last = this.#endOfContent(first, end);
      if (first >= last || text.charCodeAt(first) === HASH) continue;
      this.column = first - start;
      this.offset = first;
      this.rest = text.slice(first, last);
      return;
    }
    this.ended = true;
    this.column = -1;
    this.rest = "";
  }

  /** Leaves so many characters of the line behind. */
  skip(characters: number): void {
    this.column += characters;
    this.offset += characters;
    this.rest = this.rest.slice(characters);
  }

  #skipSpaces(start: number, end: number): number {
    let at = start;
    while (at < end && this.#text.charCodeAt(at) === SPACE) at += 1;
    return at;
  }

  #endOfContent(start: number, lineEnd: number): number {
    let end = lineEnd;
    if (this.#text.charCodeAt(end - 1) === RETURN) end -= 1;
    while (end > start && this.#text.charCodeAt(end - 1) === SPACE) end -= 1;
    return end;
  }
}
