/** Aligns text in columns by its width on a terminal: wide characters count twice, color codes not at all. */
import stringWidth from "string-width";

/** A cell is a run of words that are never broken; lines break between them. */
export type Cell = readonly string[];

export interface Column {
  /** Where it begins, from 0. */
  readonly start: number;
  readonly width: number;
}

/** The lines of one row. Nothing is ever cut: what is too long for its column pushes what follows to a new line. */
export function rowLines(cells: readonly Cell[], columns: readonly Column[]): readonly string[] {
  const wrapped = cells.map((cell, index) => wrap(cell, columns[index]?.width ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    joined(
      wrapped.map((lines) => lines[line] ?? ""),
      columns,
    ),
  ).flat();
}

function joined(parts: readonly string[], columns: readonly Column[]): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const [index, part] of parts.entries()) {
    if (part === "") continue;
    const start = columns[index]?.start ?? 0;
    if (line !== "" && stringWidth(line) >= start) {
      lines.push(line);
      line = "";
    }
    line = padded(line, start) + part;
  }
  return [...lines, line];
}

/** The same on one line: what is too long for its column moves what follows to the right. */
export function rowLine(cells: readonly Cell[], columns: readonly Column[]): string {
  let line = "";
  for (const [index, cell] of cells.entries()) {
    if (cell.length === 0) continue;
    const start = columns[index]?.start ?? 0;
    const gap = line === "" || stringWidth(line) < start ? "" : "  ";
    line = padded(line + gap, start) + cell.join(" ");
  }
  return line;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** Words → lines no wider than `width`, unless one word alone is. */
export function wrap(words: Cell, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of words) {
    const needed = stringWidth(word);
    if (line !== "" && used + 1 + needed > width) {
      lines.push(line);
      line = "";
      used = 0;
    }
    used += (line === "" ? 0 : 1) + needed;
    line += (line === "" ? "" : " ") + word;
  }
  return line === "" ? lines : [...lines, line];
}

/** The widest of these that is not wider than `most`: a single word that is wider overflows its column. */
export function widest(texts: Iterable<string>, most: number): number {
  let width = 0;
  for (const text of texts) {
    const needed = stringWidth(text);
    if (needed <= most && needed > width) width = needed;
  }
  return width;
}

/** The widest of these, at most `most`: what is wider is folded. */
export function widestFolded(texts: Iterable<string>, most: number): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, stringWidth(text));
  return Math.min(width, most);
}
