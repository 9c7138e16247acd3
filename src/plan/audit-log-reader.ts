/** Reads an audit log (`schemas/audit.schema.json`): which changes earlier runs made or tried to make. */
import { validate } from "../generated/audit.ts";
import type { Organization, Role } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import type { Change } from "../model/plan.ts";
import { compareText } from "../model/place.ts";
import type { Outcome } from "../model/result.ts";
import type { Recorded, Roles } from "./drift.ts";

interface BeginLine {
  readonly kind: "begin";
}

interface RunLine {
  readonly kind: "run";
  readonly run: string;
  readonly verified: boolean | null;
}

interface ChangeLine {
  readonly kind: "change";
  readonly when: string;
  readonly run: string;
  readonly commit: string | null;
  readonly digest: string;
  readonly url: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly source: string;
  readonly action: Change["action"];
  readonly reasons: readonly string[];
  readonly error: string | null;
  readonly email: string;
  readonly before: { readonly roles: readonly Role[] } | null;
  readonly after: { readonly roles: readonly Role[] } | null;
  readonly outcome: Outcome;
}

/** One change as a run recorded it. */
export interface AuditedChange {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly run: string;
  readonly commit: string | null;
  readonly digest: string;
  readonly organization: Organization;
  /** `users.yaml:12:5`, or the path of the file that does not list the user. */
  readonly source: string;
  readonly action: Change["action"];
  /** In lower case. */
  readonly email: string;
  /** Null: no access. */
  readonly before: readonly Role[] | null;
  readonly after: readonly Role[] | null;
  readonly reasons: readonly string[];
  readonly outcome: Outcome;
  readonly error: string | null;
  /** Whether its run verified the result; null where it did not, or was killed before it wrote that. */
  readonly verified: boolean | null;
}

/** Tells an audit log from a saved plan, which is one JSON value over many lines. */
export function isAuditLog(text: string): boolean {
  const [first = ""] = text.trimStart().split("\n", 1);
  const value = parsed(first);
  return text.trim() === "" || (typeof value === "object" && value !== null && "kind" in value);
}

/** The changes at the API of that address, in the log's order. */
export function readRecorded(text: string, path: string, url: string): readonly Recorded[] {
  return [...linesOf(text, path)].flatMap(({ entry }) =>
    entry.kind === "change" && entry.url === url ? [readChange(entry)] : [],
  );
}

/** All changes at that address, in the order in which they were made. The same line in two logs counts once. */
export function readAudited(
  logs: readonly { readonly text: string; readonly path: string }[],
  url: string,
): readonly AuditedChange[] {
  const verified = new Map<string, boolean | null>();
  const changes = new Map<string, ChangeLine>();
  for (const { text, path } of logs) {
    for (const { line, entry } of linesOf(text, path)) {
      if (entry.kind === "run") verified.set(entry.run, entry.verified);
      else if (entry.kind === "change" && entry.url === url) changes.set(line, entry);
    }
  }
  return [...changes.values()]
    .map((line): AuditedChange => ({
      time: Date.parse(line.when),
      run: line.run,
      commit: line.commit,
      digest: line.digest,
      organization: { id: line.organization_id, name: line.organization_name },
      source: line.source,
      action: line.action,
      email: emailKey(line.email),
      before: line.before?.roles ?? null,
      after: line.after?.roles ?? null,
      reasons: line.reasons,
      outcome: line.outcome,
      error: line.error,
      verified: verified.get(line.run) ?? null,
    }))
    .sort((a, b) => a.time - b.time);
}

/** Lines that a killed run left incomplete are skipped. Throws `Failure` for a line of something else. */
function* linesOf(
  text: string,
  path: string,
): Generator<{ readonly line: string; readonly entry: BeginLine | RunLine | ChangeLine }> {
  for (const [index, line] of text.split("\n").entries()) {
    const value = parsed(line);
    const isIncomplete = value === undefined && /^[ \t\r]*(\{|$)/.test(line);
    if (!isIncomplete) yield { line: line.trim(), entry: decoded(value, `${path}:${index + 1}`) };
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function decoded(value: unknown, place: string): BeginLine | RunLine | ChangeLine {
  if (validate(value)) return value as BeginLine | RunLine | ChangeLine; // checked by the schema
  throw new Failure(`${place} is not a line of an audit log`, {
    hint: "an audit log is written with: polytomic-users apply --audit-log FILE",
  });
}

function readChange(line: ChangeLine): Recorded {
  return {
    organizationId: line.organization_id,
    email: line.email,
    before: idsOf(line.before),
    after: idsOf(line.after),
    made: line.outcome === "applied" || line.outcome === "already",
  };
}

function idsOf(document: ChangeLine["before"]): Roles {
  return document?.roles.map(({ id }) => id).sort(compareText) ?? null;
}
