import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  csvField,
  htmlText,
  markdownCell,
  markdownText,
  markdownProse,
  plainText,
  workflowCommandProperty,
  workflowCommandValue,
  workflowOutput,
} from "../../src/output/escape.ts";

function table(
  escape: (text: string) => string,
  rows: readonly (readonly [name: string, given: string, expected: string])[],
): void {
  for (const [name, given, expected] of rows) {
    it(name, () => assert.equal(escape(given), expected));
  }
}

describe("plain text", () => {
  table(plainText, [
    ["leaves ordinary text alone", "Jane Doe <jane@acme.example>", "Jane Doe <jane@acme.example>"],
    ["leaves letters of any script alone", "Zoë 太郎 Ελένη שלום", "Zoë 太郎 Ελένη שלום"],
    ["shows escape sequences", "\u001b[31mred", "\\u{1b}[31mred"],
    ["shows C1 controls", "\u009b31m", "\\u{9b}31m"],
    [
      "keeps to one line",
      "a\r\nb\u2028c\u2029d\u0085e",
      "a\\u{d}\\u{a}b\\u{2028}c\\u{2029}d\\u{85}e",
    ],
    ["shows bidirectional overrides and isolates", "a\u202eb\u2066c", "a\\u{202e}b\\u{2066}c"],
    ["shows zero-width characters", "a\u200bb\u2060c\ufeffd", "a\\u{200b}b\\u{2060}c\\u{feff}d"],
    ["shows fillers and variation selectors", "a\u3164b\u{e0100}", "a\\u{3164}b\\u{e0100}"],
    ["shows the tags block", "Admin\u{e0041}", "Admin\\u{e0041}"],
    ["shows lone surrogates", "a\ud800b", "a\\u{d800}b"],
    ["shows blanks other than the space", "a\u00a0b\u2003c", "a\\u{a0}b\\u{2003}c"],
    ["shows a combining mark that would sit on our own text", "\u0301a", "\\u{301}a"],
    ["leaves a combining mark on its letter", "e\u0301", "e\u0301"],
    ["leaves emoji whole", "🎉 👩🏽‍💻 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🎉 👩🏽‍💻 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ["shows a joiner that joins nothing", "a\u200d🎉", "a\\u{200d}🎉"],
    ["shows a command of a workflow at the beginning", "::error::x", "\\u{3a}:error::x"],
    ["shows a command where a line could be folded", "a ::error::x", "a \\u{3a}:error::x"],
    ["shows commands of older runners anywhere", "a##[error]b", "a#\\u{23}[error]b"],
    ["shows commands of Azure Pipelines", "##vso[task]", "#\\u{23}vso[task]"],
  ]);
});

describe("Markdown text", () => {
  table(markdownText, [
    ["is code", "jane@acme.example", "`jane@acme.example`"],
    ["has no backticks of its own", "a`b``c", "`a\\u{60}b\\u{60}\\u{60}c`"],
    ["keeps blanks at both ends", " a ", "`  a  `"],
    ["shows that there is nothing", "", "` `"],
    ["is one line", "a\nb", "`a\\u{a}b`"],
  ]);
});

describe("a cell of a Markdown table", () => {
  table(markdownCell, [
    ["escapes pipes", "a|b", "`a\\|b`"],
    [
      "shows a backslash that would undo that",
      "a\\|b \\ c\\\\|",
      "`a\\u{5c}\\|b \\ c\\u{5c}\\u{5c}\\|`",
    ],
  ]);
});

describe("a sentence in Markdown", () => {
  table(
    (text) => markdownProse(text, markdownText),
    [
      ["stays words", "group data-team", "group data-team"],
      ["may hold numbers", "4 of 10 users (40%), if: so", "4 of 10 users (40%), if: so"],
      ["may hold large numbers", "3,000 added, 1,000,000.", "3,000 added, 1,000,000."],
      ["has code where digits are not a number", "1,23 1,234,5", "`1,23 1,234,5`"],
      ["may hold a day", "access expired on 2026-10-31", "access expired on 2026-10-31"],
      [
        "has code where it could be a reference",
        "see DATA-142 and GH-1",
        "see `DATA-142` and `GH-1`",
      ],
      ["has code where it could be a commit", "deadbee 12345678", "`deadbee 12345678`"],
      ["has code where it could be a link", "at www.evil.example now", "at `www.evil.example` now"],
      ["has code where it could be emphasis", "*all of it*", "`*all` of `it*`"],
      ["has code where it could mention", "ask @octocat", "ask `@octocat`"],
      ["has code for what cannot be seen", "a\u202eb", "`a\\u{202e}b`"],
      ["is there when empty", "", "` `"],
    ],
  );
});

describe("HTML text", () => {
  table(htmlText, [
    ["is no element", "<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"],
    ["ends no attribute", "\"'`", "&quot;&#39;&#96;"],
    ["is no workflow command", "::error::x", "&#58;:error&#58;:x"],
    ["is no older workflow command", "##[a]##vso[b]", "#&#35;[a]#&#35;vso[b]"],
    ["shows what cannot be seen", "a\u202eb", "a\\u{202e}b"],
  ]);
});

describe("a field of a CSV file", () => {
  table(csvField, [["is one line", "a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"]]);
});

describe("workflow commands", () => {
  table(workflowCommandValue, [
    ["escape the percent sign", "100%0A", "100%250A"],
    ["stay on one line", "a\r\nb", "a\\u{d}\\u{a}b"],
  ]);
  table(workflowCommandProperty, [["escape what ends a property", "a:b,c=d%", "a%3Ab%2Cc=d%25"]]);

  it("give an output between delimiters", () => {
    assert.equal(workflowOutput("digest", "sha256:1", "d41d"), "digest<<d41d\nsha256:1\nd41d\n");
  });

  it("do not let a value end its own output", () => {
    assert.equal(workflowOutput("a", "x\nd41d\ny", "d41d"), "a<<d41d\nx\\u{a}d41d\\u{a}y\nd41d\n");
    assert.equal(workflowOutput("a", "d41d", "d41d"), "a<<d41d_\nd41d\nd41d_\n");
  });
});
