/**
 * JSON text that parses to the same value and is harmless where it is looked at. On terminals: control, bidirectional
 * and other invisible characters are escaped. In the log of a pipeline: `##[command]` and `##vso[command]`, which
 * runners take from anywhere in a line, are broken up. `::command::` they take from a line's beginning, where
 * JSON has a bracket, a quote, a figure or a word of its own.
 */
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
