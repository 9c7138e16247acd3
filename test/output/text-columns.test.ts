import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { padded, rowLines, widest, widestFolded, wrap } from "../../src/output/text/columns.ts";

const columns = [
  { start: 2, width: 4 },
  { start: 8, width: 10 },
];

describe("columns", () => {
  it("begin where they should", () => {
    assert.deepEqual(rowLines([["ab"], ["cd", "ef"]], columns), ["  ab    cd ef"]);
  });

  it("count wide characters twice and colours not at all", () => {
    assert.deepEqual(rowLines([["太郎"], ["x"]], columns), ["  太郎  x"]);
    assert.equal(padded("\u001b[31mab\u001b[39m", 4), "\u001b[31mab\u001b[39m  ");
  });

  it("fold a long cell between its words, inside its column", () => {
    assert.deepEqual(rowLines([["a"], ["one", "two", "three"]], columns), [
      "  a     one two",
      "        three",
    ]);
  });

  it("move to a new line text that does not fit after a long word", () => {
    assert.deepEqual(rowLines([["abcdefgh"], ["x"]], columns), ["  abcdefgh", "        x"]);
  });

  it("lose no text, whatever the widths", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "太"), minLength: 1 });
    fc.assert(
      fc.property(fc.array(word), fc.array(word), fc.nat(30), (one, two, width) => {
        const lines = rowLines(
          [one, two],
          [
            { start: 0, width },
            { start: width + 2, width },
          ],
        );
        const letters = (text: string): string =>
          Array.from(text.replaceAll(" ", "")).sort().join("");
        assert.equal(letters(lines.join("")), letters([...one, ...two].join("")));
      }),
    );
  });

  it("are never wider than asked where the words allow it", () => {
    const lines = wrap(["aaaa", "bbbb", "cc", "dddd"], 9);
    assert.deepEqual(lines, ["aaaa bbbb", "cc dddd"]);
  });

  it("are as wide as the widest cell that fits or can be folded", () => {
    assert.equal(widest(["a", "abc", "abcdef"], 4), 3);
    assert.equal(widestFolded(["a", "abc", "abcdef"], 4), 4);
  });
});
