/** An audit log (`schemas/audit.schema.json`), read back: what earlier runs did to whom. */
import { validate } from "../generated/audit.ts";
import type { Role } from "../model/current.ts";
import { Failure } from "../model/failure.ts";
import { compareText } from "../model/problem.ts";
import type { Outcome } from "../model/result.ts";
import type { Recorded, Roles } from "./drift.ts";

interface RunLine {
  readonly kind: "begin" | "run";
}

interface ChangeLine {
  readonly kind: "change";
  readonly url: string;
  readonly organization_id: string;
  readonly email: string;
  readonly before: { readonly roles: readonly Role[] } | null;
  readonly after: { readonly roles: readonly Role[] } | null;
  readonly outcome: Outcome;
}

/** True where the text is an audit log's, and not a saved plan's, which is one value over many lines. */
export function isAuditLog(text: string): boolean {
  const [first = ""] = text.trimStart().split("\n", 1);
  const value = parsed(first);
  return text.trim() === "" || (typeof value === "object" && value !== null && "kind" in value);
}

/**
 * The changes at the API of that address, in the log's order. Lines that a killed run left unfinished are passed
 * over; one that is whole and no audit line is a `Failure`.
 */
export function readRecorded(text: string, path: string, url: string): readonly Recorded[] {
  return text.split("\n").flatMap((line, index) => {
    const value = parsed(line);
    if (value === undefined) return [];
    const entry = decoded(value, `${path}:${index + 1}`);
    return entry.kind === "change" && entry.url === url ? [recordedOf(entry)] : [];
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function decoded(value: unknown, place: string): RunLine | ChangeLine {
  if (validate(value)) return value as RunLine | ChangeLine; // the schema has just said so
  throw new Failure(`${place} is not a line of an audit log`, {
    hint: "an audit log is written with: polytomic-users apply --audit-log FILE",
  });
}

function recordedOf(line: ChangeLine): Recorded {
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
