/** Paths → the desired state of every organization they describe, or all that is wrong with the files. */
import type { DesiredOrganization } from "../model/desired.ts";
import { InvalidFiles } from "../model/failure.ts";
import { findFiles } from "./find.ts";
import { gather, type LoadContext, type SourceFile } from "./gather.ts";
import { mergeFamily } from "./merge.ts";
import { type Note, notes } from "./notes.ts";
import type { Part } from "./part.ts";
import { at, quote } from "./wording.ts";

/**
 * Files, folders or `-`; without any, `users.yaml` in the working folder. Sorted by path.
 * Rejects with `InvalidFiles`, which has all problems of all files, or with another `Failure` for what
 * is no file's fault.
 */
export async function loadFiles(
  paths: readonly string[],
  context: LoadContext,
): Promise<readonly DesiredOrganization[]> {
  const { note, problems } = notes();
  const found = await findFiles(paths, context.cwd, note);
  const files = await gather(found, context, note);
  const included = includedBy([...files.values()]);
  noteMisplacedOrganizations(included, note);

  const organizations = found.flatMap(({ real, folder }) => {
    const file = files.get(real);
    // From here on only files that others include are needed again: thousands are not held twice.
    if (file !== undefined && !included.has(file)) files.delete(real);
    const isOwn = file !== undefined && (folder === null || !included.has(file));
    return isOwn ? organizationOf(file, note) : [];
  });
  noteSameOrganization(organizations, note);
  const wrong = problems();
  if (wrong.length > 0) throw new InvalidFiles(wrong);
  return organizations;
}

/** Each included file and the first that includes it. */
function includedBy(files: readonly SourceFile[]): ReadonlyMap<SourceFile, SourceFile> {
  const included = new Map<SourceFile, SourceFile>();
  for (const file of files) {
    for (const include of file.includes) {
      if (!included.has(include.file)) included.set(include.file, file);
    }
  }
  return included;
}

function noteMisplacedOrganizations(
  included: ReadonlyMap<SourceFile, SourceFile>,
  note: Note,
): void {
  for (const [file, by] of included) {
    const organization = file.part?.organization ?? null;
    if (organization === null) continue;
    note(
      organization.place,
      "organization-in-include",
      `${by.path} includes this file, and an included file cannot be an organization of its own: move what they share to a third file`,
    );
  }
}

function organizationOf(own: SourceFile, note: Note): readonly DesiredOrganization[] {
  if (own.part === null) return [];
  const family = [...closureOf(own)];
  const parts: [Part, ...Part[]] = [own.part];
  for (const { part } of family.slice(1)) if (part !== null) parts.push(part);
  const whole = family.every((file) => file.whole);
  return [mergeFamily({ source: own.path, parts, whole }, note)];
}

/** The file, then what it includes, as if each stood where it is included. */
function closureOf(own: SourceFile): ReadonlySet<SourceFile> {
  const closure = new Set<SourceFile>();
  const waiting = [own];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (closure.has(file)) continue;
    closure.add(file);
    waiting.push(...file.includes.map((include) => include.file).reverse());
  }
  return closure;
}

function noteSameOrganization(organizations: readonly DesiredOrganization[], note: Note): void {
  const first = new Map<string | null, DesiredOrganization>();
  for (const one of organizations) {
    const other = first.get(one.organization);
    if (other === undefined) first.set(one.organization, one);
    else {
      const what =
        one.organization === null
          ? `this file names no organization, and neither does ${other.source}, so both describe the key's own: write organization: in one of them, or include one in the other`
          : `${quote(one.organization)} is also described at ${at(other.place)}: make it one file, with include where parts are shared`;
      note(one.place, "same-organization", what);
    }
  }
}
