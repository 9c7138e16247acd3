/** The lines of a text, by offset. */

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

/** The line that begins at this offset, without its end. */
function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, "");
}

export function isBlank(text: string, start: number): boolean {
  return start < text.length && lineAt(text, start).trim() === "";
}

/** How far a comment that has its line for itself is indented; null for any other line. */
export function commentColumn(text: string, start: number): number | null {
  return start < text.length ? (/^( *)#/.exec(lineAt(text, start))?.[1]?.length ?? null) : null;
}

export function lineEnding(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
