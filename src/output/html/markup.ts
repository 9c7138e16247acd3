/**
 * Markup that cannot be mistaken for text: a value in a markup`` template is text and is escaped, unless it is
 * markup itself. Values stand between tags only, never inside one.
 */
import { htmlText } from "../escape.ts";

/** Finished HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = string | number | Markup | readonly Piece[] | null;

/** Null leaves nothing, a list is its pieces one after the other. */
export function markup(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(literals.map((literal, at) => literal + render(pieces[at] ?? null)).join(""));
}

/** The pieces that are not null with this text between them. */
export function joined(pieces: readonly Piece[], between: string): Piece {
  return pieces
    .filter((piece) => piece !== null)
    .flatMap((piece, at) => (at === 0 ? [piece] : [between, piece]));
}

function render(piece: Piece): string {
  if (piece === null) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(render).join("");
  return htmlText(String(piece));
}

/** An address that breaks after `@` and `.`, and nowhere else unless a part alone is too long. */
export function address(email: string): Markup {
  return new Markup(htmlText(email).replace(/(?<!&[^;]*)[@.](?=.)/g, "$&<wbr>"));
}
