/** What all requests of a run share (credential, version, gate), and one exchange with them. */
import { errorMessage, Failure } from "../model/failure.ts";
import type { Clock } from "../clock.ts";
import type { SendCheck } from "./api.ts";
import type { Credential } from "./credential.ts";
import type { Gate } from "./gate.ts";
import { type ApiResponse, type Method, NoResponse, type Transport } from "./transport.ts";
import type { ApiVersion } from "./version.ts";

export interface Session {
  readonly credential: Credential;
  readonly version: ApiVersion;
  readonly transport: Transport;
  /** The path that the address has, as in `/polytomic`. Empty or absent: a host alone. */
  readonly addressPath?: string;
  readonly gate: Gate;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for the jitter. */
  readonly random: () => number;
  /** `polytomic-users/1.2.3` */
  readonly userAgent: string;
  /** Gets one line a request, without any credential; null is quiet. */
  readonly trace: ((line: string) => void) | null;
  /** Called before each wait for a retry. */
  readonly onRetry?: (retry: Retry) => void;
  /** Once aborted, no write is sent or retried any more. Requests in flight, and reads, go on until `abort`. */
  readonly stop: AbortSignal | null;
  /** Once aborted, every request in flight and every wait ends at once. */
  readonly abort: AbortSignal | null;
  readonly learned: Learned;
}

/** A request that is sent again after a wait. */
export interface Retry {
  /** `could not list the users of organization 248d…: 503`. Contains no credential. Untrusted, not escaped yet. */
  readonly problem: string;
  readonly ms: number;
  /** Counts from 1. */
  readonly attempt: number;
  readonly of: number;
}

/** What this run has learned about the service where its documentation has several readings (docs/fidelity.md). */
export interface Learned {
  /** Null until an update was answered otherwise than by 405. */
  updateMethod: "PATCH" | "PUT" | null;
  /** Whether a partner's or deployment's key reaches users by Basic alone; null until either was accepted. */
  usersByBasic: boolean | null;
  /** "unknown" once an API key's organization could not be found out. */
  ownOrganization: "unknown" | null;
}

export function nothingLearned(): Learned {
  return { updateMethod: null, usersByBasic: null, ownOrganization: null };
}

/** One request as its meaning, before headers. */
export interface Call {
  /** Completes "could not …": `list the users of organization 248d…`. */
  readonly what: string;
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** Set for an organization's own endpoints, which take a partner's or deployment's key as Basic. */
  readonly basicFor?: string | null;
  /** Writes only: asked when the request's turn has come. */
  readonly check?: SendCheck;
}

/** How a request about an organization's users is authorized, once the users were listed. */
export function authorizedFor(
  { learned }: Session,
  organizationId: string | null,
): Pick<Call, "basicFor"> {
  return { basicFor: learned.usersByBasic === true ? organizationId : null };
}

/** One exchange: a response, or none. */
export type Exchange =
  | { readonly kind: "response"; readonly response: ApiResponse }
  | { readonly kind: "none"; readonly error: NoResponse };

/** Sends the call once, when the gate lets it. `attempt` counts from 1, for the trace. */
export async function exchange(session: Session, call: Call, attempt: number): Promise<Exchange> {
  const request = {
    method: call.method,
    path: call.path,
    headers: buildHeaders(session, call),
    ...(call.body === undefined ? {} : { body: call.body }),
  };
  try {
    const response = await session.gate.run(
      async () => {
        const refusal = call.check?.(attempt) ?? null;
        if (refusal !== null) throw new NoResponse(refusal, { sent: false, withheld: true });
        const started = session.clock.monotonic();
        return session.transport(request, session.abort ?? undefined).then(
          (response) => {
            traced(session, call, attempt, started, String(response.status));
            return response;
          },
          (error: unknown) => {
            traced(session, call, attempt, started, errorMessage(error));
            throw error;
          },
        );
      },
      stopOf(session, call),
    );
    return { kind: "response", response };
  } catch (error) {
    if (error instanceof NoResponse) return { kind: "none", error };
    throw error;
  }
}

/** What ends the waits of a call: nothing new is written after a stop, but what was written is still read. */
export function stopOf(session: Session, { method }: Pick<Call, "method">): AbortSignal | null {
  return method === "GET" ? session.abort : session.stop;
}

function buildHeaders(session: Session, call: Call): Record<string, string> {
  return {
    accept: "application/json",
    authorization: authorization(session.credential, call.basicFor ?? null),
    "user-agent": session.userAgent,
    "x-polytomic-version": session.version.name,
    ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey }),
  };
}

function authorization(credential: Credential, organizationId: string | null): string {
  if (credential.kind === "api" || organizationId === null) return credential.bearer();
  if (organizationId.includes(":")) {
    throw new Failure(
      `the organization id ${JSON.stringify(organizationId)} contains a colon, which Basic authentication does not allow`,
      { hint: "contact Polytomic support" },
    );
  }
  return credential.basic(organizationId);
}

function traced(
  { trace, credential, clock }: Session,
  call: Call,
  attempt: number,
  started: number,
  outcome: string,
): void {
  if (trace === null) return;
  const again = attempt === 1 ? "" : ` (try ${attempt})`;
  const duration = Math.round(clock.monotonic() - started);
  trace(credential.redact(`${call.method} ${call.path} → ${outcome} in ${duration} ms${again}`));
}
