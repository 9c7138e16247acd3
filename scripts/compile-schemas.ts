/**
 * Compiles every `schemas/NAME.schema.json` ahead into `src/generated/NAME.ts`, which exports `validate`:
 * ajv takes 50 ms to compile a schema and more to load, a run of the program should pay for neither.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const suffix = ".schema.json";

const header = `// @ts-nocheck
// Made from schemas/NAME by scripts/compile-schemas.ts: change that, not this.
import type { SchemaCheck } from "../schema.ts";
`;

function compile(fileName: string): string {
  const schema: unknown = JSON.parse(readFileSync(join(root, "schemas", fileName), "utf8"));
  if (typeof schema !== "object" || schema === null) throw new Error(`${fileName} is no schema`);
  // Formats are annotations in draft 2020-12; the schemas check with patterns.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictRequired: false,
    validateFormats: false,
    code: { source: true, esm: false, lines: false },
  });
  const body = standalone.default(ajv, ajv.compile(schema));
  return `${header.replace("NAME", fileName)}${asModule(body)}`;
}

/** Ajv's CommonJS output as a module that imports nothing: what it requires at run time is put in. */
function asModule(body: string): string {
  const own = body
    .replace(/^"use strict";/, "")
    .replace(/module\.exports\s*=\s*(\w+);module\.exports\.default\s*=\s*\w+;/, "")
    .replace(
      /require\("(ajv\/dist\/runtime\/(?:ucs2length|equal))"\)\.default/g,
      (_, path: string) => runtimeFunction(path),
    );
  const name = /module\.exports\s*=\s*(\w+);/.exec(body)?.[1];
  if (name === undefined || /\brequire\(|\bmodule\./.test(own)) {
    throw new Error("ajv's output has a form that scripts/compile-schemas.ts does not know");
  }
  return `${own}\nexport const validate: SchemaCheck = ${name};\n`;
}

/** Only functions that need nothing outside themselves. */
function runtimeFunction(path: string): string {
  const loaded: { default: unknown } = require(path);
  return `(${String(loaded.default)})`;
}

function writeIfChanged(path: string, text: string): void {
  let present: string | null = null;
  try {
    present = readFileSync(path, "utf8");
  } catch {
    // Not there yet.
  }
  if (present !== text) writeFileSync(path, text);
}

const generated = join(root, "src/generated");
mkdirSync(generated, { recursive: true });
const targets = readdirSync(join(root, "schemas"))
  .filter((name) => name.endsWith(suffix))
  .map((schema) => ({ schema, target: `${schema.slice(0, -suffix.length)}.ts` }));
for (const { schema, target } of targets) writeIfChanged(join(generated, target), compile(schema));
for (const name of readdirSync(generated)) {
  if (targets.every(({ target }) => target !== name)) rmSync(join(generated, name));
}
