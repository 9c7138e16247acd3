/** Text for every format: numbers and lists in English, invisible characters made visible, safe JSON. */
import type { Place } from "./place.ts";

/** `1 user`, `2,000 users`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** How many names are shown of a long list. */
export const SHOWN_NAMES = 4;

/** `Acme, Apex, Bolt, Cyan and 194 more`; one more than `most` is shown too. */
export function firstOf(names: readonly string[], most = SHOWN_NAMES): string {
  if (names.length <= most + 1) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${grouped(names.length - most)} more`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], conjunction = "and"): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/** `"Acme", "Globex"` */
export function quotedList(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

/** `2,000`: by hand, since locales differ between machines. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `users.yaml:12`. Untrusted, not escaped yet. */
export function pathAndLine({ path, line }: Place): string {
  return `${path}:${line}`;
}

/** Where the files grant a role: `users.yaml:12`, `group data-team (users.yaml:8)`. Untrusted, not escaped yet. */
export function grantPlace({
  group,
  place,
}: {
  readonly group: string | null;
  readonly place: Place;
}): string {
  return group === null ? pathAndLine(place) : `group ${group} (${pathAndLine(place)})`;
}

/**
 * What cannot be seen, or moves what can be seen: control and format characters (bidirectional overrides,
 * zero-width, tags), separators of lines and paragraphs, lone surrogates, noncharacters, blanks other than the
 * space, a combining mark without a letter or with too many others.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]|(?! )\p{Zs}|^\p{M}|(?<=\p{M}{4})\p{M}/u;

let emojiOrUnseen: RegExp | null = null;

/**
 * The same, but an emoji that needs joiners and selectors keeps them. (`v` is not in the compiler's target.)
 * Made when it is needed: it takes longer to make than commander takes to load.
 */
function seenOrNot(): RegExp {
  emojiOrUnseen ??= new RegExp(String.raw`(\p{RGI_Emoji})|${UNSEEN.source}`, "gv");
  return emojiOrUnseen;
}

/** For text that is data for a page's script, too. Unseen characters become `\u{202e}`. */
export function visible(text: string): string {
  if (!UNSEEN.test(text)) return text;
  return text.replace(
    seenOrNot(),
    (found: string, emoji: string | undefined) => emoji ?? codePoint(found),
  );
}

export function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * For a terminal and for the log of a pipeline, whose runner takes commands from the lines it shows:
 * `::command::` where a line begins (lines are folded at blanks), `##[command]` and `##vso[command]` anywhere.
 */
export function plainText(text: string): string {
  return visible(text)
    .replace(/(?<=^|\s):(?=:)/g, codePoint)
    .replace(/##(?=\w*\[)/g, (found) => `#${codePoint(found)}`);
}

/** A file, or a document on stdout. */
export function jsonDocument(value: unknown): string {
  return `${jsonText(value, 2)}\n`;
}

export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\p{Cf}\u2028\u2029]|(?<=#)#(?=\w*\[)/gu,
    escaped,
  );
}

function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
