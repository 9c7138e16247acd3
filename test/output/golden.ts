/**
 * Golden files: `test/golden/<situation>.<format>` is the expected output of a renderer for a situation.
 * `UPDATE_GOLDEN=1 node --import tsx --test test/output/*.test.ts` updates them: read the diff before you commit it.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../golden/", import.meta.url));

export function assertGolden(file: string, actual: string): void {
  const path = folder + file;
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.equal(
    actual,
    readFileSync(path, "utf8"),
    `${file} has changed (see test/output/golden.ts)`,
  );
}

/** For a text that is too long to keep: its beginning, its end, and the digest of the whole. */
export function abridged(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= 80) return text;
  const digest = createHash("sha256").update(text).digest("hex");
  const left = `… ${lines.length - 60} lines more, sha256 of all: ${digest} …`;
  return [...lines.slice(0, 30), left, ...lines.slice(-30)].join("\n");
}
