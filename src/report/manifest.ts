/** The manifest of an evidence bundle: its files, with the SHA-256 of each, and the SHA-256 of the manifest itself. */
import { createHash } from "node:crypto";
import { jsonDocument, jsonText } from "../model/text.ts";
import { compareText } from "../model/place.ts";

export const MANIFEST = "manifest.json";

export type BundleFiles = ReadonlyMap<string, Buffer>;

interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The text of the manifest. `about` is what the bundle is: who made it, from what, since when. */
export function manifestText(about: Readonly<Record<string, unknown>>, files: BundleFiles): string {
  const listed = [...files]
    .map(([path, content]): ListedFile => ({
      path,
      bytes: content.length,
      sha256: sha256(content),
    }))
    .sort((a, b) => compareText(a.path, b.path));
  return sealed({ format_version: 1, ...about, files: listed });
}

/** Its last member is the SHA-256 of the rest, so that a change of the manifest itself is found. */
function sealed(document: Readonly<Record<string, unknown>>): string {
  return jsonDocument({ ...document, sha256: sha256(jsonText(document, 2)) });
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What a bundle differs in from its manifest; empty where nothing does. `files` without the manifest. */
export function differencesFrom(manifest: Buffer, files: BundleFiles): readonly string[] {
  const document = decoded(manifest);
  if (document === null) {
    return [`${MANIFEST} was changed, or is not the manifest of a bundle`];
  }
  const listed = new Map(document.map((file) => [file.path, file]));
  const differences: string[] = [];
  for (const { path, sha256: expected, bytes } of document) {
    const content = files.get(path);
    if (content === undefined) differences.push(`${path} is missing`);
    else if (content.length !== bytes || sha256(content) !== expected) {
      differences.push(`${path} was changed`);
    }
  }
  for (const path of files.keys()) if (!listed.has(path)) differences.push(`${path} was added`);
  return differences.sort(compareText);
}

/** Null unless it is byte for byte what `manifestText` makes of what it says. */
function decoded(manifest: Buffer): readonly ListedFile[] | null {
  const document = parsed(manifest);
  if (document === null) return null;
  const { sha256: _, ...rest } = document;
  if (!manifest.equals(Buffer.from(sealed(rest)))) return null;
  const files: unknown = document["files"];
  return Array.isArray(files) && files.every(isListedFile) ? files : null;
}

function parsed(manifest: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(manifest.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : null;
  } catch {
    return null;
  }
}

function isListedFile(value: unknown): value is ListedFile {
  if (typeof value !== "object" || value === null) return false;
  const { path, bytes, sha256 } = value as Partial<Record<keyof ListedFile, unknown>>;
  return typeof path === "string" && typeof bytes === "number" && typeof sha256 === "string";
}
