/** One HTTP exchange with Polytomic. `http.ts` sends it over HTTP; the simulation makes the response in memory. */

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface ApiRequest {
  readonly method: Method;
  /** Begins with `/api/`; segments are encoded already. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined sends none. */
  readonly body?: unknown;
}

export interface ApiResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON, "" when the body is empty, undefined when it is not JSON. Untrusted until decoded. */
  readonly body: unknown;
}

/**
 * Rejects with `NoResponse` and nothing else when no complete response came back. When the signal aborts, the
 * request is given up at once and rejects as `interrupted`.
 */
export type Transport = (request: ApiRequest, signal?: AbortSignal) => Promise<ApiResponse>;

interface NoResponseOptions {
  readonly sent: boolean;
  readonly lasting?: boolean;
  readonly withheld?: boolean;
  readonly interrupted?: boolean;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** No response, or only a part of one: whether the request was carried out is unknown unless `sent` is false. */
export class NoResponse extends Error {
  /** False only where it is certain that the request never reached the server (refused, name not found). */
  readonly sent: boolean;
  /** True where asking again ends the same way, as with a certificate that is not trusted. */
  readonly lasting: boolean;
  /** True where this program decided at the last moment not to send it. */
  readonly withheld: boolean;
  /** True where the run was interrupted: the request was not sent, or was abandoned. */
  readonly interrupted: boolean;
  /** What to do about it, where that is known. */
  readonly hint: string | null;

  constructor(message: string, options: NoResponseOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "NoResponse";
    this.sent = options.sent;
    this.withheld = options.withheld ?? false;
    this.interrupted = options.interrupted ?? false;
    this.lasting = options.lasting ?? (this.withheld || this.interrupted);
    this.hint = options.hint ?? null;
  }
}

/** `sent`: whether the request was under way already. */
export function interrupted(sent: boolean): NoResponse {
  const message = sent ? "no response before the run was stopped" : "not sent: interrupted";
  return new NoResponse(message, { sent, withheld: !sent, interrupted: true });
}
