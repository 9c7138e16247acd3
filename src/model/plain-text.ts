/** Hostile text as text on one line, with what cannot be seen made visible. */

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
