/** Escapes text for YAML: as a scalar on one line that is valid in any place, or as a comment. */
import { stringify } from "yaml";
import { plainText, visible } from "./escape.ts";

/**
 * A key, a value or an entry of `[ ]`, quoted as the `yaml` package quotes it. Quoted too is what YAML 1.1
 * would not read as text (`yes`, `12:30`): editors and other tools still do.
 */
export function scalarText(value: string): string {
  if (plainText(value) !== value) return escaped(value);
  const list = stringify([value], {
    version: "1.2",
    schema: "core",
    compat: "yaml-1.1",
    collectionStyle: "flow",
    flowCollectionPadding: false,
    lineWidth: 0,
  });
  return list.slice(1, list.lastIndexOf("]"));
}

/** YAML's keys end after 1,024 characters. */
export function isKey(text: string): boolean {
  return scalarText(text).length <= 1_024;
}

const LONGEST_NAME = 200;

/** As much of a name as can be a key with an id after it. */
export function shortName(name: string): string {
  return Array.from(name).slice(0, LONGEST_NAME).join("");
}

/** With the quotes that are asked for, where text can stand in them on one line. */
export function quotedText(value: string, quote: "" | "'" | '"'): string {
  if (quote === '"') return escaped(value);
  if (quote === "" || plainText(value) !== value) return scalarText(value);
  return `'${value.replaceAll("'", "''")}'`;
}

/** Whole emoji, else single characters. (`v` is not in the compiler's target.) */
const CHARACTER = new RegExp(String.raw`\p{RGI_Emoji}|.`, "gsv");

/**
 * JSON's text is YAML's in double quotes; what cannot be seen, or moves what can be seen, is escaped in it, and so is
 * what a pipeline's runner would take for a command (as `plainText`).
 */
function escaped(value: string): string {
  return JSON.stringify(value)
    .replace(CHARACTER, (character) =>
      visible(character) === character ? character : codePoint(character),
    )
    .replace(/(?<=^"|\s):(?=:)|(?<=#)#(?=\w*\[)/g, codePoint);
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}

const LONGEST_COMMENT = 100;

/** For the rest of a line after `# `: on that line, and not endless. */
export function commentText(text: string): string {
  const characters = Array.from(text);
  return plainText(
    characters.length <= LONGEST_COMMENT
      ? text
      : `${characters.slice(0, LONGEST_COMMENT - 1).join("")}…`,
  );
}
