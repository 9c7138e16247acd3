/** The program's own version, from its package.json (one folder up, from src/ and from dist/ alike). */
import { readFileSync } from "node:fs";

interface PackageFile {
  readonly version: string;
}

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");

export const VERSION = (JSON.parse(text) as PackageFile).version;
