/** From an endpoint's reply to what the client gets: an answer, a damaged or slow one, or none. */
import type { ApiResponse } from "../polytomic/transport.ts";
import type { Fault } from "./faults.ts";
import type { OpenEntry } from "./log.ts";
import type { Reply } from "./replies.ts";
import type { VersionRules } from "./versions.ts";

/** What comes back: an answer, or nothing because the connection broke. */
export type Delivery =
  | {
      readonly kind: "answer";
      readonly answer: ApiResponse;
      /** The bytes to send where they are not the JSON of `answer.body` (garbage). */
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
): Delivery {
  const headers = {
    "content-type": "application/json",
    "x-polytomic-version": version.version,
    ...limitHeaders,
    ...reply.headers,
  };
  if (fault?.kind === "garbage-html" || fault?.kind === "garbage-json") {
    return garbage(entry, fault.kind, reply, headers);
  }
  entry.status = reply.status;
  const slowBodyMs = fault?.kind === "slow-body" ? fault.ms : 0;
  const answer = { status: reply.status, headers, body: reply.body };
  return { kind: "answer", answer, text: null, slowBodyMs };
}

function garbage(
  entry: OpenEntry,
  kind: "garbage-html" | "garbage-json",
  reply: Reply,
  headers: Readonly<Record<string, string>>,
): Delivery {
  entry.status = 200;
  const html = kind === "garbage-html";
  const whole = JSON.stringify(reply.body);
  const text = html ? "<!doctype html><title>Polytomic</title>" : whole.slice(0, whole.length / 2);
  const answer = {
    status: 200,
    headers: html ? { ...headers, "content-type": "text/html" } : headers,
    body: undefined,
  };
  return { kind: "answer", answer, text, slowBodyMs: 0 };
}
