/** Paths → the desired state of every organization they describe, or everything that is wrong with the files. */
import { groupBy } from "../model/group-by.ts";
import type { BrokenFile, DesiredOrganization, LoadedFiles } from "../model/desired.ts";
import { InvalidFiles } from "../model/failure.ts";
import { collectProblems, type Problem, type Report } from "../model/problem.ts";
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
  /** For the path `-`. */
  readonly readStdin?: () => Promise<Uint8Array>;
  /** Texts to read instead of the files on disk, by real path: edits that are not written yet. */
  readonly edited?: ReadonlyMap<string, string>;
  /** Takes the files that were read, for problems that are found later. */
  readonly sources?: SourceLines;
}

/**
 * Files, folders or `-`; without any, `users.yaml` in the working directory. Sorted by path.
 * Rejects with `InvalidFiles`, which has all problems of all files, or with another `Failure` for other errors.
 */
export async function loadFiles(
  paths: readonly string[],
  context: LoadContext,
): Promise<readonly DesiredOrganization[]> {
  const sources = context.sources ?? new SourceLines();
  const { organizations, problems } = await load(paths, { ...context, sources });
  if (problems.length > 0) throw invalid(problems, sources);
  return organizations;
}

/**
 * The same without the files that have a problem, or include one that has. Rejects with `InvalidFiles` for a problem
 * that is no file's own, as a folder that cannot be searched: which organizations are missing is not known then.
 */
export async function loadValidFiles(
  paths: readonly string[],
  context: LoadContext,
): Promise<LoadedFiles> {
  const sources = context.sources ?? new SourceLines();
  const { organizations, problems, files } = await load(paths, { ...context, sources });
  if (problems.length === 0) return { organizations, broken: [], problems };
  const known = new Set(files.flatMap(({ paths }) => paths));
  if (problems.some(({ place }) => !known.has(place.path))) throw invalid(problems, sources);
  const broken = files.flatMap((file) => brokenFile(file, problems));
  const skipped = new Set(broken.map(({ source }) => source));
  return {
    organizations: organizations.filter(({ source }) => !skipped.has(source)),
    broken,
    problems,
  };
}

function invalid(problems: readonly Problem[], sources: SourceLines): InvalidFiles {
  return new InvalidFiles(problems, (place) => sources.at(place));
}

interface OrganizationFile {
  readonly source: string;
  readonly inFolder: boolean;
  readonly organization: string | null;
  /** The paths of the file and of all that it includes. */
  readonly paths: readonly string[];
  /** Whether it, or a file that it includes, has a problem; or it conflicts with what it includes. */
  isBroken: boolean;
}

async function load(
  paths: readonly string[],
  context: LoadContext & { readonly sources: SourceLines },
): Promise<Omit<LoadedFiles, "broken"> & { readonly files: readonly OrganizationFile[] }> {
  const { report, sorted } = collectProblems();
  const roots = await includeRoots(context.root, context.cwd);
  const found = await findFiles(paths, context.cwd, roots, report);
  const sources = await readWithIncludes(found, { ...context, roots, report });
  const included = includedBy([...sources.values()]);
  reportOrganizationsInIncludes(included, report);

  const invalidPaths = new Set(sorted().map(({ place }) => place.path));
  const files: OrganizationFile[] = [];
  const organizations = found.flatMap(({ real, inFolder }) => {
    const source = sources.get(real);
    // Frees the other files: a run may read thousands.
    if (source !== undefined && !included.has(source)) sources.delete(real);
    if (source === undefined || (inFolder && included.has(source))) return [];
    const set = [...collectIncluded(source)];
    const file: OrganizationFile = {
      source: source.path,
      inFolder,
      organization: source.parsed?.organization?.value ?? source.guess,
      paths: set.map(({ path }) => path),
      isBroken: set.some(({ path }) => invalidPaths.has(path)),
    };
    files.push(file);
    return mergeIncluded(source, set, (place, code, values) => {
      file.isBroken = true;
      report(place, code, values);
    });
  });
  const repeated = reportSameOrganization(organizations, report);
  for (const file of files) file.isBroken ||= repeated.has(file.source);
  return { organizations, problems: sorted(), files };
}

/** Where some file's includes are not known, a file that names no organization may be one of them. */
function brokenFile(
  { source, organization, paths, inFolder, isBroken }: OrganizationFile,
  all: readonly Problem[],
): readonly BrokenFile[] {
  if (!isBroken) {
    const isFragment = inFolder && organization === null;
    return isFragment ? [{ source, organization, why: { code: "may-be-included" } }] : [];
  }
  const problems = all.filter(({ place }) => paths.includes(place.path));
  return [{ source, organization, why: { code: "problems", problems } }];
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

function mergeIncluded(
  own: SourceFile,
  set: readonly SourceFile[],
  report: Report,
): readonly DesiredOrganization[] {
  if (own.parsed === null) return [];
  const files: [ParsedFile, ...ParsedFile[]] = [own.parsed];
  for (const { parsed } of set.slice(1)) if (parsed !== null) files.push(parsed);
  const complete = set.every((file) => file.complete);
  return [mergeFiles({ source: own.path, files, complete }, report)];
}

/** The file, then its includes, in document order. */
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

/** The files whose organization another file describes too. */
function reportSameOrganization(
  organizations: readonly DesiredOrganization[],
  report: Report,
): ReadonlySet<string> {
  const repeated = new Set<string>();
  const byName = groupBy(organizations, ({ organization }) => organization);
  for (const [organization, [first, second, ...others]] of byName) {
    if (first === undefined || second === undefined) continue;
    const values = { organization, at: first.place, more: others.length };
    report(second.place, "same-organization", values);
    for (const { source } of [first, second, ...others]) repeated.add(source);
  }
  return repeated;
}
