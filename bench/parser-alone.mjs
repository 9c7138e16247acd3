/** The reference for `validate`: Node, a file, and the YAML parser's plain `parse`. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

for (const path of process.argv.slice(2)) parse(readFileSync(path, "utf8"));
