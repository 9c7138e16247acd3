/** An endpoint's reply → what the client gets (a response, a damaged or slow one, or none), with its log entry. */
import type { ApiResponse } from "../polytomic/transport.ts";
import type { CredentialKind } from "./credentials.ts";
import type { Dialects } from "./dialects.ts";
import type { Fault, FaultKind } from "./faults.ts";
import type { Edit } from "./live-state.ts";
import type { Reply } from "./replies.ts";
import type { VersionRules } from "./routes.ts";

/** What the sandbox remembers of every request. No keys. */
export interface LogEntry {
  /** When it arrived, in milliseconds. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Null where the credential is missing or unknown, or was not looked at. */
  readonly credential: CredentialKind | null;
  /** The organization that the path or the credential names. */
  readonly organizationId: string | null;
  /** As sent, also where it does not belong (GET, DELETE) and is ignored. */
  readonly idempotencyKey: string | null;
  /** Null while it is in flight; `lost` where no answer got out. */
  readonly status: number | "lost" | null;
  /** What this request changed; null for a replay, which changes nothing. The same object is in `state.history`. */
  readonly committed: Edit | null;
  /** The outcome of an earlier request with this idempotency key. */
  readonly replayed: boolean;
  readonly invitationSent: boolean;
  readonly fault: FaultKind | null;
}

/** Writable while the request is worked on. */
export type OpenEntry = { -readonly [Key in keyof LogEntry]: LogEntry[Key] };

/** What comes back: an answer, or nothing because the connection broke. */
export type Delivery =
  | {
      readonly kind: "answer";
      readonly answer: ApiResponse;
      /** The bytes to send where they are not the JSON of `answer.body`. */
      readonly text: string | null;
      /** Over how many milliseconds the body arrives; 0 is at once. */
      readonly slowBodyMs: number;
    }
  | { readonly kind: "lost" };

/** The connection breaks. */
export function lost(entry: OpenEntry): Delivery {
  entry.status = "lost";
  return { kind: "lost" };
}

/** The reply as an answer, with the headers of all answers, as damaged or slow as the fault wants it. */
export function delivered(
  entry: OpenEntry,
  reply: Reply,
  version: VersionRules,
  limitHeaders: Readonly<Record<string, string>>,
  fault: Fault | null,
  dialects: Dialects,
): Delivery {
  const headers = {
    "content-type": "application/json",
    ...(dialects.has("version-header-missing") ? {} : { "x-polytomic-version": version.version }),
    ...limitHeaders,
    ...reply.headers,
  };
  if (fault?.kind === "garbage-html" || fault?.kind === "garbage-json") {
    return garbage(entry, fault.kind, reply, headers);
  }
  entry.status = reply.status;
  const slowBodyMs = fault?.kind === "slow-body" ? fault.ms : 0;
  const wording = reply.status >= 400 ? errorText(reply, dialects) : null;
  if (wording !== null) {
    const type = dialects.has("errors-as-html") ? "text/html" : "text/plain";
    const answer = {
      status: reply.status,
      headers: { ...headers, "content-type": type },
      body: undefined,
    };
    return { kind: "answer", answer, text: wording, slowBodyMs };
  }
  // As `http.ts` reads an empty body.
  const isEmpty = reply.body === undefined;
  const answer = { status: reply.status, headers, body: isEmpty ? "" : reply.body };
  return { kind: "answer", answer, text: isEmpty ? "" : null, slowBodyMs };
}

function errorText({ status, body }: Reply, dialects: Dialects): string | null {
  const message = (body as { readonly message: string }).message;
  if (dialects.has("errors-as-text")) return `${status}: ${message}\n`;
  if (!dialects.has("errors-as-html")) return null;
  return `<!doctype html><title>Error ${status}</title><p>${message}</p>\n`;
}

function garbage(
  entry: OpenEntry,
  kind: "garbage-html" | "garbage-json",
  reply: Reply,
  headers: Readonly<Record<string, string>>,
): Delivery {
  entry.status = 200;
  const html = kind === "garbage-html";
  const whole = JSON.stringify(reply.body ?? { data: null });
  const text = html ? "<!doctype html><title>Polytomic</title>" : whole.slice(0, whole.length / 2);
  const answer = {
    status: 200,
    headers: html ? { ...headers, "content-type": "text/html" } : headers,
    body: undefined,
  };
  return { kind: "answer", answer, text, slowBodyMs: 0 };
}
