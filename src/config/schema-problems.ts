/**
 * A JSON Schema's errors → problems with a place, one per mistake. For users files and the sandbox's state file;
 * `Format` has their differences: what is expected at each key, and other words for a key (`users-format.ts`).
 */
import { nearestName } from "../model/nearest-name.ts";
import type { Report } from "../model/problem.ts";
import { quote } from "../model/problem-words.ts";
import type { SchemaCheck, SchemaError } from "../schema.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

/** What is expected at a place, for messages about other values. */
export interface Expectation {
  /** The code of the problem for another value. */
  readonly code:
    | "wrong-type"
    | "bad-value"
    | "bad-email"
    | "bad-date"
    | "bad-duration"
    | "bad-limit"
    | "bad-number"
    | "bad-pattern"
    | "bad-role-id";
  /** Completes `… must be`. */
  readonly what: string;
  /** True for free text, which may need quotes to be read as text. */
  readonly text: boolean;
}

export const expectText = (what: string): Expectation => ({ code: "wrong-type", what, text: true });

export const expectOther = (
  what: string,
  code: Expectation["code"] = "wrong-type",
): Expectation => ({
  code,
  what,
  text: false,
});

export interface Format {
  readonly check: SchemaCheck;
  readonly expectationAt: (path: Path) => Expectation;
  /** Reports an error in words of this format; false uses the general words. */
  readonly reportOwn: (
    error: SchemaError,
    path: Path,
    document: YamlDocument,
    report: Report,
  ) => boolean;
  /** Where a misplaced key belongs. Completes `it belongs …`. */
  readonly suggestPlace?: (key: string, path: Path) => string | null;
  /** Other words for keys. */
  readonly synonyms?: Readonly<Record<string, readonly string[]>>;
}

/** One error of the schema at its path. */
export interface LocatedError {
  readonly error: SchemaError;
  readonly path: Path;
  /** For an unknown key: the key that was probably meant, if known. */
  readonly meant: string | null;
}

/** Empty when the document fits the schema. Reports a problem for each mistake, and gives all errors. */
export function checkSchema(
  document: YamlDocument,
  format: Format,
  report: Report,
): readonly LocatedError[] {
  if (format.check(document.value)) return [];
  const errors = (format.check.errors ?? [])
    // The branches of a choice: the choice has an error of its own.
    .filter(({ schemaPath }) => !/\/(?:any|one)Of\/\d/.test(schemaPath))
    .map((error) => ({ error, path: resolvePointer(error.instancePath, document.value) }));
  const unknown = unknownKeys(errors, format);
  const located = errors.map((one) => ({ ...one, meant: unknown.meantBy(one.error) }));
  for (const { error, path, meant } of located) {
    if (unknown.explain(error, path)) continue;
    if (format.reportOwn(error, path, document, report)) continue;
    reportError(error, path, { document, format, report, meant });
  }
  return located;
}

function resolvePointer(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  let at: unknown = value;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(at) ? Number(name) : name);
    at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
  }
  return path;
}

interface UnknownKey {
  readonly name: string;
  /** The key that was probably meant. */
  meant: string | null;
}

/**
 * An unknown key is one mistake: that the right key is missing then is its consequence. The key that was meant
 * is one with a similar name or another word for it, or the one that is missing where only one is.
 */
function unknownKeys(errors: readonly Omit<LocatedError, "meant">[], format: Format) {
  const byError = new Map<SchemaError, UnknownKey>();
  const byPath = new Map<string, UnknownKey[]>();
  const missing = new Map<string, string[]>();
  for (const { error, path } of errors) {
    const { additionalProperty, missingProperty } = error.params;
    const where = path.join("/");
    if (typeof missingProperty === "string") push(missing, where, missingProperty);
    if (typeof additionalProperty !== "string") continue;
    const key = {
      name: additionalProperty,
      meant: meantBy(additionalProperty, error, path, format),
    };
    byError.set(error, key);
    push(byPath, where, key);
  }
  for (const { error, path } of errors) {
    const key = byError.get(error);
    if (key === undefined || key.meant !== null) continue;
    const keys = byPath.get(path.join("/")) ?? [];
    const taken = new Set(keys.map(({ meant }) => meant));
    const [absent, ...more] = (missing.get(path.join("/")) ?? []).filter(
      (name) => !taken.has(name),
    );
    if (absent === undefined || more.length > 0) continue;
    if (keys.filter(({ meant }) => meant === null).length !== 1) continue;
    const value: unknown = isObject(error.data) ? error.data[key.name] : null;
    if (mayStandFor(absent, value)) key.meant = absent;
  }
  return {
    meantBy: (error: SchemaError): string | null => byError.get(error)?.meant ?? null,
    /** True when an unknown key is the reason of the error. */
    explain: ({ keyword, params, parentSchema }: SchemaError, path: Path): boolean => {
      const keys = byPath.get(path.join("/")) ?? [];
      const isMeant = (name: unknown): boolean => keys.some(({ meant }) => meant === name);
      if (keyword === "required") return isMeant(params["missingProperty"]);
      const choice: unknown = parentSchema[keyword];
      if ((keyword !== "anyOf" && keyword !== "oneOf") || !Array.isArray(choice)) return false;
      // A key that is nothing like any other is probably the choice that is missing.
      if (keys.some(({ meant }) => meant === null)) return true;
      return choice.some(
        (branch: unknown) =>
          isObject(branch) && Array.isArray(branch["required"]) && branch["required"].some(isMeant),
      );
    },
  };
}

/** Whether an unknown key's value could be that of the one key that is missing. */
function mayStandFor(absent: string, value: unknown): boolean {
  if (absent === "email") return /^[^\s@]+@[^\s@]+$/.test(String(value));
  return absent !== "version" || typeof value === "number";
}

function meantBy(name: string, error: SchemaError, path: Path, format: Format): string | null {
  if ((format.suggestPlace?.(name, path) ?? null) !== null) return name;
  const known = keysOf(error.parentSchema["properties"]);
  const word = name.toLowerCase();
  const synonym = known.find((key) => format.synonyms?.[key]?.includes(word));
  return nearestName(name, known) ?? synonym ?? null;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

export function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

interface Context {
  readonly document: YamlDocument;
  readonly format: Format;
  readonly report: Report;
  readonly meant: string | null;
}

function reportError(error: SchemaError, path: Path, context: Context): void {
  const { document, format, report } = context;
  const { code, what } = format.expectationAt(path);
  const subject = subjectOf(path);
  switch (error.keyword) {
    case "additionalProperties": {
      const name = String(error.params["additionalProperty"]);
      const known = keysOf(error.parentSchema["properties"]);
      const values = {
        name,
        near: context.meant,
        known,
        belongs: format.suggestPlace?.(name, path) ?? null,
      };
      return report(document.locateKey([...path, name]), "unknown-key", values);
    }
    case "required": {
      const name = String(error.params["missingProperty"]);
      const { what } = format.expectationAt([...path, name]);
      return report(document.locate(path), "missing-key", { name, what: `${name}: with ${what}` });
    }
    case "propertyNames":
      return; // Its cause is a separate error.
    case "minItems":
      return report(document.locate(path), "empty-list", {
        subject,
        entry: "entry",
        otherwise: `remove ${subject}`,
      });
    case "minLength":
      if (error.propertyName !== undefined) {
        const place = document.locateKey([...path, error.propertyName]);
        return report(place, "empty-name", { subject: `a name in ${subject}`, what: "a name" });
      }
      return report(document.locate(path), "empty-name", { subject, what });
    case "type":
      return reportType(error, path, context);
    default: {
      const values = { subject, what, found: found(error.data), hint: hintFor(error.data, code) };
      return report(document.locate(path), code, values);
    }
  }
}

/** `email`; `an entry of roles`; `the file`. */
function subjectOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the file";
  if (typeof last === "number") return `an entry of ${path.at(-2) ?? "the list"}`;
  return path.length === 2 && (path[0] === "roles" || path[0] === "groups") ? quote(last) : last;
}

function reportType(error: SchemaError, path: Path, { document, format, report }: Context): void {
  const { code, what, text } = format.expectationAt(path);
  const { data } = error;
  const written = document.written(path);
  const place = document.locate(path);
  if (text && written !== null && written !== "" && typeof data !== "string") {
    const type = data === null ? "null" : typeof data === "boolean" ? "true or false" : "a number";
    return report(place, "needs-quotes", { written, type });
  }
  const isEmpty = data === null && (written === null || written === "");
  const hint = isEmpty
    ? text
      ? "write it after the colon, in quotes if it starts with #"
      : null
    : hintForType(error, data);
  report(place, code, {
    subject: subjectOf(path),
    what,
    found: isEmpty ? null : found(data),
    hint,
  });
}

function found(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "a map (keys and values)";
  return typeof value === "string" ? quote(value) : String(value);
}

/** Text that needs no quotes in a list. */
const PLAIN = /^(?!(?:true|false|null)$)[a-z][\w .@+-]*$/i;

function hintForType({ parentSchema }: SchemaError, data: unknown): string | null {
  const types = [parentSchema["type"]].flat();
  if (types.includes("array")) {
    if (typeof data === "string" && !/[[\]{},:]/.test(data)) {
      return `write [${PLAIN.test(data) ? data : quote(data)}]`;
    }
    return isObject(data) ? "start each entry with -" : null;
  }
  if (types.includes("integer") && typeof data === "string" && /^\d+$/.test(data)) {
    return REMOVE_QUOTES;
  }
  if (types.includes("boolean") && typeof data === "string") return hintForBoolean(data);
  if (types.includes("object") && typeof data === "string") {
    const pair = /^([a-z_]+):(\S.*)$/.exec(data);
    if (pair?.[1] !== undefined) return `a space is missing after ${pair[1]}:`;
  }
  return null;
}

const REMOVE_QUOTES = "remove the quotes";

/** `yes`, `no`, `on` and `off` are text in YAML 1.2. */
function hintForBoolean(data: string): string | null {
  const word = data.toLowerCase();
  if (word === "true" || word === "false") return REMOVE_QUOTES;
  if (word === "yes" || word === "on") return "write true";
  return word === "no" || word === "off" ? "write false" : null;
}

function hintFor(data: unknown, code: Expectation["code"]): string | null {
  if (typeof data !== "string") return null;
  if (code === "bad-date") {
    const parts = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(data);
    const [year, month, day] =
      parts?.slice(1) ?? /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(data)?.slice(1).reverse() ?? [];
    if (year !== undefined && month !== undefined && day !== undefined) {
      return `write ${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    }
  }
  if (code === "bad-limit") {
    if (/^\d+$/.test(data)) return REMOVE_QUOTES;
    const percent = /^ *(\d{1,3}) *% *$/.exec(data)?.[1];
    if (percent !== undefined && Number(percent) <= 100) return `write ${percent}%`;
  }
  if (code === "bad-email") {
    const inner = /<([^\s<>@]+@[^\s<>@]+)>/.exec(data)?.[1];
    if (inner !== undefined) return `write ${inner}`;
  }
  return null;
}
