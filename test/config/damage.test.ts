/** A damaged file is read, or its problems are reported; nothing else is thrown. */
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { problemText } from "../../src/model/problem.ts";
import { folderWith } from "../support.ts";
import { loadIn, problemsFrom } from "./reading-files.ts";

const root = new URL("../..", import.meta.url);
const original = await readFile(new URL("users.example.yaml", root), "utf8");
const common = await readFile(new URL("examples/common/support-staff.yaml", root), "utf8");

const piece = fc.oneof(
  fc.constantFrom("&a ", "*a", "- ", ": ", "\n", "  ", "[", "]", "{", "}", "#", "'", '"', "|", ">"),
  fc.constantFrom("!!str ", "---\n", "...\n", "? ", "<<: ", "\t", "\0", "\r", "~", "null", "0x1F"),
  fc.string({ maxLength: 6, unit: "binary" }),
  fc.constantFrom("users:", "roles:", "email: a@b.c", "version: 1", "expires: 2026-02-30", "%YAML"),
);

/** Inserts a piece at a fraction of the length, in place of some characters. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(40),
  piece,
});

test("a damaged file is read, or its problems are reported with places in it", async () => {
  const cwd = await folderWith({ ".git/HEAD": "", "examples/common/support-staff.yaml": common });
  const property = fc.asyncProperty(
    fc.array(damage, { minLength: 1, maxLength: 4 }),
    async (damages) => {
      const text = damages.reduce((before, { at, removed, piece }) => {
        const index = Math.floor(at * before.length);
        return before.slice(0, index) + piece + before.slice(index + removed);
      }, original);
      const lines = text.split("\n");
      for (const problem of await problemsFrom(loadIn(cwd, { paths: ["-"], stdin: text }))) {
        const { place } = problem;
        if (place.path !== "-") continue;
        const line = lines[place.line - 1];
        assert.ok(line !== undefined, `${place.line} is a line`);
        assert.ok(place.column >= 1 && place.column <= line.length + 1, `${place.column} is in it`);
        assert.doesNotMatch(problemText(problem), /undefined|\[object|NaN/);
      }
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
