/** Colors, names and wrapped text for a terminal or a log. */
import { styleText } from "node:util";
import { plainText } from "../escape.ts";
import { wrap } from "./columns.ts";

export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Each change on one line, however long: in pipes and files, where lines are searched and compared. */
  readonly unfolded?: boolean;
  /** Also a unified diff of each user's roles. */
  readonly diff: boolean;
  /** The command that applies exactly this plan, or null. */
  readonly command: string | null;
  /** True where this run also writes a page, which shows all that the text shortens. */
  readonly page?: boolean;
}

type Style = (text: string) => string;

/** Colours only repeat what words and signs show. */
export interface Paint {
  readonly good: Style;
  readonly careful: Style;
  readonly bad: Style;
  readonly strong: Style;
  readonly faint: Style;
}

const plain: Style = (text) => text;

const withoutColour: Paint = {
  good: plain,
  careful: plain,
  bad: plain,
  strong: plain,
  faint: plain,
};

const withColour: Paint = {
  good: styled("green"),
  careful: styled("yellow"),
  bad: styled("red"),
  strong: styled("bold"),
  faint: styled("dim"),
};

export function paint(color: boolean): Paint {
  return color ? withColour : withoutColour;
}

function styled(format: Parameters<typeof styleText>[0]): Style {
  // The caller decides on colour; newer versions of Node would check stdout themselves.
  return (text) => styleText(format, text, { validateStream: false });
}

const SIMPLE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._&/'@ -]*[\p{L}\p{N}\p{M}])?$/u;
const SIMPLE_ADDRESS = /^[^\s"(),]+$/;

/** A role's or an organization's name, quoted where it could be read as a part of the sentence around it. */
export function shownName(name: string): string {
  return SIMPLE_NAME.test(name) ? plainText(name) : quoted(name);
}

export function shownAddress(email: string): string {
  return SIMPLE_ADDRESS.test(email) ? plainText(email) : quoted(email);
}

/** `Analyst,` `Member`: a name is one word, however many blanks it has. */
export function listedNames(names: readonly string[]): readonly string[] {
  if (names.length === 0) return ["no role"];
  return commaSeparated(names.map(shownName));
}

export function commaSeparated(words: readonly string[]): readonly string[] {
  return words.map((word, index) => word + (index < words.length - 1 ? "," : ""));
}

function quoted(text: string): string {
  return `"${plainText(text).replaceAll('"', '\\"')}"`;
}

interface Fold {
  readonly indent: number;
  readonly width: number;
}

/** Running text, folded at blanks; lines after the first go in by two more. The text is escaped already. */
export function paragraph(text: string, fold: Fold): readonly string[] {
  return foldedWords(words(text), fold);
}

/** The same for words that may hold blanks. */
export function foldedWords(all: readonly string[], { indent, width }: Fold): readonly string[] {
  const lines = wrap(all, Math.max(20, width - indent - 2));
  return lines.map((line, index) => " ".repeat(indent + (index === 0 ? 0 : 2)) + line);
}

/** `{ demote_to: Viewer }` is one word: code is not folded. */
export function words(text: string): readonly string[] {
  return text.match(/\{ [^{}]{1,40} \}[^ ]*|[^ ]+/g) ?? [];
}

/** Parts with commas between them, word by word. */
export function sentence(parts: readonly string[]): readonly string[] {
  return commaSeparated(parts.map(plainText)).flatMap(words);
}

/** Lines that belong together. An empty one is left out. */
export type Block = readonly string[];

/** Blocks with an empty line between them. */
export function blocksToText(blocks: readonly Block[]): string {
  return blocks
    .filter(({ length }) => length > 0)
    .map((block) => `${block.join("\n")}\n`)
    .join("\n");
}
