/** The files of an evidence bundle. Equal input gives equal bytes. */
import type { Origin } from "../model/access.ts";
import { counted, jsonDocument } from "../model/text.ts";
import type { Evidence, RecordSet, ReviewCounts } from "../report/evidence.ts";
import { type BundleFiles, MANIFEST, manifestText, sha256 } from "../report/manifest.ts";
import { KEYS } from "../report/facts.ts";
import { csvText } from "./csv.ts";
import { plainText } from "./escape.ts";
import { figuresDocument } from "./json.ts";
import { noteText, timestamp } from "../report/history-words.ts";

/** Who has access, as the report shows it. */
export interface Population {
  readonly csv: Buffer;
  readonly json: Buffer;
  readonly html: Buffer;
}

/** From when on a bundle lists changes. */
export interface BundleStart {
  /** As the user gave it. */
  readonly since: string;
  /** Which changes since then are missing; null where none is. */
  readonly missing: string | null;
}

/** With the manifest, by name. */
export function bundleFiles(
  origin: Origin,
  since: BundleStart,
  population: Population,
  evidence: Evidence,
): BundleFiles {
  const { changes, reviews, auditLog } = evidence;
  const files = new Map<string, string | Buffer>([
    ["README.txt", readme(origin, since, evidence)],
    ["changes.csv", csv(changes)],
    ["changes.json", jsonDocument(changes.records)],
    ["population.csv", population.csv],
    ["population.html", population.html],
    ["population.json", population.json],
    ["reviews.csv", csv(reviews)],
    ["reviews.json", jsonDocument(reviews.records)],
    ...(auditLog === null
      ? []
      : ([
          ["audit-log.csv", csv(auditLog)],
          ["audit-log.json", jsonDocument(auditLog.records)],
        ] as const)),
  ]);
  const contents = new Map(
    [...files].map(([name, content]) => [
      name,
      typeof content === "string" ? Buffer.from(content) : content,
    ]),
  );
  const manifest = manifestText(about(origin, since, evidence), contents);
  return new Map([...contents, [MANIFEST, Buffer.from(manifest)]]);
}

function about(origin: Origin, { since, missing }: BundleStart, { counts }: Evidence) {
  const { asOf, madeAt, version, commit, url, credential, figures } = origin;
  return {
    made_by: `polytomic-users ${version}`,
    made_at: timestamp(madeAt),
    as_of: asOf,
    since,
    commit,
    url,
    credential,
    users: figures === null ? null : figuresDocument(figures),
    incomplete: missing,
    changes: counts.changes,
    changes_without_pull_request: counts.withoutPullRequest,
    users_confirmed_by_reviews: counts.reviews.confirmed,
    users_with_roles_revoked_by_reviews: counts.reviews.revoked,
    reviews_withdrawn: counts.reviews.withdrawn,
    changes_not_covered_by_the_audit_log: counts.notCovered,
    audit_log_lines_without_a_change_of_the_files: counts.unasked,
    notes: origin.notes.map(noteText),
  };
}

function readme(
  origin: Origin,
  { since, missing }: BundleStart,
  { changes, auditLog, counts }: Evidence,
): string {
  const { asOf, madeAt, version, commit, url, credential, figures, notes } = origin;
  const lines = [
    "Evidence of access to Polytomic",
    "",
    `As of:       ${asOf}`,
    `Changes:     since ${since}`,
    ...(missing === null ? [] : [`Incomplete:  ${plainText(missing)}`]),
    `Created:     ${timestamp(madeAt)} by polytomic-users ${version}`,
    `Files:       ${commit === null ? "unknown commit" : `commit ${commit}`}`,
    `Polytomic:   ${url ?? "not read"}${credential === null ? "" : `, with ${KEYS[credential]}`}`,
    ...(figures === null
      ? []
      : [
          `Users:       ${counted(figures.listed, "user")} listed by Polytomic in ${counted(figures.organizations, "organization")} (${figures.reported} reported, ${figures.ignored} ignored); ${figures.pending} pending (in the files, not in Polytomic yet)`,
        ]),
    "",
    "population.csv, population.json, population.html",
    "  Every user who has access now, with each role, where the files grant it, and the commit",
    "  and pull request that started the current, uninterrupted grant. Roles that a user holds",
    "  but that the files do not grant are marked.",
    "",
    "changes.csv, changes.json",
    `  ${counted(counts.changes, "change")} of what the files grant, oldest first, each with its commit, author and`,
    `  pull request (${counted(counts.withoutPullRequest, "change")} without one). They come from the first-parent history of`,
    "  the commit above: changes that came with a merge are attributed to the merge commit.",
    "",
    "reviews.csv, reviews.json",
    `  The decisions of access reviews: ${reviewsText(counts.reviews)}.`,
    "  One row per role, oldest first, with the commit, author and pull request. The column",
    "  evidence shows how the decision was recognized: reviewed (the commit set, changed or",
    "  removed the user's reviewed date), same entry (it set the date and removed a role), same",
    "  commit (it removed a role and set the date of another user). The approver of the pull",
    "  request is in the records of the hosting service.",
    "",
    ...(auditLog === null
      ? ["There is no audit log, so this bundle does not show when the changes were applied."]
      : [
          "audit-log.csv, audit-log.json",
          `  ${counted(auditLog.records.length, "change")} that apply made or attempted, with outcome and read-back.`,
          `  ${counted(counts.unasked ?? 0, "of these changes has", "of these changes have")} no matching change in the files in this`,
          "  period: apply undid drift, or applied an older change of the files.",
          `  ${counted(counts.notCovered ?? 0, "change")} of ${changes.records.length} in changes.csv ${counts.notCovered === 1 ? "is" : "are"} not covered by the audit log: the`,
          '  column audit_log is "not covered". This bundle does not show when they were applied.',
        ]),
    "",
    MANIFEST,
    "  The SHA-256 of every file and of the manifest itself. To check that nothing was",
    "  changed, added or removed: polytomic-users report --verify FOLDER",
    ...(notes.length === 0 ? [] : ["", "Limits:"]),
    ...notes.map((note) => `  ${plainText(noteText(note))}.`),
    "",
  ];
  return lines.join("\n");
}

function reviewsText({ confirmed, revoked, withdrawn }: ReviewCounts): string {
  return [
    `${counted(confirmed, "user")} confirmed`,
    `${counted(revoked, "user")} with a role revoked`,
    ...(withdrawn === 0 ? [] : [`${counted(withdrawn, "review")} withdrawn`]),
  ].join(", ");
}

/** What was written, for the terminal. */
export function bundleSummary(
  folder: string,
  files: BundleFiles,
  { missing }: BundleStart,
  { counts }: Evidence,
): string {
  const { changes, withoutPullRequest, notCovered, unasked } = counts;
  const manifest = files.get(MANIFEST) ?? Buffer.alloc(0);
  const lines = [
    `Wrote ${counted(files.size, "file")} to ${plainText(folder)}: ${counted(changes, "change")} of access, ${withoutPullRequest} without a pull request.`,
    ...(missing === null ? [] : [`Incomplete: ${plainText(missing)}.`]),
    `Access reviews: ${reviewsText(counts.reviews)}.`,
    ...(notCovered === null
      ? ["Without --audit-log, the bundle does not show when the changes were applied."]
      : [
          `Changes not covered by the audit log: ${notCovered}. Audit log lines without a matching change: ${unasked}.`,
        ]),
    `SHA-256 of ${MANIFEST}: ${sha256(manifest)}`,
    "Store this digest separately from the bundle; report --verify prints it again.",
    "",
  ];
  return lines.join("\n");
}

function csv({ columns, records }: RecordSet): string {
  return csvText(
    columns,
    records.map((record) => columns.map((column) => cellText(record[column] ?? null))),
  );
}

function cellText(value: RecordSet["records"][number][string]): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? value.join("; ") : String(value);
}
