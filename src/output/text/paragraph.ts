/** Running text, folded at blanks. */
import { wrap } from "../columns.ts";

/** Lines after the first go in by two more. The text is harmless already. */
export function paragraph(
  text: string,
  { indent, width }: { readonly indent: number; readonly width: number },
): readonly string[] {
  const words = text.split(" ").filter((word) => word !== "");
  return folded(words, { indent, width });
}

/** The same for words that may hold blanks. */
export function folded(
  words: readonly string[],
  { indent, width }: { readonly indent: number; readonly width: number },
): readonly string[] {
  const lines = wrap(words, Math.max(20, width - indent - 2));
  return lines.map((line, index) => " ".repeat(indent + (index === 0 ? 0 : 2)) + line);
}
