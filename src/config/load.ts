/** Paths → the desired state of every organization they describe, or everything that is wrong with the files. */
import type { DesiredOrganization } from "../model/desired.ts";
import { InvalidFiles } from "../model/failure.ts";
import { collectProblems, type Report } from "../model/problem.ts";
import { findFiles } from "./find-files.ts";
import { includeRoots } from "./include-root.ts";
import { readWithIncludes, type SourceFile } from "./includes.ts";
import { mergeFiles } from "./merge.ts";
import type { ParsedFile } from "./parsed-file.ts";
import { SourceLines } from "./read-text.ts";

export interface LoadContext {
  /** Absolute. */
  readonly cwd: string;
  /** The folder that files and includes may not leave, when the user chose one (--root). */
  readonly root: string | null;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Texts to read in place of the files' own, by real path: edits that are not written yet. */
  readonly edited?: ReadonlyMap<string, string>;
  /** Takes the files that were read, for problems that are found later. */
  readonly sources?: SourceLines;
}

/**
 * Files, folders or `-`; without any, `users.yaml` in the working folder. Sorted by path.
 * Rejects with `InvalidFiles`, which has all problems of all files, or with another `Failure` for what
 * is not a file's fault.
 */
export async function loadFiles(
  paths: readonly string[],
  context: LoadContext,
): Promise<readonly DesiredOrganization[]> {
  const { report, sorted } = collectProblems();
  const sources = context.sources ?? new SourceLines();
  const roots = await includeRoots(context.root, context.cwd);
  const found = await findFiles(paths, context.cwd, roots, report);
  const reading = { ...context, roots, sources, report };
  const files = await readWithIncludes(found, reading);
  const included = includedBy([...files.values()]);
  reportOrganizationsInIncludes(included, report);

  const organizations = found.flatMap(({ real, inFolder }) => {
    const file = files.get(real);
    // From here on only included files are needed again: thousands are not held twice.
    if (file !== undefined && !included.has(file)) files.delete(real);
    const isOwn = file !== undefined && (!inFolder || !included.has(file));
    return isOwn ? mergeIncluded(file, report) : [];
  });
  reportSameOrganization(organizations, report);
  const problems = sorted();
  if (problems.length > 0) throw new InvalidFiles(problems, (place) => sources.at(place));
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

function reportOrganizationsInIncludes(
  included: ReadonlyMap<SourceFile, SourceFile>,
  report: Report,
): void {
  for (const [file, by] of included) {
    const organization = file.parsed?.organization ?? null;
    if (organization === null) continue;
    report(organization.place, "organization-in-include", { by: by.path });
  }
}

function mergeIncluded(own: SourceFile, report: Report): readonly DesiredOrganization[] {
  if (own.parsed === null) return [];
  const family = [...collectIncluded(own)];
  const files: [ParsedFile, ...ParsedFile[]] = [own.parsed];
  for (const { parsed } of family.slice(1)) if (parsed !== null) files.push(parsed);
  const complete = family.every((file) => file.complete);
  return [mergeFiles({ source: own.path, files, complete }, report)];
}

/** The file, then what it includes, as if each stood where it is included. */
function collectIncluded(own: SourceFile): ReadonlySet<SourceFile> {
  const closure = new Set<SourceFile>();
  const waiting = [own];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (closure.has(file)) continue;
    closure.add(file);
    for (const include of file.includes.toReversed()) waiting.push(include.file);
  }
  return closure;
}

function reportSameOrganization(
  organizations: readonly DesiredOrganization[],
  report: Report,
): void {
  const byName = new Map<string | null, DesiredOrganization[]>();
  for (const one of organizations) {
    const same = byName.get(one.organization);
    if (same === undefined) byName.set(one.organization, [one]);
    else same.push(one);
  }
  for (const [organization, [first, second, ...others]] of byName) {
    if (first === undefined || second === undefined) continue;
    const values = { organization, at: first.place, more: others.length };
    report(second.place, "same-organization", values);
  }
}
