/**
 * Text → the `yaml` package's tokens of one document, and a refusal of what a users file must not have:
 * tags, directives, several documents, nesting without end, a file that would take all memory.
 * All of it is seen before anything recursive looks at the text.
 */
import { type CST, Lexer, Parser } from "yaml";

/** Levels of maps, lists and scalars. The format itself needs eight. */
const DEEPEST = 100;

/** Lexemes. A hundred thousand people take about three millions, and the parser 250 bytes for each. */
const MOST_LEXEMES = 10_000_000;

/** What the lexer says before the source of a scalar. */
const SCALAR_FOLLOWS = "\u001F";

export type Refuse = (offset: number, code: string, message: string) => void;

/**
 * The tokens one after the other, so that none is kept for longer than it is needed: the document's own
 * token comes when all of it has been seen. Ends early after a refusal that makes the rest useless.
 */
export function* allowedTokens(text: string, refuse: Refuse): Generator<CST.Token> {
  const parser = new Parser();
  const only = onlyOneDocument(refuse);
  let lexemes = 0;
  let scalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > MOST_LEXEMES) {
      const message = "the file has too many parts up to here: divide it, and use include";
      return refuse(parser.offset, "too-large", message);
    }
    if (!scalar) checkLexeme(lexeme, parser.offset, refuse);
    scalar = lexeme === SCALAR_FOLLOWS;
    for (const token of parser.next(lexeme)) if (only(token)) yield token;
    if (parser.stack.length > DEEPEST) {
      const message = `more than ${DEEPEST} levels of nesting: a users file needs eight`;
      return refuse(parser.offset, "too-deep", message);
    }
  }
  for (const token of parser.end()) if (only(token)) yield token;
}

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

/** True for the tokens of the first document, which are to be read. */
function onlyOneDocument(refuse: Refuse): (token: CST.Token) => boolean {
  let documents = 0;
  return (token) => {
    if (token.type === "document") documents += 1;
    if (token.type === "document" && documents === 2) {
      refuse(
        token.offset,
        "several-documents",
        "a second YAML document begins here: one file describes one organization, so make it two files",
      );
    }
    return documents < 2;
  };
}
