/**
 * Text from the files and from the API is untrusted. Each format has one function that escapes it to plain text on
 * one line; every renderer passes all untrusted text through it.
 */
import { codePoint, plainText, visible } from "../model/text.ts";

export { plainText, visible };

/**
 * For Markdown, outside of tables: a code span. Entities and backslashes are not enough: GitHub and GitLab link
 * e-mail addresses, mentions and references after resolving them, except in code.
 */
export function markdownText(text: string): string {
  const shown = plainText(text).replaceAll("`", codePoint);
  if (shown.trim() === "") return "` `";
  // Markdown strips one blank at both ends.
  return shown.startsWith(" ") && shown.endsWith(" ") ? `\` ${shown} \`` : `\`${shown}\``;
}

/** For a cell of a Markdown table: a pipe is escaped even in code, and a backslash before it must not be. */
export function markdownCell(text: string): string {
  return markdownText(text.replace(/\\(?=\\*\|)/g, codePoint)).replaceAll("|", "\\|");
}

/**
 * A word that Markdown and what is built on it leave alone: letters with single hyphens, a number, a day, with
 * the punctuation of a sentence. Nothing that reads like a commit, an issue, an address or an emoji.
 */
const SAFE_WORD =
  /^\(?(?![a-f]{7})(?:[A-Za-z]+(?:-[A-Za-z]+)*|\d{1,6}|\d{1,3}(?:,\d{3})+|\d{4}-\d\d-\d\d|%)%?\)?[.,;:]?$/;

/** A sentence in Markdown: safe words stay words, everything else is code. `code` is one of the two above. */
export function markdownProse(text: string, code: (text: string) => string): string {
  const runs: { safe: boolean; words: string[] }[] = [];
  for (const word of text.split(" ")) {
    const safe = SAFE_WORD.test(word);
    const last = runs.at(-1);
    if (last?.safe === safe) last.words.push(word);
    else runs.push({ safe, words: [word] });
  }
  return runs.map(({ safe, words }) => (safe ? words.join(" ") : code(words.join(" ")))).join(" ");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
  ":": "&#58;",
  "#": "&#35;",
};

/**
 * For the text of an HTML element, and for a quoted attribute. A page may be printed to a pipeline's log, so
 * workflow commands are broken up here too.
 */
export function htmlText(text: string): string {
  return visible(text).replace(
    /[&<>"'`]|:(?=:)|(?<=#)#(?=\w*\[)/g,
    (character) => ENTITIES[character] ?? character,
  );
}

/** For a field of a CSV file. csv-stringify's `escape_formulas` handles formulas. */
export function csvField(text: string): string {
  return plainText(text);
}

/** For the message of a GitHub workflow command. Its line breaks have become visible, so `%` is all that is left. */
export function workflowCommandValue(text: string): string {
  return visible(text).replaceAll("%", "%25");
}

/** For a property (`file=`, `title=`) of a GitHub workflow command. */
export function workflowCommandProperty(text: string): string {
  return workflowCommandValue(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** One output of a GitHub step, for `$GITHUB_OUTPUT`. The value is one line, so it can only be the delimiter itself. */
export function workflowOutput(name: string, value: string, delimiter: string): string {
  const shown = visible(value);
  const end = shown === delimiter ? `${delimiter}_` : delimiter;
  return `${name}<<${end}\n${shown}\n${end}\n`;
}
