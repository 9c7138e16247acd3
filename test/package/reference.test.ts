import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { definitions, reference } from "../../scripts/reference.ts";
import { EXIT } from "../../src/commands/io.ts";
import { COMMANDS, CREDENTIALS, ENVIRONMENT, EXIT_CODES } from "../../src/manual.ts";

const root = new URL("../../", import.meta.url);

describe("docs/reference.md", () => {
  it("is what npm run reference makes", () => {
    const page = readFileSync(new URL("docs/reference.md", root), "utf8");
    assert.equal(page, reference(), "run npm run reference, and read the difference");
  });
});

describe("the manual", () => {
  for (const { name, line } of Object.entries(COMMANDS).flatMap(([name, { examples }]) =>
    examples.map((line) => ({ name, line })),
  )) {
    it(`has an example that the program takes: ${line}`, () => {
      const command = definitions().commands.find((one) => one.name() === name);
      const [, args = ""] = new RegExp(`polytomic-users ${name}\\b([^|>#)]*)`).exec(line) ?? [];
      assert.match(line, new RegExp(`polytomic-users ${name}\\b`));
      const words = [...args.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, word]) => quoted ?? word ?? "",
      );
      assert.deepEqual(command?.parseOptions(words).unknown, []);
    });
  }

  it("names every exit code", () => {
    assert.deepEqual(
      EXIT_CODES.map(({ code }) => code),
      Object.values(EXIT),
    );
  });

  it("names every variable that the program reads", () => {
    const sources = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && path !== "manual.ts")
      .map((path) => readFileSync(new URL(`src/${path}`, root), "utf8"))
      .join("\n");
    const read = [
      ...sources.matchAll(/env\[["'](\w+)["']\]|\.env\(["'](\w+)["']\)|"(POLYTOMIC_[A-Z_]+)"/g),
    ].map(([, index, option, name]) => index ?? option ?? name ?? "");
    assert.ok(read.length >= 8, "the sources were searched");
    const told = JSON.stringify([...CREDENTIALS, ...ENVIRONMENT]);
    assert.deepEqual(
      [...new Set(read)].filter((name) => !told.includes(name)),
      [],
    );
  });
});
