/** The schema's verdict on one file: ajv's errors → problems with a place, in plain words. */
import { validate } from "../generated/users.ts";
import type { SchemaCheck, SchemaError } from "../schema.ts";
import { expectationAt, patternOf } from "./expectations.ts";
import type { Note } from "./notes.ts";
import { prune } from "./prune.ts";
import type { RawFile } from "./raw.ts";
import type { Path, Reading } from "./reading.ts";
import { listed, nearest, quote } from "./wording.ts";

const check: SchemaCheck = validate;

export interface Shape {
  readonly raw: RawFile;
  /** False when a part of the file that others may refer to could not be understood. */
  readonly whole: boolean;
}

/** Null when nothing of the file can be understood; problems were noted then. */
export function shapeOf(reading: Reading, note: Note): Shape | null {
  if (reading.value === null) {
    note(reading.locate([]), "empty-file", "the file is empty: it needs version: 1 and users:");
    return null;
  }
  if (check(reading.value)) return { raw: asRaw(reading.value), whole: true };
  const errors = (check.errors ?? []).filter(({ schemaPath }) => !/\/anyOf\/\d/.test(schemaPath));
  const unsupported = errors.find(isUnsupportedVersion);
  if (unsupported !== undefined) {
    // Another version is another format: what else is wrong by this one says nothing.
    noteError(unsupported, ["version"], reading, note);
    return null;
  }
  const wrong = errors.map((error) => {
    const path = pathOf(error.instancePath, reading.value);
    noteError(error, path, reading, note);
    return wrongPart(error, path);
  });
  const rest = prune(
    reading.value,
    wrong.filter((path) => path !== null),
  );
  return rest === undefined ? null : { raw: asRaw(rest), whole: !wrong.some(isShared) };
}

/** The schema and `prune` have seen to it; a test holds the schema and the type together. */
function asRaw(value: unknown): RawFile {
  return value as RawFile;
}

function isUnsupportedVersion(error: SchemaError): boolean {
  return (
    error.instancePath === "/version" && error.keyword === "const" && Number.isInteger(error.data)
  );
}

/** What to cut out. Null for what is only missing and leaves the rest its meaning. */
function wrongPart(error: SchemaError, path: Path): Path | null {
  const { additionalProperty, missingProperty } = error.params;
  if (typeof additionalProperty === "string") return [...path, additionalProperty];
  if (error.keyword === "required") {
    const needed = missingProperty === "version" || missingProperty === "roles";
    return needed ? null : [...path, String(missingProperty)];
  }
  if (error.keyword === "anyOf" && patternOf(path) === "users.*") return null;
  if (error.propertyName !== undefined) return [...path, error.propertyName];
  return error.keyword === "propertyNames" ? null : path;
}

/** Without them, an unknown group may not be unknown, nor a file without users. */
function isShared(path: Path | null): boolean {
  if (path === null) return false;
  const whole = path.length === 1 && (path[0] === "groups" || path[0] === "users");
  return whole || path[0] === "include";
}

function pathOf(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  let at: unknown = value;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(at) ? Number(name) : name);
    at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
  }
  return path;
}

function noteError(error: SchemaError, path: Path, reading: Reading, note: Note): void {
  const expected = expectationAt(path);
  const subject = subjectOf(path);
  switch (error.keyword) {
    case "additionalProperties":
      return noteUnknownKey(error, path, reading, note);
    case "required":
      return noteMissingKey(String(error.params["missingProperty"]), path, reading, note);
    case "propertyNames":
      return; // Its cause has an error of its own.
    case "const":
      if (!isUnsupportedVersion(error)) return; // A wrong type, which has an error of its own.
      return note(
        reading.locate(path),
        "unsupported-version",
        `this program reads version 1 of the format, not version ${String(error.data)}: write version: 1, or use a newer program`,
      );
    case "minItems":
      return note(
        reading.locate(path),
        "empty-list",
        `${subject} is an empty list: name at least one, or take ${subject} out`,
      );
    case "minLength":
      return noteEmptyName(error, path, reading, note);
    case "anyOf":
      if (patternOf(path) === "users.*") {
        return note(
          reading.locate(path),
          "no-roles",
          `${nameOf(error.data)} has no roles: add roles: or groups:, or take the entry out to end the access`,
        );
      }
      break;
    case "type":
      return noteType(error, path, reading, note);
  }
  note(
    reading.locate(path),
    expected.code,
    `${subject} must be ${expected.what}, not ${shown(error.data)}`,
  );
}

/** `email`; `an entry of roles`; `the file`. */
function subjectOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the file";
  if (typeof last === "number") return `an entry of ${path.at(-2) ?? "the list"}`;
  return patternOf(path).endsWith("*") ? quote(last) : last;
}

function nameOf(user: unknown): string {
  const email: unknown =
    typeof user === "object" && user !== null ? Reflect.get(user, "email") : null;
  return typeof email === "string" ? quote(email) : "this person";
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "keys and values";
  return typeof value === "string" ? quote(value) : String(value);
}

function noteType(error: SchemaError, path: Path, reading: Reading, note: Note): void {
  const { code, what, text } = expectationAt(path);
  const subject = subjectOf(path);
  const { data } = error;
  const written = reading.written(path);
  const place = reading.locate(path);
  if (data === null && (written === null || written === "")) {
    return note(place, code, `${subject} is empty: make it ${what}, or take it out`);
  }
  if (text && written !== null && typeof data !== "string") {
    const kind =
      data === null ? "nothing" : typeof data === "boolean" ? "true or false" : "a number";
    const quoted = JSON.stringify(written);
    return note(
      place,
      "needs-quotes",
      `${written} is read as ${kind}, not as text: put it in quotes, ${quoted}`,
    );
  }
  note(place, code, `${subject} must be ${what}, not ${shown(data)}`);
}

function noteEmptyName(error: SchemaError, path: Path, reading: Reading, note: Note): void {
  if (error.propertyName !== undefined) {
    const place = reading.locateKey([...path, error.propertyName]);
    return note(place, "empty-name", `a name in ${subjectOf(path)} is empty: give it one`);
  }
  const { what } = expectationAt(path);
  note(reading.locate(path), "empty-name", `${subjectOf(path)} is empty: it must be ${what}`);
}

function noteMissingKey(key: string, path: Path, reading: Reading, note: Note): void {
  const what =
    key === "version"
      ? "version is missing: write version: 1 at the top"
      : `${key} is missing here: it is ${expectationAt([...path, key]).what}`;
  note(reading.locate(path), "missing-key", what);
}

function noteUnknownKey(error: SchemaError, path: Path, reading: Reading, note: Note): void {
  const key = String(error.params["additionalProperty"]);
  const { properties } = error.parentSchema;
  const known =
    typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  const place = reading.locateKey([...path, key]);
  const near = nearest(key, known);
  const help =
    near === null ? `the keys here are ${listed(known)}` : `did you mean ${quote(near)}?`;
  note(place, "unknown-key", `there is no key ${quote(key)} here: ${help}`);
}
