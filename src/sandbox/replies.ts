/** The reply of an endpoint: a status, a body, and what it did. */
import type { Dialects } from "./dialects.ts";
import type { Edit } from "./live-state.ts";

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined is an empty body. */
  readonly body: unknown;
  readonly committed: Edit | null;
  readonly invitationSent: boolean;
}

const NOTHING_DONE = { headers: {}, committed: null, invitationSent: false } as const;

/** 200 and `{"data": …}`. */
export function data(value: unknown): Reply {
  return { ...NOTHING_DONE, status: 200, body: { data: value } };
}

export function empty(status: 200 | 204): Reply {
  return { ...NOTHING_DONE, status, body: undefined };
}

const PAGE = 5;

/** A list: `null`, not `[]`, when it has no entries. */
export function list(values: readonly unknown[], dialects: Dialects): Reply {
  const none = dialects.has("empty-list") ? [] : null;
  const paged = values.length > PAGE;
  if (paged && dialects.has("paged-lists")) {
    const body = { data: values.slice(0, PAGE), pagination: { next_page_token: "page-2" } };
    return { ...NOTHING_DONE, status: 200, body };
  }
  if (paged && dialects.has("linked-lists")) {
    const body = { data: values.slice(0, PAGE), links: { next: "?page=2", previous: null } };
    return { ...NOTHING_DONE, status: 200, body };
  }
  return data(values.length === 0 ? none : values);
}

/** The object as the dialects show it. Fields without a value are left out. */
export function shown(fields: Readonly<Record<string, unknown>>, dialects: Dialects): object {
  const given = Object.entries(fields).filter(
    ([name, value]) =>
      value !== undefined &&
      !(name === "organization_id" && dialects.has("organization-id-missing")),
  );
  if (dialects.has("extra-fields")) given.push(["created_by", null], ["labels", { tier: 1 }]);
  return Object.fromEntries(given);
}

/** The documented error body: `{"key", "message", "metadata", "status"}`. */
export function refusal(
  status: number,
  key: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { ...NOTHING_DONE, status, headers, body: { key, message, metadata: {}, status } };
}

export function notFound(what: string): Reply {
  return refusal(404, "not_found", `no such ${what}`);
}
