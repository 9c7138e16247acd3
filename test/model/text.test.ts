/** JSON text in a terminal and in a pipeline's log, whose runner executes commands that it finds there. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { jsonText } from "../../src/model/text.ts";

/**
 * How GitHub's and Azure's runners read a line: `::name::` at its beginning, `##[name]` and `##vso[name]` anywhere.
 */
const COMMAND = /^\s*::|##\w*\[/m;

describe("JSON text", () => {
  for (const [name, value, expected] of [
    ["has no command of a runner", "##[error]x", String.raw`"#\u0023[error]x"`],
    ["has no command of Azure's runner", "##vso[a.b]x", String.raw`"#\u0023vso[a.b]x"`],
    ["has none behind a backslash", String.raw`\##[a]`, String.raw`"\\#\u0023[a]"`],
    ["has none behind another #", "###[a]", String.raw`"##\u0023[a]"`],
    ["has none in a name", { "##[a]": 1 }, String.raw`{"#\u0023[a]":1}`],
    ["leaves other signs alone", "## a # [b] :: c", '"## a # [b] :: c"'],
    ["begins no line inside a text", "a\n::b\r::c", String.raw`"a\n::b\r::c"`],
    [
      "shows what cannot be seen",
      "a\u202e\u0085\u{e0041}",
      String.raw`"a\u202e\u0085\udb40\udc41"`,
    ],
  ] as const) {
    it(name, () => {
      assert.equal(jsonText(value), expected);
    });
  }

  it("parses to the same value and holds no command, whatever is in it", () => {
    const part = fc.constantFrom(
      ...'# ## [ ] : :: \\ " a vso [a] ##[a] ##vso[a] ::a:: \n \r \u0085 \u2028 \u000b \u200b'.split(
        " ",
      ),
      " ",
    );
    const text = fc.oneof(
      fc.array(part).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    const value = fc.oneof(
      text,
      fc.array(text),
      fc.array(fc.tuple(text, text)).map(Object.fromEntries),
    );
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (value, indent) => {
        const written = jsonText(value, indent);
        assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(value)));
        assert.doesNotMatch(written, COMMAND);
      }),
    );
  });
});
