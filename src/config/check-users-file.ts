/**
 * Checks a users file against the schema and removes invalid parts, so that later steps can check the rest in the
 * same run. It removes as little as possible: an entry's wrong date, not the entry; a list keeps a hole, so that the
 * other entries keep their indexes.
 */
import type { Report } from "../model/problem.ts";
import type { RawFile } from "./raw-file.ts";
import { checkSchema, isObject, type LocatedError } from "./schema-problems.ts";
import { patternOf, usersFormat } from "./users-format.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

export interface CheckedFile {
  readonly raw: RawFile;
  /** False if a part that other files may refer to could not be read. */
  readonly complete: boolean;
}

/** Null if the file is unusable; the problems were reported. */
export function checkUsersFile(document: YamlDocument, report: Report): CheckedFile | null {
  if (document.value === null) {
    report(document.locate([]), "empty-file", {});
    return null;
  }
  const version = isObject(document.value) ? document.value["version"] : null;
  if (Number.isInteger(version) && version !== 1) {
    // Another version is another format, so other errors are meaningless.
    report(document.locate(["version"]), "unsupported-version", { version: String(version) });
    return null;
  }
  if (isSavedPlan(document.value)) {
    report(document.locate([]), "saved-plan", {});
    return null;
  }
  const errors = checkSchema(document, usersFormat, report);
  const wrong = errors.flatMap((error) => {
    const part = wrongPart(error);
    return part === null ? [] : [part];
  });
  const complete = !errors.some(meantShared) && !wrong.some(isShared);
  const rest = prune(document.value, wrong);
  // The schema and `prune` guarantee the type; a test checks this.
  return rest === undefined ? null : { raw: rest as RawFile, complete };
}

/** What `plan --output json` writes, by its keys. An apply's result has `results` besides. */
function isSavedPlan(value: unknown): boolean {
  if (!isObject(value) || "results" in value) return false;
  return ["format_version", "digest", "summary", "organizations"].every((key) => key in value);
}

/** The part to remove; null for a missing key that leaves the rest valid. */
function wrongPart({ error, path }: LocatedError): Path | null {
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

/** An unknown key that may be what others refer to. */
function meantShared({ error, path, meant }: LocatedError): boolean {
  const name = error.params["additionalProperty"];
  // A list under groups: is users: or include: with too much indentation.
  if (error.keyword === "type" && patternOf(path) === "groups.*") return isShared(path.slice(1));
  if (typeof name !== "string") return false;
  if (meant !== null) return isShared([meant]) && (path.length === 0 || meant === name);
  const value: unknown = path.length === 0 && isObject(error.data) ? error.data[name] : null;
  return typeof value === "object" && value !== null;
}

/** Without them, an unknown group may exist, and a file without users may have some. */
function isShared(path: Path): boolean {
  const whole = path.length === 1 && (path[0] === "groups" || path[0] === "users");
  return whole || path[0] === "include";
}

/** Without these keys their parent is invalid. A group without roles is still a group. */
const ESSENTIAL: ReadonlySet<string> = new Set(["email", "role", "group", "demote_to", "until"]);

/** Changes `value`; returns what is left of it, or undefined if nothing is. */
function prune(value: unknown, wrong: readonly Path[]): unknown {
  let rest: unknown = value;
  for (const path of wrong) if (!cut(rest, path)) rest = undefined;
  return rest;
}

/** False when the whole must go. */
function cut(value: unknown, path: Path): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const parentPath = path.slice(0, -1);
  const parent = parentPath.reduce(stepInto, value);
  if (Array.isArray(parent)) {
    parent[Number(last)] = undefined;
    return true;
  }
  if (!isMap(parent)) return true; // Gone already.
  if (path[0] === "groups" && path.length === 2) {
    parent[last] = {}; // Wrong, but there: a user in it is in no unknown group.
    return true;
  }
  if (typeof last === "string" && ESSENTIAL.has(last) && path[0] !== "roles") {
    return cut(value, parentPath);
  }
  delete parent[last];
  return true;
}

function stepInto(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function isMap(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}
