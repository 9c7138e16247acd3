/** The README is true. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseDocument } from "yaml";
import { examplePlan, svgOf } from "../scripts/pictures.ts";
import { validate } from "../src/generated/users.ts";
import { COMMANDS } from "../src/manual.ts";

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

  it("has pictures of the plan as the program prints it", async () => {
    const { terminal } = await examplePlan();
    for (const theme of ["light", "dark"] as const) {
      const picture = readFileSync(
        new URL(`../docs/images/plan-${theme}.svg`, import.meta.url),
        "utf8",
      );
      assert.equal(picture, svgOf(terminal, theme), "run npm run pictures, and look at them");
    }
  });

  it("lists every command", () => {
    const table = readme.slice(readme.indexOf("## Commands"), readme.indexOf("## Exit codes"));
    for (const name of Object.keys(COMMANDS))
      assert.match(table, new RegExp(`^\\|.*\`${name}\\b`, "m"));
  });

  it("sets up pull requests as their page does", () => {
    const page = readFileSync(new URL("../docs/pull-requests.md", import.meta.url), "utf8");
    const [setUp = ""] = blocks("sh").filter((block) => block.includes("action/setup.sh"));
    assert.ok(setUp.length > 100 && page.includes(setUp));
  });
});
