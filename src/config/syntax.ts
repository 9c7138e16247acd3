/** The YAML package's syntax errors → problems in plain words. */
import type { ErrorCode, YAMLParseError } from "yaml";
import type { PlaceOf } from "./lines.ts";
import type { Note } from "./notes.ts";

/** One mistake often makes many errors further down: the first ones are worth reading. */
const MOST_ERRORS = 10;

const words: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias (*name) cannot have an anchor of its own: take that out",
  BAD_ALIAS:
    "an alias or anchor needs a name of letters and digits: quote the text if * or & is part of it",
  BAD_COLLECTION_TYPE: "this is not the kind of value that was announced: take the tag out",
  BAD_DIRECTIVE: "directives are not allowed in a users file: take the line out",
  BAD_DQ_ESCAPE:
    "this is no escape in double quotes: write \\\\ for a backslash, or use single quotes",
  BAD_INDENT: "the indentation does not fit the lines above: align it with spaces",
  BAD_PROP_ORDER: "an anchor (&name) belongs right before its value",
  BAD_SCALAR_START: "text cannot begin with this character: put it in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    'a key and its value cannot begin here: begin a new line, or put text with ": " in quotes',
  BLOCK_IN_FLOW:
    "a list or map over several lines cannot be inside [ ] or { }: write it with commas",
  DUPLICATE_KEY: "this key is there already: keep one",
  IMPOSSIBLE: "this cannot be read as YAML",
  KEY_OVER_1024_CHARS: "a key cannot be this long: is a quote or a line break missing?",
  MISSING_CHAR:
    "a character is missing here: is a quote, a bracket, a comma or a space after : or - not there?",
  MULTILINE_IMPLICIT_KEY: "a key must be on one line: is a colon or a quote missing?",
  MULTIPLE_ANCHORS: "a value can have one anchor (&name) only",
  MULTIPLE_DOCS: "one file describes one organization: make it two files",
  MULTIPLE_TAGS: "tags are not allowed in a users file: take them out",
  NON_STRING_KEY: "a key must be plain text: put it in quotes",
  RESOURCE_EXHAUSTION: "this has too many parts to be read",
  TAB_AS_INDENT: "a tab cannot indent in YAML: use spaces",
  TAG_RESOLVE_FAILED: "tags are not allowed in a users file: take it out",
  UNEXPECTED_TOKEN:
    "this is not expected here: is a quote, a bracket or a colon missing before it?",
};

/** Where the package's own words say more than its code. Should they change, the code's words remain. */
const closer: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing/, "a quote that was opened before is not closed: close it"],
  [/ end with a /, "a bracket that was opened before is not closed: close it"],
  [/^Implicit map keys/, "this text stands alone: is it a key without its colon?"],
  [/^Sequence item without/, "this is inside a list: begin it with - as the others do"],
  [/start at the same column/, "the entries from here on must begin in one column: align them"],
  [/^Missing , /, "a comma is missing before this"],
  [/^Comments must be/, "a space is missing before #"],
  [/^Missing space after/, "a space is missing after the colon"],
];

function wordsFor(error: YAMLParseError): string {
  return closer.find(([message]) => message.test(error.message))?.[1] ?? words[error.code];
}

/** True when there was one. */
export function noteSyntaxErrors(
  errors: readonly YAMLParseError[],
  placeOf: PlaceOf,
  note: Note,
): boolean {
  let line = 0;
  let noted = 0;
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const place = placeOf(error.pos[0]);
    if (place.line === line || noted === MOST_ERRORS) continue;
    note(place, "yaml-syntax", wordsFor(error));
    line = place.line;
    noted += 1;
  }
  return noted > 0;
}
