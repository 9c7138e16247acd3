/** What an endpoint says: a status, a body, and what it did. */
import type { Edit } from "./live-state.ts";

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly committed: Edit | null;
  readonly invitationSent: boolean;
}

const NO_HEADERS = {};

/** 200 and `{"data": …}`. */
export function data(value: unknown, committed: Edit | null = null, invited = false): Reply {
  return {
    status: 200,
    headers: NO_HEADERS,
    body: { data: value },
    committed,
    invitationSent: invited,
  };
}

/** A list; Polytomic answers `null`, not `[]`, when there is nothing in it. */
export function list(values: readonly unknown[]): Reply {
  return data(values.length === 0 ? null : values);
}

/** The documented error body: `{"key", "message", "metadata", "status"}`. */
export function refusal(
  status: number,
  key: string,
  message: string,
  headers: Readonly<Record<string, string>> = NO_HEADERS,
): Reply {
  const body = { key, message, metadata: {}, status };
  return { status, headers, body, committed: null, invitationSent: false };
}
