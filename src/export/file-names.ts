/**
 * A file's name for each organization: readable, safe on every file system, and the same whatever other
 * organizations there are. The end, which comes from the id, makes it unique and outlives a change of name.
 */
import { createHash } from "node:crypto";
import type { Organization } from "../model/current.ts";

const LONGEST_SLUG = 60;

/** `acme-gmbh-248df4b7.yaml`, by organization id. */
export function fileNames(organizations: readonly Organization[]): ReadonlyMap<string, string> {
  const ends = endings(organizations);
  return new Map(
    organizations.map(({ id, name }) => [id, `${slug(name)}-${ends.get(id) ?? digest(id)}.yaml`]),
  );
}

/** The file among these that is this organization's by its ending, whatever its name was when it was made. */
export function existingFile(name: string, files: readonly string[]): string | null {
  const end = name.slice(name.lastIndexOf("-"));
  return files.includes(name) ? name : (files.find((file) => file.endsWith(end)) ?? null);
}

/** Letters, digits and dashes, at least one letter; the ending keeps it from being a reserved name. */
function slug(name: string): string {
  const words = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const short = words.replace(/^-+/, "").slice(0, LONGEST_SLUG).replace(/-+$/, "");
  return short === "" ? "organization" : short;
}

/** The first part of a UUID, unless two organizations share it; of other ids a digest. */
function endings(organizations: readonly Organization[]): ReadonlyMap<string, string> {
  const short = (id: string): string =>
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) ? id.slice(0, 8).toLowerCase() : digest(id);
  const count = new Map<string, number>();
  for (const { id } of organizations) count.set(short(id), (count.get(short(id)) ?? 0) + 1);
  return new Map(
    organizations.map(({ id }) => [id, count.get(short(id)) === 1 ? short(id) : digest(id)]),
  );
}

function digest(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}
