/** Names inside a line of text: quoted where they could be read as a part of the sentence around them. */
import { plainText } from "../escape.ts";

const SIMPLE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._&/'@ -]*[\p{L}\p{N}\p{M}])?$/u;
const SIMPLE_ADDRESS = /^[^\s"(),]+$/;

/** A role's name: `Data Team`, `"Viewer, keeps Admin"`. */
export function shownName(name: string): string {
  return SIMPLE_NAME.test(name) ? plainText(name) : quoted(name);
}

export function shownAddress(email: string): string {
  return SIMPLE_ADDRESS.test(email) ? plainText(email) : quoted(email);
}

/** `Analyst,` `Member`: a name is one word, however many blanks it has. */
export function listedNames(names: readonly string[]): readonly string[] {
  if (names.length === 0) return ["no role"];
  return names.map((name, index) => shownName(name) + (index < names.length - 1 ? "," : ""));
}

function quoted(text: string): string {
  return `"${plainText(text).replaceAll('"', '\\"')}"`;
}
