/** The README says what is so. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseDocument } from "yaml";
import { validate } from "../src/generated/users.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const fenced = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
const blocks = (language: string): readonly string[] =>
  fenced.filter(([, name]) => name === language).map(([, , text]) => text ?? "");

describe("the README", () => {
  it("shows a plan as the program prints it", () => {
    const golden = readFileSync(new URL("golden/realistic.txt", import.meta.url), "utf8");
    assert.ok(blocks("").includes(golden), "copy test/golden/realistic.txt into it");
  });

  it("shows a file that is valid", () => {
    const [file = ""] = blocks("yaml");
    assert.equal(validate(parseDocument(file).toJS()), true, JSON.stringify(validate.errors));
  });

  it("sets up pull requests as their page does", () => {
    const page = readFileSync(new URL("../docs/pull-requests.md", import.meta.url), "utf8");
    const [setUp = ""] = blocks("sh").filter((block) => block.includes("action/setup.sh"));
    assert.ok(setUp.length > 100 && page.includes(setUp));
  });

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(
      ([, path]) => path ?? "",
    );
    assert.ok(links.length > 5);
    assert.deepEqual(
      links.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url))),
      [],
    );
  });
});
