/** The program's own version, from its package.json (one folder up, from src/ and from dist/ alike). */
import { createRequire } from "node:module";

interface PackageFile {
  readonly version: string;
}

const packageFile = createRequire(import.meta.url)("../package.json") as PackageFile;

export const VERSION = packageFile.version;
