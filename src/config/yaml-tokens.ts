/**
 * Text → the `yaml` package's tokens of one document. Refuses tags, directives, several documents, deep nesting and
 * huge files before any recursive code sees the text.
 */
import { type CST, Lexer, Parser } from "yaml";
import type { Report } from "../model/problem.ts";
import type { PlaceOf } from "./yaml-document.ts";

/** Levels of maps, lists and scalars. The format itself needs eight. */
const MAX_DEPTH = 100;

/** A hundred thousand users take about three million, and the parser 250 bytes for each. */
const MAX_LEXEMES = 10_000_000;

/** What the lexer says before the source of a scalar. */
export const SCALAR_FOLLOWS = "\u001F";

/**
 * Tokens one after the other, so that none is kept longer than needed: the document's own token comes last.
 * Ends early where the rest cannot be read: a text that is too large or too deep.
 */
export function* allowedTokens(
  text: string,
  placeOf: PlaceOf,
  report: Report,
): Generator<CST.Token> {
  const parser = new Parser();
  let lexemes = 0;
  let documents = 0;
  let isScalar = false;
  /** True for the tokens of the first document. */
  const accept = (token: CST.Token): boolean => {
    if (token.type === "document") documents += 1;
    if (token.type === "document" && documents === 2) {
      report(placeOf(token.offset), "several-documents", {});
    }
    return documents < 2;
  };
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    const place = () => placeOf(parser.offset);
    if (lexemes > MAX_LEXEMES) {
      return report(place(), "too-large", { limit: `${MAX_LEXEMES} YAML tokens` });
    }
    if (!isScalar && lexeme.startsWith("!")) report(place(), "yaml-tag", {});
    if (!isScalar && lexeme.startsWith("%")) report(place(), "yaml-directive", {});
    isScalar = lexeme === SCALAR_FOLLOWS;
    for (const token of parser.next(lexeme)) if (accept(token)) yield token;
    if (parser.stack.length > MAX_DEPTH) return report(place(), "too-deep", { limit: MAX_DEPTH });
  }
  for (const token of parser.end()) if (accept(token)) yield token;
}
