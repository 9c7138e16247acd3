/**
 * Follows an organization through the commits, newest first. While its file exists, that file describes it. At the
 * commit that created or replaced the file, the file that described the organization before is searched among the
 * files that the commit changed or removed, in this order: a file with the same bytes, one that names the same
 * organization, one with at least half of the same users, one with at least half of the same lines.
 */
import type { Role } from "../model/current.ts";
import { type DesiredOrganization, isUuid } from "../model/desired.ts";
import type { Commit, Trouble } from "../model/history.ts";
import type { CommitFiles, OrganizationVersion } from "./commit-files.ts";
import type { Log } from "./git-log.ts";
import type { State } from "./grant-periods.ts";
import { RoleResolver } from "./role-resolver.ts";

/** What the files were from a commit on, until the next step's. */
export interface Step {
  /** Index of the commit. */
  readonly from: number;
  /** Null where no file described the organization. */
  readonly version: OrganizationVersion | null;
}

/** Newest first, down to the first commit. `names` are the organization's id and name where they are known. */
export async function followOrganization(
  files: CommitFiles,
  start: string,
  names: readonly string[],
  newest = files.log.commits.length - 1,
): Promise<readonly Step[]> {
  const { log } = files;
  const known = new Set(names);
  const steps: Step[] = [];
  let path = start;
  let index = newest;
  while (index >= 0) {
    if (log.fileAt(path, index) === null) {
      steps.push({ from: Math.max(0, log.changedAt(path, index)), version: null });
      index = log.lastWith(path, index);
      continue;
    }
    const version = await files.readVersion(path, index);
    if (version.organization !== null) known.add(version.organization);
    const from = Math.max(0, ...version.paths.map((one) => log.changedAt(one, index)));
    steps.push({ from, version });
    if (from === 0) break;
    const before = await findPathBefore(files, path, from, known);
    index = from - 1;
    if (before !== null) path = before;
    else if (log.fileAt(path, index) !== null) {
      // Until then the file described another organization.
      steps.push({ from: 0, version: null });
      break;
    }
  }
  return steps;
}

/** The path that described the organization before the commit; null where none did. */
async function findPathBefore(
  files: CommitFiles,
  path: string,
  from: number,
  known: ReadonlySet<string>,
): Promise<string | null> {
  const { log } = files;
  const before = log.fileAt(path, from - 1);
  const others = log
    .changedIn(from)
    .filter((other) => other !== path && log.fileAt(other, from - 1) !== null);
  const organizationAt = async (one: string): Promise<string | null | undefined> => {
    const file = await files.readOwnFile(one, from - 1);
    return file === null ? undefined : (file.organization?.value ?? null);
  };
  const same = async (): Promise<string | null> => {
    for (const other of others) {
      const organization = await organizationAt(other);
      if (typeof organization === "string" && known.has(organization)) return other;
    }
    return null;
  };

  if (before !== null) {
    const organization = await organizationAt(path);
    if (organization === undefined) return path;
    if (organization !== null && known.has(organization)) return path;
    const moved =
      (await same()) ?? (organization === null ? await findIncludingFile(files, path, from) : null);
    if (moved !== null) return moved;
    return organization !== null && contradicts(organization, known) ? null : path;
  }
  const now = log.fileAt(path, from);
  const gone = others.filter((other) => log.fileAt(other, from) === null);
  const identical = gone.find((other) => log.fileAt(other, from - 1)?.blob === now?.blob);
  return (
    identical ??
    (await same()) ??
    (await findMostAlike(files, path, gone, from, known, readUsers)) ??
    (await findMostAlike(files, path, gone, from, known, readLines)) ??
    (await findWithoutUsers(files, path, gone, from, known))
  );
}

/** A file that the commit takes away and that included this one: it described the organization until then. */
async function findIncludingFile(
  files: CommitFiles,
  path: string,
  from: number,
): Promise<string | null> {
  const { log } = files;
  for (const other of log.changedIn(from)) {
    if (log.fileAt(other, from - 1) === null || log.fileAt(other, from) !== null) continue;
    const version = await files.readVersion(other, from - 1);
    if (!("code" in version.fileGrants) && version.paths.includes(path)) return other;
  }
  return null;
}

type Things = (files: CommitFiles, path: string, index: number) => Promise<ReadonlySet<string>>;

/** Of the files that are gone, the one with most of the same things, if that is half of the smaller one's. */
async function findMostAlike(
  files: CommitFiles,
  path: string,
  gone: readonly string[],
  from: number,
  known: ReadonlySet<string>,
  thingsAt: Things,
): Promise<string | null> {
  const ours = await thingsAt(files, path, from);
  let best: { readonly path: string; readonly shared: number } | null = null;
  for (const other of gone) {
    const organization = (await files.readOwnFile(other, from - 1))?.organization?.value ?? null;
    if (organization !== null && contradicts(organization, known)) continue;
    const theirs = await thingsAt(files, other, from - 1);
    const shared = [...theirs].filter((thing) => ours.has(thing)).length;
    const smaller = Math.min(ours.size, theirs.size);
    if (smaller === 0 || shared * 2 < smaller) continue;
    if (best === null || shared > best.shared) best = { path: other, shared };
  }
  return best?.path ?? null;
}

/** Where one of the two files grants nothing, no grant goes on: following it only makes the history longer. */
async function findWithoutUsers(
  files: CommitFiles,
  path: string,
  gone: readonly string[],
  from: number,
  known: ReadonlySet<string>,
): Promise<string | null> {
  const ours = await readUsers(files, path, from);
  for (const other of gone) {
    const { organization, fileGrants } = await files.readVersion(other, from - 1);
    if (organization !== null && contradicts(organization, known)) continue;
    if (!("code" in fileGrants) && (ours.size === 0 || fileGrants.users.length === 0)) return other;
  }
  return null;
}

async function readUsers(
  files: CommitFiles,
  path: string,
  index: number,
): Promise<ReadonlySet<string>> {
  const { fileGrants } = await files.readVersion(path, index);
  return new Set("code" in fileGrants ? [] : fileGrants.users.map(({ email }) => email));
}

/** For files without users, or that cannot be parsed. */
async function readLines(
  files: CommitFiles,
  path: string,
  index: number,
): Promise<ReadonlySet<string>> {
  const lines = ((await files.textAt(path, index)) ?? "").split("\n").map((line) => line.trim());
  return new Set(lines.filter((line) => line !== ""));
}

/** Two ids are two organizations; a name beside another name or an id may be the same one. */
function contradicts(organization: string, known: ReadonlySet<string>): boolean {
  return isUuid(organization) && !known.has(organization) && [...known].some(isUuid);
}

/** Every name that the file had for a role; `now` and `roles` are the file on disk and Polytomic. */
export function collectNames(
  steps: readonly Step[],
  roles: readonly Role[] | null = null,
  now: Pick<DesiredOrganization, "aliases"> | null = null,
): RoleResolver {
  const fileGrants = steps.flatMap(({ version }) =>
    version === null || "code" in version.fileGrants ? [] : [version.fileGrants],
  );
  return new RoleResolver(
    roles,
    [now ?? [], fileGrants].flat().flatMap(({ aliases }) => aliases),
  );
}

/** A commit whose files could not be read. */
export interface Unreadable {
  readonly commit: Commit;
  readonly trouble: Trouble;
}

interface States {
  /** Oldest first. */
  readonly states: readonly State[];
  /** Oldest first. */
  readonly unreadable: readonly Unreadable[];
  /** Ids of the first commits after commits whose content the clone lacks: what they grant may be older. */
  readonly afterGaps: ReadonlySet<string>;
}

export function listStates(steps: readonly Step[], log: Log): States {
  const states: State[] = [];
  const unreadable: Unreadable[] = [];
  const afterGaps = new Set<string>();
  let isGap = false;
  for (const { from, version } of steps.toReversed()) {
    const commit = log.commit(from);
    const fileGrants = version?.fileGrants ?? null;
    if (fileGrants !== null && "code" in fileGrants) {
      unreadable.push({ commit, trouble: fileGrants });
      isGap ||= fileGrants.code === "missing-object";
    } else {
      states.push({ commit, fileGrants });
      if (isGap) afterGaps.add(commit.id);
      isGap = false;
    }
  }
  return { states, unreadable, afterGaps };
}
