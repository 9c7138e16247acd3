/** The facts about a report itself (source, day, completeness), as text. */
import type { Origin } from "../model/access.ts";
import { dayOf } from "../model/days.ts";
import type { FailedOrganization } from "../model/plan.ts";
import { counted, firstOf, grouped } from "../model/text.ts";
import { noteText, timestamp } from "./history-words.ts";
import type { Fact } from "./report.ts";

export const KEYS = {
  api: "an API key",
  partner: "a partner key",
  deployment: "a deployment key",
} as const satisfies Record<NonNullable<Origin["credential"]>, string>;

/** `listedWhen` follows the number of users, e.g. `before the apply`. */
export function originFacts(origin: Origin, listedWhen: string | null = null): readonly Fact[] {
  const { asOf, madeAt, version, notes } = origin;
  const plain = (label: string, value: string): Fact => ({ label, value, code: false });
  return [
    ...(origin.role === null ? [] : [plain("Role filter", origin.role)]),
    plain("As of", asOf),
    plain("Created", `${timestamp(madeAt)} by polytomic-users ${version}`),
    ...commitFacts(origin),
    plain("Polytomic", polytomicText(origin)),
    ...figureFacts(origin, listedWhen),
    ...notes.map((note) => plain("Note", noteText(note))),
  ];
}

function commitFacts({ basis, commit, committedAt }: Origin): readonly Fact[] {
  if (basis === "polytomic") return [{ label: "Files", value: "not read", code: false }];
  if (commit === null) return [{ label: "Commit", value: "unknown", code: false }];
  if (committedAt === null) return [{ label: "Commit", value: commit, code: true }];
  return [
    { label: "Commit", value: commit, code: true },
    { label: "Committed", value: dayOf(committedAt), code: false },
  ];
}

function polytomicText({ url, credential }: Origin): string {
  if (url === null) return "not read: this shows the files, not Polytomic";
  return credential === null ? url : `${url}, read with ${KEYS[credential]}`;
}

/** Lets a reader check completeness: listed users are reported, ignored or omitted. */
function figureFacts({ basis, figures }: Origin, listedWhen: string | null): readonly Fact[] {
  if (figures === null) return [];
  const { organizations, listed, reported, ignored, leftOut, pending } = figures;
  const parts = [
    `${grouped(reported)} reported`,
    `${grouped(ignored)} ignored`,
    ...(leftOut === 0 ? [] : [`${grouped(leftOut)} without the role`]),
  ];
  const who = basis === "files" ? "granted access by the files" : "listed by Polytomic";
  const where = organizations === 1 ? "" : ` in ${counted(organizations, "organization")}`;
  const when = listedWhen === null ? "" : ` ${listedWhen}`;
  const value = `${grouped(listed)} ${who}${where}${when} (${parts.join(", ")})`;
  const more = pending === 0 ? "" : `; ${grouped(pending)} pending`;
  return [{ label: "Users", value: value + more, code: false }];
}

/** A warning above the report, or null: that it is incomplete, about the past, or about Polytomic alone. */
export function reportNotice(origin: Origin, failed: readonly FailedOrganization[]): string | null {
  const notices = [originNotice(origin), incompleteNotice(failed)].filter((one) => one !== null);
  return notices.length === 0 ? null : notices.join(" ");
}

/** Null where all organizations were read. */
export function incompleteNotice(failed: readonly FailedOrganization[]): string | null {
  if (failed.length === 0) return null;
  const names = failed.map(({ organization, source }) => organization ?? source);
  return `Incomplete: ${firstOf(names)} could not be read, so ${failed.length === 1 ? "its" : "their"} users are missing here.`;
}

function originNotice(origin: Origin): string | null {
  const { basis, commit, committedAt, asOf } = origin;
  switch (basis) {
    case "both":
      return null;
    case "polytomic":
      return "The users in Polytomic now. No files were read, so the report does not show what grants each role.";
    case "files": {
      const made = committedAt === null ? "" : ` (${dayOf(committedAt)})`;
      return `The files at commit ${commit?.slice(0, 12)}${made}, with expiries as of ${asOf}. This does not show what was in Polytomic.`;
    }
  }
}
