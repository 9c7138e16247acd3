/**
 * Golden files: `test/golden/<situation>.<format>` is what a renderer makes of a situation.
 * `UPDATE_GOLDEN=1 node --import tsx --test test/output/*.test.ts` rewrites them: read the
 * difference before it is committed.
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

/** For a text that is too long to keep: its beginning, its end, and the digest of all of it. */
export function abridged(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= 80) return text;
  const digest = createHash("sha256").update(text).digest("hex");
  const left = `… ${lines.length - 60} lines more, sha256 of all: ${digest} …`;
  return [...lines.slice(0, 30), left, ...lines.slice(-30)].join("\n");
}
