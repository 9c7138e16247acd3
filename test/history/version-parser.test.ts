/** Files parsed in parts equal files parsed whole, or are left to the whole parser. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseFile } from "../../src/config/parsed-file.ts";
import { VersionParser } from "../../src/history/version-parser.ts";

const FILE = `# Acme
version: 1
organization: Acme
groups:
  data-team:
    roles: [Viewer, { role: analyst, expires: 2026-12-31 }]
users: # everybody
  # The first
  - email: jane@example.com
    roles: [Admin]

  - email: sam@example.com
    groups: [data-team]
    roles:
      - role: Billing
        expires: 2026-12-31
      - Viewer
    reason: "DATA-142 # not a comment"
    reviewed: 2026-10-01
  - { email: kim@example.com, roles: [Viewer] }
  - email: new@example.com
    previously: old@example.com
    roles: [Viewer]
policy:
  unmanaged: keep
`;

/** Without the places, which are wrong in a file that was parsed in parts. */
function meaning(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) =>
      ["place", "top", "at"].includes(key) ? undefined : part,
    ),
  );
}

async function whole(text: string): Promise<unknown> {
  let problems = 0;
  const { parsed } = await parseFile("users.yaml", text, () => {
    problems += 1;
  });
  return problems > 0 ? "invalid" : meaning(parsed);
}

async function check(parser: VersionParser, text: string): Promise<boolean> {
  const parsed = await parser.parse("users.yaml", text);
  if (parsed !== null) assert.deepEqual(meaning(parsed), await whole(text), text);
  return parsed !== null;
}

const layouts: readonly (readonly [string, string, "by parts" | "whole"])[] = [
  ["the usual file", FILE, "by parts"],
  ["line ends of Windows", FILE.replaceAll("\n", "\r\n"), "by parts"],
  ["a list that is not indented", FILE.replaceAll(/^ {2}(?=[- ] |# )/gm, ""), "whole"],
  [
    "a list that is not indented, alone",
    "version: 1\nusers:\n- email: a@x.org\n  roles: [Viewer]\n- email: b@x.org\n  roles: [Viewer]\npolicy:\n  unmanaged: keep\n",
    "by parts",
  ],
  ["no user", "version: 1\nusers: []\n", "whole"],
  ["users without a value", 'version: 1\nusers:\npolicy:\n  ignore:\n    - "*@x.org"\n', "whole"],
  ["users on one line", 'version: 1\nusers: [{ email: "a@x.org", roles: [Viewer] }]\n', "whole"],
  ["users twice", `${FILE}users:\n  - email: b@x.org\n    roles: [Viewer]\n`, "whole"],
  ["a second document", `${FILE}---\nversion: 1\n`, "whole"],
  [
    "an anchor",
    FILE.replace("[Admin]", "&admin [Admin]").replace(
      "    roles: [Viewer]\npolicy",
      "    roles: *admin\npolicy",
    ),
    "whole",
  ],
  [
    "a text over several lines",
    FILE.replace('"DATA-142 # not a comment"', "|\n      a\n      - email: b@x.org"),
    "whole",
  ],
  [
    "a quoted text over several lines",
    FILE.replace("DATA-142 # not", "DATA-142\n  - email: x@x.org\n    roles: [A]\n  not"),
    "whole",
  ],
  ["an unknown key", FILE.replace("reason:", "reson:"), "whole"],
  ["a day that the calendar does not have", FILE.replace("2026-10-01", "2026-02-30"), "whole"],
  ["an entry that is less indented", FILE.replace("  - email: sam", " - email: sam"), "whole"],
  ["an entry that is more indented", FILE.replace("  - email: sam", "   - email: sam"), "whole"],
  ["an empty entry", FILE.replace("  - { email", "  -\n  - { email"), "whole"],
  ["users in a group", "version: 1\ngroups:\n  users:\n    roles: [Viewer]\nusers: []\n", "whole"],
];

describe("a file parsed in parts", () => {
  for (const [name, text, how] of layouts) {
    it(`${name}: ${how}`, async () => {
      assert.equal(await check(new VersionParser(), text), how === "by parts");
    });
  }

  it("two entries of one user are left to the whole file's checks", async () => {
    const twice = FILE.replace("kim@", "sam@");
    assert.equal(await check(new VersionParser(), twice), true);
  });

  it("random damage: the parts give the same as the whole file, or are not used", async () => {
    const lines = FILE.split("\n");
    const parser = new VersionParser();
    let byParts = 0;
    const edit = fc.record({
      at: fc.nat(lines.length - 1),
      take: fc.nat(2),
      put: fc.array(
        fc.oneof(
          fc.constantFrom(...lines),
          fc.constantFrom(
            "users:",
            "  - ",
            "-",
            "  - email: z@x.org",
            " ",
            "#",
            "? x",
            "  x",
            "- x",
          ),
        ),
        { maxLength: 2 },
      ),
      indent: fc.constantFrom("", "", "", " ", "  "),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const text = [...lines];
        for (const { at, take, put, indent } of edits) {
          text.splice(at, take, ...put.map((line) => indent + line));
        }
        if (await check(parser, text.join("\n"))) byParts += 1;
      }),
      { numRuns: Number(process.env["VERSION_RUNS"] ?? 1_500) },
    );
    assert.ok(byParts > 100, `${byParts} by parts`);
  });
});
