/**
 * The file around the content: one document that loads nothing else. Its content security policy allows exactly the
 * script and the style in it, by their hashes; the data is inert JSON.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { jsonText } from "../../model/text.ts";
import { htmlText } from "../escape.ts";

export interface Content {
  readonly title: string;
  readonly header: Markup;
  readonly main: readonly Piece[];
  /** What the page's script shows, as plain values. */
  readonly data: unknown;
  /** On every printed page, beside its number. */
  readonly footer?: string;
  /** The table of access, or the worksheet of a review. */
  readonly script?: "page.js" | "review-page.js";
}

/** The whole file, with a line end. */
export function document(content: Content): string {
  const style = asset("page.css") + printedFooter(content.footer ?? content.title);
  const script = asset(content.script ?? "page.js");
  // Nothing may stand between the tags of style and script but what was hashed.
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${content.title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${content.header}
<main id="main" tabindex="-1">
${content.main}</main>
<script type="application/json" id="data">${new Markup(inertJson(content.data))}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
}

/** A page that lies alone on a desk says what it belongs to. Only letters that cannot end the text are left. */
function printedFooter(text: string): string {
  const safe = text.replaceAll(/[^A-Za-z0-9 .,:·-]/g, "_");
  return `
@page {
  @bottom-left {
    content: "${safe}";
  }
  @bottom-right {
    content: "Page " counter(page) " of " counter(pages);
  }
}
`;
}

/** JSON that ends no script element and opens no comment, in whatever way it is read. */
function inertJson(data: unknown): string {
  return jsonText(data).replace(
    /[<>&]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function policy(style: string, script: string): Markup {
  return new Markup(
    [
      "default-src 'none'",
      `style-src '${hash(style)}'`,
      `script-src '${hash(script)}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
  );
}

function hash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function asset(name: "page.css" | "page.js" | "review-page.js"): string {
  const text = readFileSync(new URL(name, import.meta.url), "utf8");
  return text.replaceAll("\r\n", "\n"); // a browser hashes what it parsed, with \n alone
}

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
