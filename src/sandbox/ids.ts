/** Ids that look like Polytomic's (UUIDs) and are the same in every run. */
import { createHash } from "node:crypto";

import type { Random } from "./random.ts";

/** The id of something that has none in its file: from what it is and what it is called. */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\n").toLowerCase());
  return uuid(hash.digest("hex").slice(0, 32));
}

/** The id of something that is made while the sandbox runs. */
export function randomId(random: Random): string {
  return uuid(randomHex(random) + randomHex(random) + randomHex(random) + randomHex(random));
}

/** Eight hexadecimal digits. */
export function randomHex(random: Random): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}

/** 32 hexadecimal digits in the shape of a version 4 UUID. */
function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
