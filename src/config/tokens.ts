/**
 * Text → the `yaml` package's tokens of one document, and a refusal of what a users file must not have:
 * tags, directives, several documents, nesting without end, a file that would take all memory.
 * All of it is seen before anything recursive looks at the text.
 */
import { type CST, Lexer, Parser } from "yaml";
import type { PlaceOf } from "./lines.ts";
import type { Note } from "./notes.ts";

/** Levels of maps, lists and scalars. The format itself needs eight. */
const DEEPEST = 100;

/** Lexemes. A hundred thousand people take about three millions, and the parser 250 bytes for each. */
const MOST_LEXEMES = 10_000_000;

/** What the lexer says before the source of a scalar. */
const SCALAR_FOLLOWS = "\u001F";

/** The tokens of the document, or null when a problem was noted that makes them useless. */
export function tokensOf(text: string, placeOf: PlaceOf, note: Note): readonly CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let refused = false;
  let lexemes = 0;
  let scalar = false;
  const refuse = (offset: number, code: string, message: string): void => {
    refused = true;
    note(placeOf(offset), code, message);
  };

  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > MOST_LEXEMES) {
      refuse(parser.offset, "too-large", "the file has too many parts: divide it, and use include");
      return null;
    }
    if (!scalar) checkLexeme(lexeme, parser.offset, refuse);
    scalar = lexeme === SCALAR_FOLLOWS;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > DEEPEST) {
      refuse(
        parser.offset,
        "too-deep",
        `more than ${DEEPEST} levels of nesting: a users file needs eight`,
      );
      return null;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  checkDocuments(tokens, refuse);
  return refused ? null : tokens;
}

type Refuse = (offset: number, code: string, message: string) => void;

function checkLexeme(lexeme: string, offset: number, refuse: Refuse): void {
  if (lexeme.startsWith("!")) {
    refuse(offset, "yaml-tag", "tags are not allowed in a users file: take it out, and quote text");
  } else if (lexeme.startsWith("%")) {
    refuse(
      offset,
      "yaml-directive",
      "directives are not allowed in a users file: take the line out",
    );
  }
}

function checkDocuments(tokens: readonly CST.Token[], refuse: Refuse): void {
  const second = tokens.filter(({ type }) => type === "document")[1];
  if (second === undefined) return;
  refuse(
    second.offset,
    "several-documents",
    "a second YAML document begins here: one file describes one organization, so make it two files",
  );
}
