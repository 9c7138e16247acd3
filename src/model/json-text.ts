/**
 * JSON text in which control, bidirectional and other invisible characters are escaped: it is looked at on
 * terminals too, and parses to the same value.
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu,
    (character) =>
      character
        .split("")
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join(""),
  );
}
