/** Finds organizations whose files no longer exist, and the grants that ended with each file. */
import { resolve } from "node:path";
import type { Day } from "../model/days.ts";
import type { AccessChange, ReviewMark } from "../model/history.ts";
import { compareText } from "../model/place.ts";
import { type Listing, selectListed } from "./changes-since.ts";
import type { CommitFiles } from "./commit-files.ts";
import { collectNames, followOrganization, listStates, type Step } from "./follow-organization.ts";
import { pathInRepository, realPath, type Repository } from "./git.ts";
import { traceAccess } from "./grant-periods.ts";
import { traceReviews } from "./reviews.ts";

/** An organization that no file describes any more: a commit ended the access of all its users. */
export interface FormerOrganization {
  /** The path of its file, from the repository's top. */
  readonly source: string;
  /** As the file named it; null where it did not. */
  readonly organization: string | null;
  readonly changes: readonly AccessChange[];
  readonly reviews: readonly ReviewMark[];
}

interface FormerSearch {
  readonly repository: Repository;
  /** Absolute. */
  readonly cwd: string;
  /** Files and folders as the user named them; empty is users.yaml. */
  readonly within: readonly string[];
  readonly asOf: Day;
  readonly listing: Listing;
  readonly files: CommitFiles;
  /** Paths that were looked at, and what they were included as. */
  readonly seen: Set<string>;
}

/** Files that were an organization's own and are gone, with what was lost by that. */
export async function findFormer({
  repository,
  cwd,
  within,
  asOf,
  listing,
  files,
  seen,
}: FormerSearch): Promise<readonly FormerOrganization[]> {
  const { log } = files;
  const newest = log.commits.length - 1;
  const roots = (within.length === 0 ? ["users.yaml"] : within).map((path) =>
    pathInRepository(repository, realPath(resolve(cwd, path))),
  );
  const isWithin = (path: string): boolean =>
    roots.some((root) => root === "" || path === root || path.startsWith(`${root}/`));
  const gone = [...log.paths].filter(
    (path) => isWithin(path) && !seen.has(path) && log.fileAt(path, newest) === null,
  );
  const candidates: { readonly former: FormerOrganization; readonly own: string }[] = [];
  const lastOf = new Map(gone.map((path) => [path, log.lastWith(path, newest)]));
  // Newest first, so that a file's former names count as its own history.
  const ordered = [...lastOf].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  for (const [path, last] of ordered) {
    if (last < 0 || seen.has(path)) continue;
    const steps = await followOrganization(files, path, [], last);
    noteSeen(steps, seen);
    const { states } = listStates(steps, log);
    const commit = log.commit(last + 1);
    const names = collectNames(steps);
    const all = traceAccess([...states, { commit, fileGrants: null }], names, asOf, true);
    const changes = selectListed(all.changes, listing);
    const reviews = selectListed(traceReviews(states, names), listing);
    const organization = steps[0]?.version?.organization ?? null;
    if (changes.length + reviews.length > 0) {
      candidates.push({ own: path, former: { source: path, organization, changes, reviews } });
    }
  }
  return candidates
    .filter(({ own, former }) => former.organization !== null || !seen.has(includedKey(own)))
    .map(({ former }) => former);
}

/** Each organization's own path, and each included one: what is included is no organization of its own. */
export function noteSeen(steps: readonly Step[], seen: Set<string>): void {
  for (const { version } of steps) {
    if (version === null) continue;
    seen.add(version.path);
    for (const path of version.paths) if (path !== version.path) seen.add(includedKey(path));
  }
}

function includedKey(path: string): string {
  return `\0${path}`;
}
